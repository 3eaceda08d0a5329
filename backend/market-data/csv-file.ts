import { readFile, stat } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import { InvalidInput, quote, UserError } from '../platform/errors.ts';
import { unreadable } from './unreadable.ts';

/** A line of a file and its 1-based number. */
export type CsvLine = { readonly number: number; readonly fields: readonly string[] };

/** A CSV file that a person has written: how it is called in what they are told. */
export type CsvFormat = {
  /** Code of the error. */
  readonly code: string;
  readonly columns: readonly string[];
  /** What each line stands for: "instrument". */
  readonly noun: string;
};

const MOST_BYTES = 16 * 1024 * 1024;
const MOST_TOLD = 20;

/** The text of the file that a flag names. Throws a UserError that names both. */
export async function readCsvText(flag: string, path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw new InvalidInput(flag, path, `a file of at most ${MOST_BYTES} bytes`);
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unreadable(flag, path, error);
  }
}

/** The lines after the header. Throws a UserError when there is no such header, or no line. */
export function csvLines(text: string, name: string, { code, columns, noun }: CsvFormat): CsvLine[] {
  const [header, ...lines] = allLines(text, name, code);
  const expected = columns.join(',');
  const found = header?.fields.join(',') ?? '';
  if (found !== expected) throw badFile(code, [`${name} line 1: header is ${quote(found)}, expected ${expected}`]);
  if (lines.length === 0) throw badFile(code, [`${name} has no line after its header, expected one for each ${noun}`]);
  return lines;
}

/** The fields of a line by their columns; a sentence when it has more or fewer. */
export function rowOf(
  { number, fields }: CsvLine,
  name: string,
  columns: readonly string[],
): Record<string, string> | string {
  if (fields.length !== columns.length)
    return `${name} line ${number}: it has ${fields.length} fields, expected the ${columns.length} of ${columns.join(',')}`;
  return Object.fromEntries(columns.map((column, index) => [column, fields[index] ?? '']));
}

export function badFile(code: string, mistakes: readonly string[]): UserError {
  const more = mistakes.length > MOST_TOLD ? [`and ${mistakes.length - MOST_TOLD} more`] : [];
  return new UserError(code, [...mistakes.slice(0, MOST_TOLD), ...more].join('\n'));
}

function allLines(text: string, name: string, code: string): CsvLine[] {
  const lines: CsvLine[] = [];
  try {
    parse(text, {
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (fields: string[], context) => {
        lines.push({ number: context.lines, fields });
        return fields;
      },
    });
    return lines;
  } catch (error) {
    if (error instanceof CsvError) throw badFile(code, [`${name} is not a CSV file: ${error.message}`]);
    throw error;
  }
}

import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { InvalidInput, quote, UserError } from '../../platform/errors.ts';
import type { Instrument } from '../instrument.ts';
import { unreadable } from '../unreadable.ts';
import { instrumentRow } from './row.ts';

type Line = { readonly number: number; readonly fields: readonly string[] };
type Reading = { readonly line: number; readonly mistakes: readonly string[]; readonly instrument: Instrument | null };

const COLUMNS = Object.keys(instrumentRow.shape);
const HEADER = COLUMNS.join(',');
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_TOLD = 20;

/** The instruments of an --instruments file. Throws one UserError that tells every mistake with its file, line and field. */
export async function readInstruments(path: string): Promise<Instrument[]> {
  return parseInstruments(await contentOf(path), basename(path));
}

/** `text` in the format `id,symbol,mic,calendar,tick,currency,figi,asset_class`, read as the content of the file called `name`. */
export function parseInstruments(text: string, name: string): Instrument[] {
  const [header, ...lines] = csvLines(text, name);
  const found = header?.fields.join(',') ?? '';
  if (found !== HEADER) throw badFile([`${name} line 1: header is ${quote(found)}, expected ${HEADER}`]);
  if (lines.length === 0) throw badFile([`${name} has no line after its header, expected one for each instrument`]);

  const readings = lines.map((line) => readLine(line, name));
  const mistakes = [
    ...readings.flatMap((reading) => reading.mistakes),
    ...repeated(readings, 'id', name),
    ...repeated(readings, 'symbol', name),
  ];
  if (mistakes.length > 0) throw badFile(mistakes);
  return readings.flatMap(({ instrument }) => instrument ?? []);
}

/** The bundled instruments with a person's own: an own one takes the place of those that have its id or its symbol. */
export function instrumentsWith(own: readonly Instrument[], bundled: readonly Instrument[]): Instrument[] {
  const ids = new Set(own.map(({ id }) => id));
  const symbols = new Set(own.map(({ symbol }) => symbol));
  return [...bundled.filter(({ id, symbol }) => !ids.has(id) && !symbols.has(symbol)), ...own];
}

async function contentOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw new InvalidInput('--instruments', path, `a file of at most ${MOST_BYTES} bytes`);
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unreadable('--instruments', path, error);
  }
}

function csvLines(text: string, name: string): Line[] {
  const lines: Line[] = [];
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
    if (error instanceof CsvError) throw badFile([`${name} is not a CSV file: ${error.message}`]);
    throw error;
  }
}

function readLine({ number, fields }: Line, name: string): Reading {
  const place = `${name} line ${number}:`;
  if (fields.length !== COLUMNS.length) {
    const mistake = `${place} it has ${fields.length} fields, expected the ${COLUMNS.length} of ${HEADER}`;
    return { line: number, mistakes: [mistake], instrument: null };
  }

  const row = Object.fromEntries(COLUMNS.map((column, index) => [column, fields[index]]));
  const { success, data, error } = instrumentRow.safeParse(row);
  if (success) {
    const { asset_class: assetClass, ...rest } = data;
    return { line: number, mistakes: [], instrument: { ...rest, assetClass } };
  }
  const mistakes = error.issues.map(({ path: [column = ''], message }) => {
    return `${place} ${String(column)} is ${quote(row[String(column)])}, expected ${message}`;
  });
  return { line: number, mistakes, instrument: null };
}

function repeated(readings: readonly Reading[], column: 'id' | 'symbol', name: string): string[] {
  const firstLines = new Map<string, number>();
  return readings.flatMap(({ line, instrument }) => {
    if (instrument === null) return [];
    const value = instrument[column];
    const first = firstLines.get(value);
    if (first !== undefined)
      return `${name} line ${line}: ${column} is ${quote(value)}, expected one that line ${first} does not have`;
    firstLines.set(value, line);
    return [];
  });
}

function badFile(mistakes: readonly string[]): UserError {
  const more = mistakes.length > MOST_TOLD ? [`and ${mistakes.length - MOST_TOLD} more`] : [];
  return new UserError('BAD_INSTRUMENTS_FILE', [...mistakes.slice(0, MOST_TOLD), ...more].join('\n'));
}

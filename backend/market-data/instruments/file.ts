import { basename } from 'node:path';
import { quote } from '../../platform/errors.ts';
import { badFile, type CsvLine, csvLines, readCsvText, rowOf } from '../csv-file.ts';
import type { Instrument } from '../instrument.ts';
import { instrumentRow } from './row.ts';

type Reading = { readonly line: number; readonly mistakes: readonly string[]; readonly instrument: Instrument | null };

const COLUMNS = Object.keys(instrumentRow.shape);
const FORMAT = { code: 'BAD_INSTRUMENTS_FILE', columns: COLUMNS, noun: 'instrument' };

/** The instruments of an --instruments file. Throws one UserError that tells every mistake with its file, line and field. */
export async function readInstruments(path: string): Promise<Instrument[]> {
  return parseInstruments(await readCsvText('--instruments', path), basename(path));
}

/** `text` in the format `id,symbol,mic,calendar,tick,currency,figi,asset_class`, read as the content of the file called `name`. */
export function parseInstruments(text: string, name: string): Instrument[] {
  const readings = csvLines(text, name, FORMAT).map((line) => readLine(line, name));
  const mistakes = [
    ...readings.flatMap((reading) => reading.mistakes),
    ...repeated(readings, 'id', name),
    ...repeated(readings, 'symbol', name),
  ];
  if (mistakes.length > 0) throw badFile(FORMAT.code, mistakes);
  return readings.flatMap(({ instrument }) => instrument ?? []);
}

/** The bundled instruments with a person's own: an own one takes the place of those that have its id or its symbol. */
export function instrumentsWith(own: readonly Instrument[], bundled: readonly Instrument[]): Instrument[] {
  const ids = new Set(own.map(({ id }) => id));
  const symbols = new Set(own.map(({ symbol }) => symbol));
  return [...bundled.filter(({ id, symbol }) => !ids.has(id) && !symbols.has(symbol)), ...own];
}

function readLine(line: CsvLine, name: string): Reading {
  const { number } = line;
  const place = `${name} line ${number}:`;
  const row = rowOf(line, name, COLUMNS);
  if (typeof row === 'string') return { line: number, mistakes: [row], instrument: null };

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

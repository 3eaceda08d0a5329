import { basename } from 'node:path';
import { quote } from '../../platform/errors.ts';
import { badFile, type CsvLine, csvLines, readCsvText, rowOf } from '../csv-file.ts';
import type { Instrument } from '../instrument.ts';
import { type CorporateAction, knownBy } from './action.ts';
import { actionRow, contradictions } from './row.ts';
import { clashes, datedTickers } from './tickers.ts';

type Reading = { readonly line: number; readonly mistakes: readonly string[]; readonly action: CorporateAction | null };

const COLUMNS = Object.keys(actionRow.shape);
const FORMAT = { code: 'BAD_ACTIONS_FILE', columns: COLUMNS, noun: 'corporate action' };

/** The corporate actions of an --actions file. Throws one UserError that tells every mistake with its file, line and field. */
export async function readActions(path: string, instruments: readonly Instrument[]): Promise<CorporateAction[]> {
  return parseActions(await readCsvText('--actions', path), basename(path), instruments);
}

/**
 * `text` in the format `instrument,kind,ex_date,ratio,amount,currency,new_symbol,announced`, read as the content of the file called `name`.
 * An instrument is named by its id or by the symbol by which it is described.
 */
export function parseActions(text: string, name: string, instruments: readonly Instrument[]): CorporateAction[] {
  const names = new Map(instruments.flatMap(({ id, symbol }) => [[symbol, id] as const, [id, id] as const]));
  const readings = csvLines(text, name, FORMAT).map((line) => readLine(line, name, names));
  const actions = readings.flatMap(({ action }) => action ?? []);
  const mistakes = [...readings.flatMap((reading) => reading.mistakes), ...repeated(readings, name)];
  if (mistakes.length === 0) {
    const tickers = instruments.flatMap((instrument) => datedTickers(instrument, actions));
    mistakes.push(...clashes(tickers).map((clash) => `${name}: ${clash}`));
  }
  if (mistakes.length > 0) throw badFile(FORMAT.code, mistakes);
  return actions;
}

function readLine(line: CsvLine, name: string, ids: ReadonlyMap<string, string>): Reading {
  const refused = (mistakes: readonly string[]): Reading => ({ line: line.number, mistakes, action: null });
  const place = `${name} line ${line.number}:`;
  const row = rowOf(line, name, COLUMNS);
  if (typeof row === 'string') return refused([row]);
  const { success, data, error } = actionRow.safeParse(row);
  if (!success) {
    const mistakes = error.issues.map(({ path: [column = ''], message }) => {
      return `${place} ${String(column)} is ${quote(row[String(column)])}, expected ${message}`;
    });
    return refused(mistakes);
  }
  const instrumentId = ids.get(data.instrument);
  const stranger =
    instrumentId === undefined
      ? [`instrument is ${quote(data.instrument)}, expected the id or the symbol of a known instrument`]
      : [];
  const mistakes = [...stranger, ...contradictions(data)].map((mistake) => `${place} ${mistake}`);
  if (instrumentId === undefined || mistakes.length > 0) return refused(mistakes);
  const { kind, ex_date: exDate, ratio, amount, currency, new_symbol: newSymbol, announced } = data;
  const knownTime = announced ?? knownBy(exDate);
  const action = { instrumentId, kind, exDate, knownTime, ratio, amount, currency, newSymbol };
  return { line: line.number, mistakes: [], action };
}

function repeated(readings: readonly Reading[], name: string): string[] {
  const firstLines = new Map<string, number>();
  return readings.flatMap(({ line, action }) => {
    if (action === null) return [];
    const { instrumentId, kind, exDate } = action;
    const key = `${instrumentId} ${kind} ${kind === 'LISTING' || kind === 'DELISTING' ? '' : exDate}`;
    const first = firstLines.get(key);
    if (first !== undefined)
      return `${name} line ${line}: it is a second ${kind} of ${instrumentId} beside that of line ${first}, expected one`;
    firstLines.set(key, line);
    return [];
  });
}

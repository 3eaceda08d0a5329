import { basename } from 'node:path';
import { calendarById, type TradingCalendar } from '../../calendar/index.ts';
import { quote, UserError } from '../../platform/errors.ts';
import type { SourceBar, Timeframe } from '../bar.ts';
import type { CorporateAction } from '../corporate-actions/action.ts';
import type { Instrument } from '../instrument.ts';
import { emptyTally, fileBatches, type Tally } from './batches.ts';
import { RowReader } from './row.ts';

/** What a bars file holds, found by reading it once from end to end. */
export type Survey = {
  /** Rows after the header: bars + duplicates + refused. */
  readonly rows: number;
  readonly bars: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly sessions: number;
  /** Those of the file, in the order in which they were handed in. */
  readonly instruments: readonly Instrument[];
  /** Close of the session that ends the file's history; where no bar lies in a session, when the first bar is known. */
  readonly historyEnd: number;
  /** A minute before the first bar is known: when rows that are refused before it are told. */
  readonly leadingTime: number;
};

const LEAD = 60_000;

type Request = {
  readonly file: string;
  readonly timeframe: Timeframe;
  readonly instruments: readonly Instrument[];
  readonly historyFraction: number;
  readonly actions: readonly CorporateAction[];
};

/** Throws a UserError when the file has unknown symbols (it names them all), or no bar. */
export async function surveyOf({ file, timeframe, instruments, historyFraction, actions }: Request): Promise<Survey> {
  const tally = emptyTally();
  const sessions = new SessionCounter(instruments);
  let firstKnown: number | null = null;
  const reader = new RowReader(timeframe, instruments, actions);
  for await (const { knownTime, bars } of fileBatches({ path: file, timeframe, reader, leadingTime: 0, tally })) {
    if (bars.length > 0) firstKnown ??= knownTime;
    for (const bar of bars) sessions.add(bar);
  }

  if (tally.unknownSymbols.size > 0) throw unknownSymbols(file, tally);
  if (firstKnown === null) throw withoutBars(file, tally);
  const { rows, bars, duplicates, refused } = tally;
  return {
    rows,
    bars,
    duplicates,
    refused,
    sessions: sessions.closes.size,
    instruments: instruments.filter(({ id }) => sessions.instrumentIds.has(id)),
    historyEnd:
      historyEnd(
        [...sessions.closes].sort((a, b) => a - b),
        historyFraction,
      ) ?? firstKnown,
    leadingTime: firstKnown - LEAD,
  };
}

class SessionCounter {
  readonly closes = new Set<number>();
  readonly instrumentIds = new Set<string>();
  readonly #calendars: ReadonlyMap<string, TradingCalendar>;
  readonly #dates = new Map<string, string>();

  constructor(instruments: readonly Instrument[]) {
    this.#calendars = new Map(instruments.map(({ id, calendar }) => [id, calendarById(calendar)]));
  }

  add({ instrumentId, barStart }: SourceBar): void {
    this.instrumentIds.add(instrumentId);
    const calendar = this.#calendars.get(instrumentId);
    const date = calendar?.sessionDateOf(barStart) ?? null;
    if (calendar === undefined || date === null || this.#dates.get(calendar.id) === date) return;

    this.#dates.set(calendar.id, date);
    const session = calendar.sessionOn(date);
    if (session !== null) this.closes.add(session.close);
  }
}

function historyEnd(closes: readonly number[], fraction: number): number | undefined {
  return closes[Math.max(1, Math.floor(closes.length * fraction)) - 1];
}

function unknownSymbols(file: string, { unknownSymbols: unknown }: Tally): UserError {
  const found = [...unknown].map(([symbol, line]) => `${quote(symbol)} (line ${line})`).join(', ');
  return new UserError(
    'UNKNOWN_SYMBOL',
    `${basename(file)} has unknown symbols: ${found}; expected symbols of known instruments: describe these in a file given by --instruments`,
  );
}

function withoutBars(file: string, { firstRefused, rows }: Tally): UserError {
  const first = firstRefused === null ? '' : `; line ${firstRefused.line}: ${firstRefused.reason}`;
  return new UserError(
    'BAD_BARS_FILE',
    `${basename(file)} has no bar in its ${rows} rows, expected at least one${first}`,
  );
}

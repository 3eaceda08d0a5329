import { basename } from 'node:path';
import { quote, UserError } from '../../platform/errors.ts';
import { type SourceBar, TIMEFRAMES, type Timeframe } from '../bar.ts';
import type { QuarantinedRow, SourceBatch } from '../source.ts';
import { readLines } from './lines.ts';
import { type BarRow, FEED_DELAY, HEADER, type RowReader } from './row.ts';

/** What a reading of the file has met so far. Line numbers are 1-based, the header is line 1. */
export type Tally = {
  rows: number;
  bars: number;
  /** Rows that repeat a bar of the file to the letter: they are left out. */
  duplicates: number;
  refused: number;
  firstRefused: QuarantinedRow | null;
  /** Symbols that no instrument has, each with its first line. */
  readonly unknownSymbols: Map<string, number>;
};

type Options = {
  readonly path: string;
  readonly timeframe: Timeframe;
  readonly reader: RowReader;
  /** `knownTime` of the first batch of rows that are refused before there is a bar; a minute from here on is theirs. */
  readonly leadingTime: number;
  readonly tally: Tally;
};

type Open = { readonly bars: SourceBar[]; readonly quarantined: QuarantinedRow[] };

const LEADING_ROWS = 1_000;
const LEADING_SPAN = 60_000;
const MOST_REFUSED_TOGETHER = 100_000;
const MOST_UNKNOWN_SYMBOLS = 20;
const RAW_LENGTH = 200;

/**
 * How far after a row's timestamp every bar of this and all later rows is known at the earliest. A daily row may carry any time of its
 * day, also one after the close; so daily bars of markets that close at different hours can still be put in order.
 */
const EARLIEST_KNOWN = { '1m': TIMEFRAMES['1m'] + FEED_DELAY, '1d': -TIMEFRAMES['1d'] } as const;

export function emptyTally(): Tally {
  return { rows: 0, bars: 0, duplicates: 0, refused: 0, firstRefused: null, unknownSymbols: new Map() };
}

/** The batches of a bars file, counted in `tally` as they are read. Refused rows travel with the bar that stands before them. */
export async function* fileBatches(options: Options): AsyncGenerator<SourceBatch> {
  const assembly = new Assembly(options);
  let isHeader = true;
  for await (const { first, texts } of readLines(options.path)) {
    for (const [index, text] of texts.entries()) {
      if (isHeader) mustBeHeader(text, options.path);
      else if (text !== '') assembly.add(text, first + index);
      isHeader = false;
    }
    yield* assembly.complete();
    if (options.tally.unknownSymbols.size >= MOST_UNKNOWN_SYMBOLS) break;
  }
  if (isHeader) mustBeHeader('', options.path);
  yield* assembly.rest();
}

function mustBeHeader(text: string, path: string): void {
  if (text !== HEADER) {
    throw new UserError('BAD_BARS_FILE', `${basename(path)} line 1: header is ${quote(text)}, expected ${HEADER}`);
  }
}

/** Puts rows together to batches. What comes out depends on the rows alone, not on the pieces in which the file is read. */
class Assembly {
  readonly #options: Options;
  readonly #origin: string;
  readonly #open = new Map<number, Open>();
  readonly #latest = new Map<string, { readonly bar: SourceBar; readonly line: number }>();
  #before: { readonly timestamp: number; readonly line: number } | null = null;
  #refusalTime: number;

  constructor(options: Options) {
    this.#options = options;
    this.#origin = basename(options.path);
    this.#refusalTime = options.leadingTime;
  }

  add(text: string, line: number): void {
    const { reader, tally } = this.#options;
    tally.rows += 1;
    const row = reader.read(text);
    if (row.kind === 'UNKNOWN_SYMBOL') {
      if (!tally.unknownSymbols.has(row.symbol)) tally.unknownSymbols.set(row.symbol, line);
      return;
    }

    const reason = row.kind === 'REFUSED' ? row.reason : this.#objection(row);
    if (reason !== null) this.#refuse(text, line, reason);
    else if (row.kind === 'BAR') this.#accept(row, line);
  }

  /** The batches to which no later row can add anything. */
  *complete(): Generator<SourceBatch> {
    const { timeframe } = this.#options;
    yield* this.#take(this.#before === null ? this.#refusalTime : this.#before.timestamp + EARLIEST_KNOWN[timeframe]);
  }

  rest(): Generator<SourceBatch> {
    return this.#take(Number.POSITIVE_INFINITY);
  }

  /** Why a row that is right by itself cannot follow those before it. */
  #objection({ timestamp, bar }: BarRow): string | null {
    if (this.#before !== null && timestamp < this.#before.timestamp) {
      return `row is out of order, expected no time before ${new Date(this.#before.timestamp).toISOString()} of line ${this.#before.line}`;
    }
    const latest = this.#latest.get(bar.instrumentId);
    if (latest?.bar.barStart !== bar.barStart || sameValues(latest.bar, bar)) return null;
    return `row contradicts line ${latest.line}, expected one bar of an instrument at a time`;
  }

  #accept({ timestamp, bar }: BarRow, line: number): void {
    const { tally } = this.#options;
    if (this.#latest.get(bar.instrumentId)?.bar.barStart === bar.barStart) {
      tally.duplicates += 1;
      return;
    }
    tally.bars += 1;
    this.#before = { timestamp, line };
    this.#latest.set(bar.instrumentId, { bar, line });
    this.#refusalTime = bar.knownTime;
    this.#batchAt(bar.knownTime).bars.push(bar);
  }

  #refuse(text: string, line: number, reason: string): void {
    const { tally, leadingTime } = this.#options;
    // PostgreSQL keeps no NUL in a text, and the cut may have gone through a surrogate pair.
    const raw = text.slice(0, RAW_LENGTH).replaceAll('\0', '\uFFFD').toWellFormed();
    const row: QuarantinedRow = { origin: this.#origin, line, reason, raw };
    tally.refused += 1;
    tally.firstRefused ??= row;

    const { quarantined } = this.#batchAt(this.#refusalTime);
    quarantined.push(row);
    if (quarantined.length > MOST_REFUSED_TOGETHER) throw this.#noBarsFile(row);
    const full = this.#before === null && quarantined.length >= LEADING_ROWS;
    if (full && this.#refusalTime < leadingTime + LEADING_SPAN - 1) this.#refusalTime += 1;
  }

  #noBarsFile({ line, reason }: QuarantinedRow): UserError {
    const run = `more than ${MOST_REFUSED_TOGETHER} rows one after the other that are no bars`;
    return new UserError(
      'BAD_BARS_FILE',
      `${this.#origin} line ${line}: ${reason}; the file has ${run}, expected ${HEADER}`,
    );
  }

  #batchAt(knownTime: number): Open {
    const open = this.#open.get(knownTime) ?? { bars: [], quarantined: [] };
    this.#open.set(knownTime, open);
    return open;
  }

  *#take(until: number): Generator<SourceBatch> {
    const times = [...this.#open.keys()].filter((time) => time < until).sort((a, b) => a - b);
    for (const knownTime of times) {
      yield { knownTime, ...this.#batchAt(knownTime) };
      this.#open.delete(knownTime);
    }
  }
}

function sameValues(a: SourceBar, b: SourceBar): boolean {
  return a.open === b.open && a.high === b.high && a.low === b.low && a.close === b.close && a.volume === b.volume;
}

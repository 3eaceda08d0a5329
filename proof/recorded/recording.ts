import { basename } from 'node:path';
import { readLines } from '../../backend/market-data/replay/lines.ts';
import { HEADER } from '../../backend/market-data/replay/row.ts';
import { quote, UserError } from '../../backend/platform/errors.ts';

/** A minute of a symbol as it was recorded; prices and volume as they are written in the file. */
export type RecordedBar = {
  readonly symbol: string;
  /** Where the minute begins, ms. */
  readonly start: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
};

/** What the server plays: minutes in the order of time. */
export type Recording = { readonly bars: readonly RecordedBar[]; readonly symbols: readonly string[] };

const ROW = /^([^,]{1,32}),(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.0+)?Z)((?:,\d{1,12}(?:\.\d{1,12})?){5})$/;

/** Reads a CSV or CSV.gz of 1-minute bars. Throws a UserError that names file and line. */
export async function readRecording(path: string): Promise<Recording> {
  const bars: RecordedBar[] = [];
  for await (const { first, texts } of readLines(path)) {
    for (const [index, text] of texts.entries()) {
      const line = first + index;
      if (line === 1) mustBe(text === HEADER, path, line, text, HEADER);
      else if (text !== '') bars.push(row(path, line, text));
    }
  }
  return recordingOf(bars);
}

export function recordingOf(bars: readonly RecordedBar[]): Recording {
  const inOrder = bars.toSorted((a, b) => a.start - b.start);
  return { bars: inOrder, symbols: [...new Set(inOrder.map(({ symbol }) => symbol))].sort() };
}

/** A longer bar with the next minute in it. */
export function joined(long: RecordedBar, next: RecordedBar): RecordedBar {
  return {
    ...long,
    high: Number(next.high) > Number(long.high) ? next.high : long.high,
    low: Number(next.low) < Number(long.low) ? next.low : long.low,
    close: next.close,
    volume: String(Math.round((Number(long.volume) + Number(next.volume)) * 1e8) / 1e8),
  };
}

function row(path: string, line: number, text: string): RecordedBar {
  const [, symbol = '', time = '', numbers = ''] = ROW.exec(text) ?? [];
  const start = Date.parse(time);
  const expected = `a row like SPY,2013-10-04T13:30:00Z,167.65,167.7,167.6,167.65,20000`;
  mustBe(start % 60_000 === 0, path, line, text, expected);
  const [open = '', high = '', low = '', close = '', volume = ''] = numbers.slice(1).split(',');
  return { symbol, start, open, high, low, close, volume };
}

function mustBe(right: boolean, path: string, line: number, text: string, expected: string): void {
  if (right) return;
  throw new UserError('BAD_BARS_FILE', `${basename(path)} line ${line} is ${quote(text)}, expected ${expected}`);
}

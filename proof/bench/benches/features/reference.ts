import { CLOSE, HIGH, LOW, type Market, MINUTES, placeOf, VOLUME } from './market.ts';

type Row = { readonly high: number; readonly low: number; readonly close: number; readonly volume: number };

/** The indicators of one symbol after each minute, by their definitions: every window summed anew, in the order of NAMES. */
export function referenceOf(market: Market, symbol: number, minutes: number): number[][] {
  const rows = Array.from({ length: minutes }, (_, minute) => rowOf(market, minute, symbol));
  const closes = rows.map(({ close }) => close);
  const changes = closes.map((close, index) => close - (closes[index - 1] ?? close));
  const fast = exponential(closes, 2 / 13);
  const slow = exponential(closes, 2 / 27);
  const macd = fast.map((value, index) => value - get(slow, index));
  const signal = exponential(macd, 2 / 10);
  const gains = exponential(
    changes.map((change) => Math.max(change, 0)),
    1 / 14,
  );
  const losses = exponential(
    changes.map((change) => Math.max(-change, 0)),
    1 / 14,
  );
  const atr = exponential(
    rows.map((row, index) => trueRange(row, closes[index - 1])),
    1 / 14,
  );

  return rows.map((_, index) => {
    const window = closes.slice(Math.max(0, index - 19), index + 1);
    const middle = mean(window);
    const band = 2 * Math.sqrt(mean(window.map((close) => (close - middle) ** 2)));
    const session = rows.slice(index - (index % MINUTES), index + 1);
    const turnover = session.reduce(
      (sum, { high, low, close, volume }) => sum + ((high + low + close) / 3) * volume,
      0,
    );
    const traded = session.reduce((sum, { volume }) => sum + volume, 0);
    const line = get(macd, index);
    const rsi = (100 * get(gains, index)) / (get(gains, index) + get(losses, index));
    const trend = [get(fast, index), get(slow, index), line, get(signal, index), line - get(signal, index)];
    return [middle, ...trend, rsi, get(atr, index), middle + band, middle, middle - band, turnover / traded];
  });
}

function rowOf({ columns }: Market, minute: number, symbol: number): Row {
  const at = placeOf(minute, symbol);
  const field = (offset: number) => columns[at + offset] as number;
  return { high: field(HIGH), low: field(LOW), close: field(CLOSE), volume: field(VOLUME) };
}

/** The first value is the seed. */
function exponential(values: readonly number[], weight: number): number[] {
  let average = get(values, 0);
  return values.map((value) => {
    average += weight * (value - average);
    return average;
  });
}

function trueRange({ high, low }: Row, previous: number | undefined): number {
  if (previous === undefined) return high - low;
  return Math.max(high - low, Math.abs(high - previous), Math.abs(low - previous));
}

function mean(values: readonly number[]): number {
  const first = get(values, 0);
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}

function get(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no value at ${index}`);
  return value;
}

import type { Contender } from './contender.ts';
import { ALL, CLOSE, HIGH, LOW, type Market, MINUTES, placeOf, SYMBOLS, VOLUME } from './market.ts';

/** Doubles of a symbol: 12 of state, 12 of results, 32 closes. */
const STRIDE = 56;
const RESULTS = 12;
const CLOSES = 24;

/**
 * What the arithmetic alone costs: typed arrays in and out, no objects, no checks, no calendar, no gaps, no anchors, running sums
 * of squares that nobody keeps from drifting. It may be wrong where ours must not.
 */
export class Limit implements Contender {
  #state = new Float64Array(SYMBOLS * STRIDE);

  begin(): void {
    this.#state = new Float64Array(SYMBOLS * STRIDE);
  }

  run({ columns }: Market, fromMinute: number, untilMinute: number): number {
    let sum = 0;
    for (let minute = fromMinute; minute < untilMinute; minute++) sum += step(this.#state, columns, minute);
    return sum;
  }

  values(symbol: number): number[] {
    const from = symbol * STRIDE + RESULTS;
    return [...this.#state.subarray(from, from + 12)];
  }
}

function step(t: Float64Array, columns: Float64Array, minute: number): number {
  if (minute >= ALL) throw new RangeError(`minute is ${minute}, expected less than ${ALL}`);
  const first = minute === 0;
  const opens = minute % MINUTES === 0;
  let sum = 0;
  for (let symbol = 0; symbol < SYMBOLS; symbol++) {
    const bar = placeOf(minute, symbol);
    const at = symbol * STRIDE;
    const high = columns[bar + HIGH] as number;
    const low = columns[bar + LOW] as number;
    const close = columns[bar + CLOSE] as number;
    const volume = columns[bar + VOLUME] as number;
    if (first) begin(t, at, high, low, close);
    const previous = t[at] as number;

    const fast = (t[at + 1] as number) + (close - (t[at + 1] as number)) * (2 / 13);
    const slow = (t[at + 2] as number) + (close - (t[at + 2] as number)) * (2 / 27);
    const macd = fast - slow;
    const signal = (t[at + 3] as number) + (macd - (t[at + 3] as number)) * (2 / 10);
    const move = Math.abs(close - previous);
    const gain = (t[at + 4] as number) + ((close - previous + move) * 0.5 - (t[at + 4] as number)) * (1 / 14);
    const moves = (t[at + 5] as number) + (move - (t[at + 5] as number)) * (1 / 14);
    const range = (high - low + Math.abs(high - previous) + Math.abs(previous - low)) * 0.5;
    const atr = (t[at + 6] as number) + (range - (t[at + 6] as number)) * (1 / 14);

    const old = t[at + CLOSES + ((minute - 20) & 31)] as number;
    const closes = (t[at + 7] as number) + (close - old);
    const squares = (t[at + 8] as number) + (close * close - old * old);
    const mean = closes * (1 / 20);
    const band = 2 * Math.sqrt(squares * (1 / 20) - mean * mean);
    const turnover = (opens ? 0 : (t[at + 9] as number)) + (high + low + close) * (1 / 3) * volume;
    const traded = (opens ? 0 : (t[at + 10] as number)) + volume;

    t[at] = close;
    t[at + 1] = fast;
    t[at + 2] = slow;
    t[at + 3] = signal;
    t[at + 4] = gain;
    t[at + 5] = moves;
    t[at + 6] = atr;
    t[at + 7] = closes;
    t[at + 8] = squares;
    t[at + 9] = turnover;
    t[at + 10] = traded;
    t[at + CLOSES + (minute & 31)] = close;
    const rsi = (100 * gain) / moves;
    t[at + RESULTS] = mean;
    t[at + RESULTS + 1] = fast;
    t[at + RESULTS + 2] = slow;
    t[at + RESULTS + 3] = macd;
    t[at + RESULTS + 4] = signal;
    t[at + RESULTS + 5] = macd - signal;
    t[at + RESULTS + 6] = rsi;
    t[at + RESULTS + 7] = atr;
    t[at + RESULTS + 8] = mean + band;
    t[at + RESULTS + 9] = mean;
    t[at + RESULTS + 10] = mean - band;
    t[at + RESULTS + 11] = turnover / traded;
    sum += rsi;
  }
  return sum;
}

function begin(t: Float64Array, at: number, high: number, low: number, close: number): void {
  t[at] = close;
  t[at + 1] = close;
  t[at + 2] = close;
  t[at + 6] = high - low;
}

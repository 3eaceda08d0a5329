import { PARAMETERS, WARM_UP_BARS } from './feature-spec.ts';
import { HISTORY_FIELDS, AT as LAYOUT } from './slot.ts';

// Names of this file, because only those are constants to the compiler.
const AT = LAYOUT;
const FIELDS = HISTORY_FIELDS;
const MASK = WARM_UP_BARS - 1;

/** How much the new value counts. */
export const WEIGHTS = {
  fast: 2 / (PARAMETERS.emaFast + 1),
  slow: 2 / (PARAMETERS.emaSlow + 1),
  signal: 2 / (PARAMETERS.macdSignal + 1),
  /** Wilder's smoothing: 1/n. (J. Welles Wilder, New Concepts in Technical Trading Systems, 1978.) */
  gain: 1 / PARAMETERS.rsi,
  range: 1 / PARAMETERS.atr,
} as const;

const { fast: FAST, slow: SLOW, signal: SIGNAL, gain: GAIN, range: RANGE } = WEIGHTS;

/** An exponential average after one more value. */
export function smooth(average: number, value: number, weight: number): number {
  return average + (value - average) * weight;
}

/** The change where it is upward, else 0. Without a branch, which would be guessed wrong every other time. */
export function upward(change: number): number {
  return (change + Math.abs(change)) * 0.5;
}

/** From the lowest to the highest of the three. */
export function trueRange(high: number, low: number, previous: number): number {
  return (high - low + Math.abs(high - previous) + Math.abs(previous - low)) * 0.5;
}

/**
 * Computes EMA, MACD signal, RSI's averages and ATR from the bars `first` to `last` of the history, at least two, and nothing else.
 * Each begins with what the first two say: the close of the one, no move, the true range of the other. After 280 bars less than
 * 1e-9 of that is left, whatever seed other programs choose.
 */
export function replay(numbers: Float64Array, first: number, last: number): void {
  let previous = numbers[AT.history + (first & MASK) * FIELDS] as number;
  let fast = previous;
  let slow = previous;
  let signal = 0;
  let gain = 0;
  let move = 0;
  let atr = numbers[AT.history + ((first + 1) & MASK) * FIELDS + 1] as number;
  for (let index = first + 1; index <= last; index++) {
    const bar = AT.history + (index & MASK) * FIELDS;
    const close = numbers[bar] as number;
    fast = smooth(fast, close, FAST);
    slow = smooth(slow, close, SLOW);
    signal = smooth(signal, fast - slow, SIGNAL);
    gain = smooth(gain, upward(close - previous), GAIN);
    move = smooth(move, Math.abs(close - previous), GAIN);
    atr = smooth(atr, numbers[bar + 1] as number, RANGE);
    previous = close;
  }
  numbers[AT.emaFast] = fast;
  numbers[AT.emaSlow] = slow;
  numbers[AT.macdSignal] = signal;
  numbers[AT.averageGain] = gain;
  numbers[AT.averageMove] = move;
  numbers[AT.atr] = atr;
}

import { PARAMETERS } from './feature-spec.ts';
import {
  ATR,
  AVERAGE_GAIN,
  AVERAGE_LOSS,
  EMA_FAST,
  EMA_SLOW,
  HISTORY_FIELDS,
  HISTORY_MASK,
  MACD_SIGNAL,
} from './slot-state.ts';

const FAST = 2 / (PARAMETERS.emaFast + 1);
const SLOW = 2 / (PARAMETERS.emaSlow + 1);
const SIGNAL = 2 / (PARAMETERS.macdSignal + 1);
/** Wilder's smoothing: the new value counts 1/n. (J. Welles Wilder, New Concepts in Technical Trading Systems, 1978.) */
const GAIN = 1 / PARAMETERS.rsi;
const RANGE = 1 / PARAMETERS.atr;

/** Takes bar number `index` of the history ring (it begins at `from`) into EMA, MACD signal, RSI's averages and ATR. */
export function advance(state: Float64Array, at: number, history: Float64Array, from: number, index: number): void {
  const bar = from + (index & HISTORY_MASK) * HISTORY_FIELDS;
  const high = history[bar] as number;
  const low = history[bar + 1] as number;
  const close = history[bar + 2] as number;
  const previous = history[from + ((index - 1) & HISTORY_MASK) * HISTORY_FIELDS + 2] as number;

  const fast = close * FAST + (state[at + EMA_FAST] as number) * (1 - FAST);
  const slow = close * SLOW + (state[at + EMA_SLOW] as number) * (1 - SLOW);
  state[at + EMA_FAST] = fast;
  state[at + EMA_SLOW] = slow;
  state[at + MACD_SIGNAL] = (fast - slow) * SIGNAL + (state[at + MACD_SIGNAL] as number) * (1 - SIGNAL);

  const change = close - previous;
  state[at + AVERAGE_GAIN] = Math.max(change, 0) * GAIN + (state[at + AVERAGE_GAIN] as number) * (1 - GAIN);
  state[at + AVERAGE_LOSS] = Math.max(-change, 0) * GAIN + (state[at + AVERAGE_LOSS] as number) * (1 - GAIN);

  const trueRange = Math.max(high, previous) - Math.min(low, previous);
  state[at + ATR] = trueRange * RANGE + (state[at + ATR] as number) * (1 - RANGE);
}

/**
 * Computes them from the bars `first` to `last` of the ring and nothing else. Each begins with what the first bar alone says:
 * its close, no move, its own range. After 280 bars less than 1e-9 of that is left, whatever seed other programs choose.
 */
export function replay(
  state: Float64Array,
  at: number,
  history: Float64Array,
  from: number,
  first: number,
  last: number,
): void {
  const bar = from + (first & HISTORY_MASK) * HISTORY_FIELDS;
  const close = history[bar + 2] as number;
  state[at + EMA_FAST] = close;
  state[at + EMA_SLOW] = close;
  state[at + MACD_SIGNAL] = 0;
  state[at + AVERAGE_GAIN] = 0;
  state[at + AVERAGE_LOSS] = 0;
  state[at + ATR] = (history[bar] as number) - (history[bar + 1] as number);
  for (let index = first + 1; index <= last; index++) advance(state, at, history, from, index);
}

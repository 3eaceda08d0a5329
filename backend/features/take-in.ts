import type { NumericBar } from '../market-data/bar.ts';
import { LONGEST_WINDOW, PARAMETERS, WARM_UP_BARS } from './feature-spec.ts';
import * as logReturns from './log-return.ts';
import * as recentBars from './recent-bars.ts';
import * as recursive from './recursive-indicators.ts';
import * as moments from './sliding-moments.ts';
import { HISTORY_FIELDS, AT as LAYOUT, type Slot } from './slot.ts';

// Names of this file, because only those are constants to the compiler; and this is run for every bar.
const AT = LAYOUT;
const { sma: SMA, realisedVolatility: RETURNS, volume: VOLUMES, bollingerDeviations: DEVIATIONS } = PARAMETERS;
const LONGEST = LONGEST_WINDOW;
const HISTORY_MASK = WARM_UP_BARS - 1;
const FIELDS = HISTORY_FIELDS;
const { close: CLOSE, logReturn: LOG_RETURN, volume: VOLUME } = recentBars.FIELD;
const { fast: FAST, slow: SLOW, signal: SIGNAL, gain: GAIN, range: RANGE } = recursive.WEIGHTS;
const { logReturn } = logReturns;
const { placeOf } = recentBars;
const { replay, smooth, trueRange, upward } = recursive;
const { deviation, mean, slide, sumAnew } = moments;

/**
 * Takes a bar in as number `index` of its instrument and moves all that is kept on by it. From bar number 60 on there are indicators.
 * The compiler makes one function of this and of all that it calls each time, but of no more: 920 bytes of bytecode are its limit
 * for what it draws in (`--max-inlined-bytecode-size-cumulative`), and one more helper would cost a tenth of the speed.
 */
export function takeIn(slot: Slot, recent: recentBars.RecentBars, index: number, bar: NumericBar): void {
  const { column, numbers } = slot;
  const { values, width } = recent;
  const { high, low, close, volume } = bar;
  numbers[AT.lastEnd] = bar.barEnd;
  const turnover = (numbers[AT.turnover] as number) + (high + low + close) * (1 / 3) * volume;
  const traded = (numbers[AT.sessionVolume] as number) + volume;
  numbers[AT.turnover] = turnover;
  numbers[AT.sessionVolume] = traded;

  const place = placeOf(width, column, index);
  const previous = numbers[AT.close] as number;
  numbers[AT.close] = close;
  const change = logReturn(close, previous);
  values[place + CLOSE] = close;
  values[place + LOG_RETURN] = change;
  values[place + VOLUME] = volume;
  const range = trueRange(high, low, previous);
  const record = AT.history + (index & HISTORY_MASK) * FIELDS;
  numbers[record] = close;
  numbers[record + 1] = range;
  if (index < LONGEST) return;

  const fast = smooth(numbers[AT.emaFast] as number, close, FAST);
  const slow = smooth(numbers[AT.emaSlow] as number, close, SLOW);
  const macd = fast - slow;
  const signal = smooth(numbers[AT.macdSignal] as number, macd, SIGNAL);
  const gain = smooth(numbers[AT.averageGain] as number, upward(close - previous), GAIN);
  const move = smooth(numbers[AT.averageMove] as number, Math.abs(close - previous), GAIN);
  numbers[AT.emaFast] = fast;
  numbers[AT.emaSlow] = slow;
  numbers[AT.macd] = macd;
  numbers[AT.macdSignal] = signal;
  numbers[AT.macdHistogram] = macd - signal;
  numbers[AT.averageGain] = gain;
  numbers[AT.averageMove] = move;
  numbers[AT.rsi] = move === 0 ? 0.5 : gain / move;
  numbers[AT.atr] = smooth(numbers[AT.atr] as number, range, RANGE);
  numbers[AT.vwap] = traded === 0 ? close : turnover / traded;

  const leftClose = values[placeOf(width, column, index - SMA) + CLOSE] as number;
  const leftReturn = values[placeOf(width, column, index - RETURNS) + LOG_RETURN] as number;
  const leftVolume = values[placeOf(width, column, index - VOLUMES) + VOLUME] as number;
  if (!slide(numbers, AT.closes, SMA, close, leftClose)) sumCloses(slot, recent, index);
  if (!slide(numbers, AT.logReturns, RETURNS, change, leftReturn)) sumReturns(slot, recent, index);
  if (!slide(numbers, AT.volumes, VOLUMES, volume, leftVolume)) sumVolumes(slot, recent, index);

  const middle = mean(numbers, AT.closes, SMA);
  const spread = deviation(numbers, AT.closes, SMA);
  numbers[AT.sma] = middle;
  numbers[AT.deviation] = spread;
  numbers[AT.bollingerUpper] = middle + DEVIATIONS * spread;
  numbers[AT.bollingerLower] = middle - DEVIATIONS * spread;
}

/** Computes the indicators after bar number `last` from the bars up to it that are kept, and from nothing else. */
export function rebuild(slot: Slot, recent: recentBars.RecentBars, last: number): void {
  replay(slot.numbers, Math.max(0, last - WARM_UP_BARS + 1), last);
  sumCloses(slot, recent, last);
  sumReturns(slot, recent, last);
  sumVolumes(slot, recent, last);
}

function sumCloses({ column, numbers }: Slot, recent: recentBars.RecentBars, last: number): void {
  sumAnew(numbers, AT.closes, SMA, recent, column + CLOSE, last);
}

function sumReturns({ column, numbers }: Slot, recent: recentBars.RecentBars, last: number): void {
  sumAnew(numbers, AT.logReturns, RETURNS, recent, column + LOG_RETURN, last);
}

function sumVolumes({ column, numbers }: Slot, recent: recentBars.RecentBars, last: number): void {
  sumAnew(numbers, AT.volumes, VOLUMES, recent, column + VOLUME, last);
}

import { PARAMETERS } from './feature-spec.ts';
import * as recentBars from './recent-bars.ts';
import * as moments from './sliding-moments.ts';
import { AT as LAYOUT, type Slot } from './slot.ts';

/** Prices and volumes in the instrument's units, RSI from 0 to 100. */
export type Indicators = PriceIndicators & WindowIndicators;

export type PriceIndicators = {
  sma20: number;
  ema12: number;
  ema26: number;
  macd: number;
  macdSignal: number;
  macdHistogram: number;
  /** 50 when no close has moved within the memory of the average (other programs say 100, or nothing). */
  rsi14: number;
  atr14: number;
  bollingerUpper: number;
  bollingerMiddle: number;
  bollingerLower: number;
  /** Of the session so far, from each bar's (high + low + close) / 3; the close as long as nothing has been traded. */
  vwap: number;
};

/** Of the last 60 bars: what only the model's features need. */
type WindowIndicators = {
  readonly realisedVolatility60: number;
  readonly volumeMean60: number;
  readonly volumeDeviation60: number;
};

// Names of this file, because only those are constants to the compiler.
const AT = LAYOUT;
const { sma: SMA, realisedVolatility: RETURNS, volume: VOLUMES, bollingerDeviations: DEVIATIONS } = PARAMETERS;
const { lastClose } = recentBars;
const { deviation, mean } = moments;

export function newIndicators(): PriceIndicators {
  return {
    sma20: Number.NaN,
    ema12: Number.NaN,
    ema26: Number.NaN,
    macd: Number.NaN,
    macdSignal: Number.NaN,
    macdHistogram: Number.NaN,
    rsi14: Number.NaN,
    atr14: Number.NaN,
    bollingerUpper: Number.NaN,
    bollingerMiddle: Number.NaN,
    bollingerLower: Number.NaN,
    vwap: Number.NaN,
  };
}

/** Those of the slot after its last bar. */
export function readIndicators(slot: Slot, recent: recentBars.RecentBars, into: PriceIndicators): void {
  const { numbers } = slot;
  const fast = numbers[AT.emaFast] as number;
  const slow = numbers[AT.emaSlow] as number;
  const signal = numbers[AT.macdSignal] as number;
  const moves = numbers[AT.averageMove] as number;
  const middle = mean(numbers, AT.closes, SMA);
  const band = DEVIATIONS * deviation(numbers, AT.closes, SMA);
  const traded = numbers[AT.sessionVolume] as number;
  into.sma20 = middle;
  into.ema12 = fast;
  into.ema26 = slow;
  into.macd = fast - slow;
  into.macdSignal = signal;
  into.macdHistogram = fast - slow - signal;
  into.rsi14 = moves === 0 ? 50 : (100 * (numbers[AT.averageGain] as number)) / moves;
  into.atr14 = numbers[AT.atr] as number;
  into.bollingerUpper = middle + band;
  into.bollingerMiddle = middle;
  into.bollingerLower = middle - band;
  into.vwap = traded === 0 ? lastClose(slot, recent) : (numbers[AT.turnover] as number) / traded;
}

export function windowIndicators({ numbers }: Slot): WindowIndicators {
  return {
    realisedVolatility60: deviation(numbers, AT.logReturns, RETURNS),
    volumeMean60: mean(numbers, AT.volumes, VOLUMES),
    volumeDeviation60: deviation(numbers, AT.volumes, VOLUMES),
  };
}

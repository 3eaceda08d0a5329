import { PARAMETERS } from './feature-spec.ts';
import { DEVIATION, MEAN } from './sliding-moments.ts';
import * as S from './slot-state.ts';

/** Prices and volumes in the instrument's units, RSI from 0 to 100. */
export type Indicators = {
  readonly sma20: number;
  readonly ema12: number;
  readonly ema26: number;
  readonly macd: number;
  readonly macdSignal: number;
  readonly macdHistogram: number;
  /** 50 when no close has moved within the memory of the average (other programs say 100, or nothing). */
  readonly rsi14: number;
  readonly atr14: number;
  readonly bollingerUpper: number;
  readonly bollingerMiddle: number;
  readonly bollingerLower: number;
  /** Of the session so far, from each bar's (high + low + close) / 3; the close as long as nothing has been traded. */
  readonly vwap: number;
  readonly realisedVolatility60: number;
  readonly volumeMean60: number;
  readonly volumeDeviation60: number;
};

/** Of the slot whose record begins at `at`, after its bar number `index`. */
export function readIndicators(state: Float64Array, at: number, index: number): Indicators {
  const get = (offset: number) => state[at + offset] as number;
  const macd = get(S.EMA_FAST) - get(S.EMA_SLOW);
  const moves = get(S.AVERAGE_GAIN) + get(S.AVERAGE_LOSS);
  const middle = get(S.CLOSE_MOMENTS + MEAN);
  const band = get(S.CLOSE_MOMENTS + DEVIATION) * PARAMETERS.bollingerDeviations;
  const traded = get(S.SESSION_VOLUME);
  return {
    sma20: middle,
    ema12: get(S.EMA_FAST),
    ema26: get(S.EMA_SLOW),
    macd,
    macdSignal: get(S.MACD_SIGNAL),
    macdHistogram: macd - get(S.MACD_SIGNAL),
    rsi14: moves === 0 ? 50 : (100 * get(S.AVERAGE_GAIN)) / moves,
    atr14: get(S.ATR),
    bollingerUpper: middle + band,
    bollingerMiddle: middle,
    bollingerLower: middle - band,
    vwap: traded === 0 ? get(S.CLOSES + (index & S.RING_MASK)) : get(S.TURNOVER) / traded,
    realisedVolatility60: get(S.RETURN_MOMENTS + DEVIATION),
    volumeMean60: get(S.VOLUME_MOMENTS + MEAN),
    volumeDeviation60: get(S.VOLUME_MOMENTS + DEVIATION),
  };
}

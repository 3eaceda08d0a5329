import type { NumericBar } from '../market-data/bar.ts';
import { FEATURE_INDEX as F, PARAMETERS } from './feature-spec.ts';
import { DEVIATION, MEAN } from './sliding-moments.ts';
import * as S from './slot-state.ts';

/** From the lower to the upper Bollinger band, in standard deviations. */
const BANDS = 2 * PARAMETERS.bollingerDeviations;

/** Writes the features after `bar`, number `index` of the slot whose record begins at `at`: all but `sessionElapsed`. */
export function writeFeatures(
  values: Float64Array,
  state: Float64Array,
  at: number,
  index: number,
  { close, volume }: NumericBar,
): void {
  const sma = state[at + S.CLOSE_MOMENTS + MEAN] as number;
  const bands = BANDS * (state[at + S.CLOSE_MOMENTS + DEVIATION] as number);
  const macd = (state[at + S.EMA_FAST] as number) - (state[at + S.EMA_SLOW] as number);
  const gain = state[at + S.AVERAGE_GAIN] as number;
  const moves = gain + (state[at + S.AVERAGE_LOSS] as number);
  const traded = state[at + S.SESSION_VOLUME] as number;
  const meanVolume = state[at + S.VOLUME_MOMENTS + MEAN] as number;
  const volumeDeviation = state[at + S.VOLUME_MOMENTS + DEVIATION] as number;

  values[F.closeToSma20] = close / sma - 1;
  values[F.macdToClose] = macd / close;
  values[F.macdHistogramToClose] = (macd - (state[at + S.MACD_SIGNAL] as number)) / close;
  values[F.rsi14] = moves === 0 ? 0.5 : gain / moves;
  values[F.atr14ToClose] = (state[at + S.ATR] as number) / close;
  values[F.bollingerPercentB] = bands === 0 ? 0.5 : 0.5 + (close - sma) / bands;
  values[F.bollingerWidth] = bands / sma;
  values[F.closeToVwap] = traded === 0 ? 0 : (close * traded) / (state[at + S.TURNOVER] as number) - 1;
  values[F.return1] = close / closeAt(state, at, index - 1) - 1;
  values[F.return5] = close / closeAt(state, at, index - 5) - 1;
  values[F.return15] = close / closeAt(state, at, index - 15) - 1;
  values[F.return60] = close / closeAt(state, at, index - 60) - 1;
  values[F.realisedVolatility60] = state[at + S.RETURN_MOMENTS + DEVIATION] as number;
  values[F.volumeZ60] = volumeDeviation === 0 ? 0 : (volume - meanVolume) / volumeDeviation;
  values[F.overnightGap] = state[at + S.OVERNIGHT_GAP] as number;
}

export function closeAt(state: Float64Array, at: number, index: number): number {
  return state[at + S.CLOSES + (index & S.RING_MASK)] as number;
}

import { FEATURE_INDEX, PARAMETERS } from './feature-spec.ts';
import * as recentBars from './recent-bars.ts';
import * as moments from './sliding-moments.ts';
import { AT as LAYOUT, type Slot } from './slot.ts';

// Names of this file, because only those are constants to the compiler; and this is run for every bar.
const AT = LAYOUT;
const F = { ...FEATURE_INDEX };
const { realisedVolatility: RETURNS, volume: VOLUMES } = PARAMETERS;
const { close: CLOSE, volume: VOLUME } = recentBars.FIELD;
const { placeOf } = recentBars;
const { deviation, mean } = moments;
/** From the lower to the upper Bollinger band, in standard deviations. */
const BANDS = 2 * PARAMETERS.bollingerDeviations;

/** Writes the features after the last bar of the slot. */
export function writeFeatures(features: Float64Array, slot: Slot, recent: recentBars.RecentBars): void {
  const { column, numbers } = slot;
  const { values, width } = recent;
  const index = slot.count - 1;
  const place = placeOf(width, column, index);
  const close = values[place + CLOSE] as number;
  const before1 = values[placeOf(width, column, index - 1) + CLOSE] as number;
  const before5 = values[placeOf(width, column, index - 5) + CLOSE] as number;
  const before15 = values[placeOf(width, column, index - 15) + CLOSE] as number;
  const before60 = values[placeOf(width, column, index - 60) + CLOSE] as number;

  const sma = numbers[AT.sma] as number;
  const bands = BANDS * (numbers[AT.deviation] as number);
  const traded = numbers[AT.sessionVolume] as number;
  const volumeDeviation = deviation(numbers, AT.volumes, VOLUMES);
  const aboveUsual = (values[place + VOLUME] as number) - mean(numbers, AT.volumes, VOLUMES);
  const open = numbers[AT.sessionOpen] as number;
  const perClose = 1 / close;
  const perSma = 1 / sma;

  features[F.closeToSma20] = close * perSma - 1;
  features[F.macdToClose] = (numbers[AT.macd] as number) * perClose;
  features[F.macdHistogramToClose] = (numbers[AT.macdHistogram] as number) * perClose;
  features[F.rsi14] = numbers[AT.rsi] as number;
  features[F.atr14ToClose] = (numbers[AT.atr] as number) * perClose;
  features[F.bollingerPercentB] = bands === 0 ? 0.5 : 0.5 + (close - sma) / bands;
  features[F.bollingerWidth] = bands * perSma;
  features[F.closeToVwap] = traded === 0 ? 0 : (close * traded) / (numbers[AT.turnover] as number) - 1;
  features[F.return1] = close / before1 - 1;
  features[F.return5] = close / before5 - 1;
  features[F.return15] = close / before15 - 1;
  features[F.return60] = close / before60 - 1;
  features[F.realisedVolatility60] = deviation(numbers, AT.logReturns, RETURNS);
  features[F.volumeZ60] = volumeDeviation === 0 ? 0 : aboveUsual / volumeDeviation;
  features[F.sessionElapsed] = ((numbers[AT.lastEnd] as number) - open) / ((numbers[AT.sessionClose] as number) - open);
  features[F.overnightGap] = numbers[AT.overnightGap] as number;
}

import { PARAMETERS } from './feature-spec.ts';
import { deviation, mean } from './sliding-moments.ts';
import { AT, type Slot } from './slot.ts';

/** Prices and volumes in the instrument's units. */
export type Indicators = {
  readonly sma20: number;
  readonly ema12: number;
  readonly ema26: number;
  readonly macd: number;
  readonly macdSignal: number;
  readonly macdHistogram: number;
  /** 0 to 100; 50 when no close has moved within the memory of the average (other programs say 100, or nothing). */
  readonly rsi14: number;
  readonly atr14: number;
  readonly bollingerUpper: number;
  readonly bollingerMiddle: number;
  readonly bollingerLower: number;
  /** Of the session so far. */
  readonly vwap: number;
  /** Of the last 60 bars. */
  readonly realisedVolatility60: number;
  readonly volumeMean60: number;
  readonly volumeDeviation60: number;
};

/** What the record of an instrument says after its last bar, by names. */
export function indicatorsOf({ numbers }: Slot): Indicators {
  const at = (place: number) => numbers[place] as number;
  return {
    sma20: at(AT.sma),
    ema12: at(AT.emaFast),
    ema26: at(AT.emaSlow),
    macd: at(AT.macd),
    macdSignal: at(AT.macdSignal),
    macdHistogram: at(AT.macdHistogram),
    rsi14: 100 * at(AT.rsi),
    atr14: at(AT.atr),
    bollingerUpper: at(AT.bollingerUpper),
    bollingerMiddle: at(AT.sma),
    bollingerLower: at(AT.bollingerLower),
    vwap: at(AT.vwap),
    realisedVolatility60: deviation(numbers, AT.logReturns, PARAMETERS.realisedVolatility),
    volumeMean60: mean(numbers, AT.volumes, PARAMETERS.volume),
    volumeDeviation60: deviation(numbers, AT.volumes, PARAMETERS.volume),
  };
}

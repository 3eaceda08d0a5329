import type { Segment, TradingCalendar } from '../calendar/index.ts';
import type { NumericBar, Timeframe } from '../market-data/bar.ts';
import { FeatureEngine } from './feature-engine.ts';
import { FEATURE_INDEX, type FeatureName } from './feature-spec.ts';

/** A vector that outlives the next call. */
export type KeptVector = {
  readonly values: Float64Array;
  readonly gap: boolean;
  readonly atr: number;
  readonly close: number;
};

type Run = {
  readonly calendar: TradingCalendar;
  readonly timeframe?: Timeframe;
  readonly segments?: readonly Segment[];
};

/** What a new engine says to each of the bars. */
export function runEngine(
  bars: readonly NumericBar[],
  { calendar, timeframe = '1m', segments }: Run,
): (KeptVector | null)[] {
  const engine = new FeatureEngine({ timeframe, ...(segments && { segments }) });
  return bars.map((bar) => keep(engine.update('one', bar, calendar)));
}

export function keep(vector: KeptVector | null): KeptVector | null {
  return vector && { ...vector, values: vector.values.slice() };
}

/** Text that is equal only for vectors that are equal to the last bit. */
export function bitsOf(vectors: readonly (KeptVector | null)[]): string[] {
  return vectors.map((vector) => {
    if (vector === null) return 'null';
    const doubles = Float64Array.of(...vector.values, vector.atr, vector.close);
    return `${Buffer.from(doubles.buffer).toString('hex')} ${vector.gap}`;
  });
}

export function feature(vector: KeptVector | null | undefined, name: FeatureName): number | undefined {
  return vector?.values[FEATURE_INDEX[name]];
}

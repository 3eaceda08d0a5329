import { calendarById } from '../calendar/index.ts';
import { type Timeframe, toNumeric } from '../market-data/bar.ts';
import type { Instrument } from '../market-data/instrument.ts';
import { readNewestRegularBars } from '../market-data/store/read.ts';
import type { Queryable } from '../platform/database/pool.ts';
import { ranksOf } from './cross-section.ts';
import { FeatureEngine, type FeatureVector } from './feature-engine.ts';
import { FEATURE_INDEX, type FeatureName, LONGEST_ANCHOR, WARM_UP_BARS } from './feature-spec.ts';

export type RankQuery = {
  readonly instruments: readonly Instrument[];
  readonly timeframe: Timeframe;
  readonly feature: FeatureName;
  /** What was known then, ms. */
  readonly asOf: number;
};

export type FeatureRank = {
  readonly instrument: Instrument;
  /** Start of the newest bar that the value was computed from, ms. */
  readonly barStart: number;
  readonly value: number;
  /** 0 the lowest of the instruments, 1 the highest. */
  readonly rank: number;
};

/** Instruments beside each other, by what the feature engine makes of the bars that were known at a moment. */
export class FeatureRanksService {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** The highest first; instruments that have too few bars are left out. */
  async ranks({ instruments, timeframe, feature, asOf }: RankQuery): Promise<FeatureRank[]> {
    const byId = new Map(instruments.map((instrument) => [instrument.id, instrument]));
    const count = WARM_UP_BARS + LONGEST_ANCHOR[timeframe];
    const bars = await readNewestRegularBars(
      this.#database,
      { instrumentIds: [...byId.keys()], timeframe, asOf },
      count,
    );
    const engine = new FeatureEngine({ timeframe, capacity: byId.size });
    const found: Omit<FeatureRank, 'rank'>[] = [];
    for (const [id, own] of Map.groupBy(bars, ({ instrumentId }) => instrumentId)) {
      const instrument = byId.get(id);
      if (instrument === undefined) continue;
      let vector: FeatureVector | null = null;
      for (const bar of own) vector = engine.update(id, toNumeric(bar), calendarById(instrument.calendar));
      const value = vector?.values[FEATURE_INDEX[feature]];
      if (value !== undefined) found.push({ instrument, barStart: own.at(-1)?.barStart ?? 0, value });
    }
    const ranks = ranksOf(Float64Array.from(found, ({ value }) => value));
    return found
      .map((entry, index) => ({ ...entry, rank: ranks[index] ?? Number.NaN }))
      .sort((a, b) => b.rank - a.rank || (a.instrument.id < b.instrument.id ? -1 : 1));
  }
}

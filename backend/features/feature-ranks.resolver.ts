import { Args, ArgsType, Field, ID, Query, Resolver } from 'type-graphql';
import { Needs } from '../access/permission.type.ts';
import { TIMEFRAMES, type Timeframe } from '../market-data/bar.ts';
import { TimeframeEnum } from '../market-data/bar.type.ts';
import type { MarketDataService } from '../market-data/market-data.service.ts';
import type { BarTimeframe } from '../market-data/rollup/bucket.ts';
import type { Clock } from '../platform/clock.ts';
import { InvalidInput } from '../platform/errors.ts';
import { localIdOf } from '../platform/graphql/global-id.ts';
import { momentOf } from '../platform/graphql/moment.ts';
import { InstantScalar } from '../platform/graphql/scalars.ts';
import { FeatureNameEnum, FeatureRankType, toFeatureRankType } from './feature-rank.type.ts';
import type { FeatureRanksService } from './feature-ranks.service.ts';
import type { FeatureName } from './feature-spec.ts';

const MOST_INSTRUMENTS = 100;

@ArgsType()
class FeatureRanksArgs {
  @Field(() => [ID], { description: 'Ids of the instruments that are compared: 2 to 100.' })
  instruments!: string[];

  @Field(() => FeatureNameEnum, { description: 'What they are compared by.' })
  feature!: FeatureName;

  @Field(() => TimeframeEnum, { defaultValue: '1m', description: 'Length of the bars: those of a feed, 1m or 1d.' })
  timeframe!: BarTimeframe;

  @Field(() => InstantScalar, {
    nullable: true,
    description: 'Answer with what was known at this moment; now by the clock of the data when left out.',
  })
  asOf?: Date | null;
}

@Resolver()
export class FeatureRanksResolver {
  readonly #service: FeatureRanksService;
  readonly #marketData: MarketDataService;
  readonly #clock: Clock;

  constructor(service: FeatureRanksService, marketData: MarketDataService, clock: Clock) {
    this.#service = service;
    this.#marketData = marketData;
    this.#clock = clock;
  }

  @Query(() => [FeatureRankType], {
    description: 'Instruments beside each other by a feature, the highest first; those with too few bars are left out.',
  })
  @Needs('market-data:read')
  async featureRanks(@Args(() => FeatureRanksArgs) args: FeatureRanksArgs): Promise<FeatureRankType[]> {
    const ids = [...new Set(args.instruments.map((id) => localIdOf('Instrument', 'instruments', id)))];
    if (ids.length < 2 || ids.length > MOST_INSTRUMENTS)
      throw new InvalidInput('instruments', ids.length, `2 to ${MOST_INSTRUMENTS} different ids`);
    const asOf = momentOf('asOf', args.asOf) ?? this.#clock.now();
    const known = await this.#marketData.instrumentsByIds(ids, asOf);
    const timeframe = timeframeOf(args.timeframe);
    const ranks = await this.#service.ranks({
      instruments: [...known.values()],
      timeframe,
      feature: args.feature,
      asOf,
    });
    return ranks.map(toFeatureRankType);
  }
}

function timeframeOf(timeframe: BarTimeframe): Timeframe {
  if (timeframe in TIMEFRAMES) return timeframe as Timeframe;
  throw new InvalidInput(
    'timeframe',
    timeframe,
    `one of ${Object.keys(TIMEFRAMES).join(', ')}: features are made of the bars of feeds`,
  );
}

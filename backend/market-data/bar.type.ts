import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../platform/graphql/connection.ts';
import { DecimalScalar, InstantScalar } from '../platform/graphql/scalars.ts';
import { PROVENANCES, type Provenance, SEGMENTS, type Segment } from './bar.ts';
import { ADJUSTMENTS, type Adjustment, type StoredBar } from './market-data.service.ts';
import type { BarTimeframe } from './rollup/bucket.ts';

/** GraphQL names may not begin with a digit. */
export const TimeframeEnum = {
  ONE_MINUTE: '1m',
  FIVE_MINUTES: '5m',
  FIFTEEN_MINUTES: '15m',
  THIRTY_MINUTES: '30m',
  ONE_HOUR: '1h',
  ONE_DAY: '1d',
} as const satisfies Record<string, BarTimeframe>;
registerEnumType(TimeframeEnum, {
  name: 'Timeframe',
  description:
    'Length of a bar. Those between a minute and a day are made of the one-minute bars of the regular session and counted from its open; the last one of a session may be shorter.',
  valuesConfig: {
    ONE_MINUTE: { description: 'One minute.' },
    FIVE_MINUTES: { description: 'Five minutes.' },
    FIFTEEN_MINUTES: { description: 'Fifteen minutes.' },
    THIRTY_MINUTES: { description: 'Thirty minutes.' },
    ONE_HOUR: { description: 'Sixty minutes.' },
    ONE_DAY: {
      description: 'One session: the bar of a daily feed where there is one, else made of its one-minute bars.',
    },
  },
});

export const ProvenanceEnum = Object.fromEntries(PROVENANCES.map((name) => [name, name]));
registerEnumType(ProvenanceEnum, {
  name: 'Provenance',
  description: 'How much of the market is in a datum. Production holds neither REPLAY nor SYNTHETIC.',
});

const SegmentEnum = Object.fromEntries(SEGMENTS.map((name) => [name, name]));
registerEnumType(SegmentEnum, { name: 'Segment', description: 'Part of the trading day. Signals use REGULAR only.' });

export const AdjustmentEnum = Object.fromEntries(ADJUSTMENTS.map((name) => [name, name]));
registerEnumType(AdjustmentEnum, {
  name: 'PriceAdjustment',
  description: 'What splits have done to prices and volume.',
  valuesConfig: {
    RAW: { description: 'As they were traded.' },
    SPLIT_ADJUSTED: {
      description:
        'As they would have been had every split until the newest known bar been made before: for a chart, not for an order.',
    },
  },
});

@ObjectType('Bar', { description: 'What was traded in one span of time.' })
export class BarType {
  @Field(() => InstantScalar, { description: 'Beginning of the span, inclusive.' })
  barStart!: Date;

  @Field(() => InstantScalar, { description: 'End of the span, exclusive.' })
  barEnd!: Date;

  @Field(() => InstantScalar, { description: 'When the platform could first know this bar.' })
  knownTime!: Date;

  @Field(() => Int, {
    description:
      '0 for the bar as it first came, then one more for each correction of it or of a minute that it is made of.',
  })
  revision!: number;

  @Field(() => Boolean, { description: 'False when it is made of one-minute bars and one of them is missing.' })
  complete!: boolean;

  @Field(() => SegmentEnum, { description: 'Part of the trading day.' })
  segment!: Segment;

  @Field(() => DecimalScalar, { description: 'First price.' })
  open!: string;

  @Field(() => DecimalScalar, { description: 'Highest price.' })
  high!: string;

  @Field(() => DecimalScalar, { description: 'Lowest price.' })
  low!: string;

  @Field(() => DecimalScalar, { description: 'Last price.' })
  close!: string;

  @Field(() => DecimalScalar, { description: 'Traded units of the instrument.' })
  volume!: string;

  @Field(() => AdjustmentEnum, { description: 'What splits have done to the prices and the volume of this bar.' })
  adjustment!: Adjustment;

  @Field(() => DecimalScalar, {
    description:
      'Product of the ratios of all splits that were effective at this bar and known with it: a raw price times this has no jumps from splits.',
  })
  priceScale!: string;

  @Field(() => ProvenanceEnum, { description: 'How much of the market is in this bar.' })
  provenance!: Provenance;
}

export const BarConnection = connectionType<BarType>('Bar', () => BarType);

export function toBarType(bar: StoredBar, adjustment: Adjustment = 'RAW'): BarType {
  const { revision, complete, segment, open, high, low, close, volume, priceScale, provenance } = bar;
  return {
    barStart: new Date(bar.barStart),
    barEnd: new Date(bar.barEnd),
    knownTime: new Date(bar.knownTime),
    ...{ revision, complete, segment, open, high, low, close, volume, adjustment, priceScale, provenance },
  };
}

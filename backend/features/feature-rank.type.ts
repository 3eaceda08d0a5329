import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { InstrumentType, toInstrumentType } from '../market-data/instrument.type.ts';
import { DecimalScalar, InstantScalar } from '../platform/graphql/scalars.ts';
import type { FeatureRank } from './feature-ranks.service.ts';
import { FEATURE_NAMES } from './feature-spec.ts';

export const FeatureNameEnum = Object.fromEntries(FEATURE_NAMES.map((name) => [name, name]));
registerEnumType(FeatureNameEnum, { name: 'FeatureName', description: 'A number that the models look at.' });

@ObjectType('FeatureRank', { description: 'An instrument among others, by one feature.' })
export class FeatureRankType {
  @Field(() => InstrumentType, { description: 'The instrument.' })
  instrument!: InstrumentType;

  @Field(() => InstantScalar, { description: 'Start of the newest bar that the value was computed from.' })
  barStart!: Date;

  @Field(() => DecimalScalar, { description: 'The value, exactly as the engine has it.' })
  value!: string;

  @Field(() => DecimalScalar, {
    description: '0 is the lowest of these instruments, 1 the highest; equal values share the middle of their places.',
  })
  rank!: string;
}

export function toFeatureRankType({ instrument, barStart, value, rank }: FeatureRank): FeatureRankType {
  return {
    instrument: toInstrumentType(instrument),
    barStart: new Date(barStart),
    value: String(value),
    rank: rank.toFixed(6),
  };
}

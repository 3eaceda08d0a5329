import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Timeframe } from '../market-data/bar.ts';
import { TimeframeEnum } from '../market-data/bar.type.ts';
import { DecimalScalar, InstantScalar } from '../platform/graphql/scalars.ts';
import type { Outcome } from './outcome.ts';
import { SIDES } from './plan.ts';

export const SideEnum = Object.fromEntries(SIDES.map((name) => [name, name]));
registerEnumType(SideEnum, { name: 'Side', description: 'LONG gains when the price rises, SHORT when it falls.' });

const ExitReasonEnum = {
  TARGET_HIT: 'TARGET_HIT',
  STOP_HIT: 'STOP_HIT',
  TIME_EXIT: 'TIME_EXIT',
  SESSION_CLOSE: 'SESSION_CLOSE',
} as const;
registerEnumType(ExitReasonEnum, { name: 'ExitReason', description: 'Which barrier ended a position.' });

@ObjectType('Outcome', {
  description: 'How a filled signal ended, settled from raw bars. R is gain over the initial risk per unit.',
})
export class OutcomeType {
  @Field(() => Int, { description: '1 target first, -1 stop first, 0 neither.' })
  label!: number;

  @Field(() => ExitReasonEnum, { description: 'Which barrier ended it.' })
  exitReason!: string;

  @Field(() => DecimalScalar, { description: 'Price of the entry, in the basis of the plan.' })
  entryFill!: string;

  @Field(() => DecimalScalar, { description: 'Price of the exit, in the basis of the plan.' })
  exitFill!: string;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'Units into which splits made each unit between the decision and the end: exitFill / splitFactor is what was paid. Null when there was no split.',
  })
  splitFactor!: string | null;

  @Field(() => DecimalScalar, { description: 'Result in R before costs.' })
  grossR!: string;

  @Field(() => DecimalScalar, { description: 'Result in R after costs.' })
  netR!: string;

  @Field(() => DecimalScalar, { description: 'Costs of the round trip per unit, in the currency of the instrument.' })
  costs!: string;

  @Field(() => DecimalScalar, { description: 'Best point while it was held, in R.' })
  mfeR!: string;

  @Field(() => DecimalScalar, { description: 'Worst point while it was held, in R.' })
  maeR!: string;

  @Field(() => Int, { description: 'Bars with the position open.' })
  barsHeld!: number;

  @Field(() => Boolean, { description: 'True when one bar held both barriers and the stop was assumed.' })
  ambiguous!: boolean;

  @Field(() => TimeframeEnum, { description: 'Size of the bars that it was settled from.' })
  resolution!: Timeframe;

  @Field(() => InstantScalar, { description: 'When the end was known.' })
  settledAt!: Date;

  @Field(() => Int, { description: 'Version of the settling code.' })
  settlerVersion!: number;

  @Field(() => String, { description: 'SHA-256 over the bars that it was settled from.' })
  dataHash!: string;
}

export function toOutcomeType(outcome: Outcome): OutcomeType {
  return { ...outcome, splitFactor: outcome.splitFactor ?? null, settledAt: new Date(outcome.settledAt) };
}

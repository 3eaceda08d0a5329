import { Field, ID, InputType } from 'type-graphql';
import type { Timeframe } from '../market-data/bar.ts';
import { TimeframeEnum } from '../market-data/bar.type.ts';
import { SideEnum } from '../outcomes/outcome.type.ts';
import type { Side } from '../outcomes/plan.ts';
import { localIdOf } from '../platform/graphql/global-id.ts';
import { DecimalScalar } from '../platform/graphql/scalars.ts';
import { SignalEventTypeEnum } from './signal.type.ts';
import type { SignalEventType } from './signal-event.ts';
import { normaliseFilter, type SignalFilter } from './signal-filter.ts';

@InputType('SignalFilter', {
  description: 'Which events are wanted. All members of a node must hold; a list holds when one of its values does.',
})
export class SignalFilterInput {
  @Field(() => [SignalFilterInput], { nullable: true, description: 'All of these.' })
  and?: SignalFilterInput[] | null;

  @Field(() => [SignalFilterInput], { nullable: true, description: 'At least one of these.' })
  or?: SignalFilterInput[] | null;

  @Field(() => SignalFilterInput, { nullable: true, description: 'Everything but this.' })
  not?: SignalFilterInput | null;

  @Field(() => [ID], { nullable: true, description: 'Ids of instruments.' })
  instruments?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'ISO 10383 market identifiers.' })
  mic?: string[] | null;

  @Field(() => [SideEnum], { nullable: true, description: 'Sides.' })
  sides?: Side[] | null;

  @Field(() => [ID], { nullable: true, description: 'Ids of model versions.' })
  models?: string[] | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Least confidence, 0 to 1.' })
  minConfidence?: string | null;

  @Field(() => [TimeframeEnum], { nullable: true, description: 'Lengths of the bars.' })
  timeframes?: Timeframe[] | null;

  @Field(() => [SignalEventTypeEnum], { nullable: true, description: 'What happened.' })
  eventTypes?: SignalEventType[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Only new signals that have not expired, by the clock of the data.',
  })
  onlyActionable?: boolean | null;
}

/** What a client asked for, in the one form that a filter has inside. */
export function toSignalFilter(input: SignalFilterInput | null | undefined): SignalFilter {
  return normaliseFilter(input == null ? {} : translate(input));
}

function translate(input: SignalFilterInput): SignalFilter {
  const { and, or, not, instruments, models, mic, sides, minConfidence, timeframes, eventTypes, onlyActionable } =
    input;
  return {
    ...(and == null ? {} : { and: and.map(translate) }),
    ...(or == null ? {} : { or: or.map(translate) }),
    ...(not == null ? {} : { not: translate(not) }),
    ...(instruments == null
      ? {}
      : { instruments: instruments.map((id) => localIdOf('Instrument', 'filter.instruments', id)) }),
    ...(models == null ? {} : { models: models.map((id) => localIdOf('ModelVersion', 'filter.models', id)) }),
    ...(mic == null ? {} : { mic }),
    ...(sides == null ? {} : { sides }),
    ...(minConfidence == null ? {} : { minConfidence }),
    ...(timeframes == null ? {} : { timeframes }),
    ...(eventTypes == null ? {} : { eventTypes }),
    ...(onlyActionable == null ? {} : { onlyActionable }),
  };
}

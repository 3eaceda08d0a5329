import { createUnionType, Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { CursorScalar, InstantScalar } from '../platform/graphql/scalars.ts';
import { SignalEventObject } from '../signals/signal.type.ts';
import { PROBLEM_CODES, type ProblemCode } from './start.ts';

export const StreamStartEnum = { BEGINNING: 'BEGINNING', LIVE: 'LIVE' } as const;
export type StreamStart = keyof typeof StreamStartEnum;
registerEnumType(StreamStartEnum, {
  name: 'StreamStart',
  description: 'Where a subscription without a cursor begins.',
});

const StreamProblemCodeEnum = Object.fromEntries(PROBLEM_CODES.map((name) => [name, name]));
registerEnumType(StreamProblemCodeEnum, {
  name: 'StreamProblemCode',
  description: 'Why a subscription cannot go on as it is.',
});

@ObjectType('SignalEventBatch', { description: 'Events in order, none left out that matches.' })
export class SignalEventBatchType {
  @Field(() => [SignalEventObject], { description: 'The events.' })
  events!: SignalEventObject[];

  @Field(() => CursorScalar, { description: 'The place after this batch: store it with the effect of the events.' })
  cursor!: string;

  @Field(() => CursorScalar, {
    nullable: true,
    description: 'Cursor of the item before; null for the first item of a subscription without a cursor.',
  })
  previousCursor!: string | null;

  @Field(() => Int, { description: 'Milliseconds since the newest event was written.' })
  lagMs!: number;
}

@ObjectType('StreamCheckpoint', { description: 'A sign of life; the cursor moves over events that do not match.' })
export class StreamCheckpointType {
  @Field(() => CursorScalar, { description: 'The place reached: store it.' })
  cursor!: string;

  @Field(() => CursorScalar, {
    nullable: true,
    description: 'Cursor of the item before; null for the first item of a subscription without a cursor.',
  })
  previousCursor!: string | null;

  @Field(() => CursorScalar, { description: 'The newest place of the stream that is known here.' })
  headCursor!: string;

  @Field(() => InstantScalar, { description: 'The clock of the server.' })
  serverTime!: Date;

  @Field(() => Boolean, {
    description:
      'True when everything that is written has been sent; false while catching up or while the database is away.',
  })
  live!: boolean;
}

@ObjectType('StreamProblem', {
  description: 'The subscription cannot go on as it is; the cursors say from where it could.',
})
export class StreamProblemType {
  @Field(() => StreamProblemCodeEnum, { description: 'What is wrong.' })
  code!: ProblemCode;

  @Field(() => String, { description: 'The same in words.' })
  message!: string;

  @Field(() => CursorScalar, { nullable: true, description: 'The oldest place that is still held.' })
  earliestCursor!: string | null;

  @Field(() => CursorScalar, { description: 'The newest place of the stream that is known here.' })
  headCursor!: string;

  @Field(() => CursorScalar, {
    nullable: true,
    description: 'The last place that the cursor’s incarnation shares with the present one.',
  })
  lastCommonCursor!: string | null;

  @Field(() => Int, { nullable: true, description: 'Come back after so many milliseconds.' })
  retryAfterMs!: number | null;
}

export const SignalStreamItem = createUnionType({
  name: 'SignalStreamItem',
  description: 'What a subscription sends: events, signs of life, problems.',
  types: () => [SignalEventBatchType, StreamCheckpointType, StreamProblemType] as const,
});

import { createUnionType, Field, Int, ObjectType } from 'type-graphql';
import { BarType } from '../market-data/bar.type.ts';
import { CursorScalar } from '../platform/graphql/scalars.ts';
import { StreamCheckpointType, StreamProblemType } from './stream.type.ts';

@ObjectType('BarBatch', {
  description: 'Closed bars in the order in which they were stored, each revision once and none left out.',
})
export class BarBatchType {
  @Field(() => [BarType], {
    description: 'The bars. A correction is a further revision of a bar that was sent before.',
  })
  bars!: BarType[];

  @Field(() => CursorScalar, { description: 'The place after this batch: store it with the effect of the bars.' })
  cursor!: string;

  @Field(() => CursorScalar, {
    nullable: true,
    description: 'Cursor of the item before; null for the first item of a subscription without a cursor.',
  })
  previousCursor!: string | null;

  @Field(() => Int, { description: 'Milliseconds since the newest bar was written.' })
  lagMs!: number;
}

export const BarStreamItemUnion = createUnionType({
  name: 'BarStreamItem',
  description: 'What a subscription to bars sends: bars, signs of life, problems.',
  types: () => [BarBatchType, StreamCheckpointType, StreamProblemType] as const,
});

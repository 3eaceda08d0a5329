import { Field, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.ts';
import { InstantScalar, SessionDateScalar } from '../../platform/graphql/scalars.ts';
import type { Provenance } from '../bar.ts';
import { ProvenanceEnum } from '../bar.type.ts';
import type { IngestionDay } from './day.ts';

@ObjectType('IngestionDay', {
  description: 'One session of a feed: what should be stored of it and what is, counted after its close.',
})
export class IngestionDayType {
  @Field(() => String, { description: 'Name of the feed’s data.' })
  sourceId!: string;

  @Field(() => String, { description: 'The feed.' })
  feed!: string;

  @Field(() => ProvenanceEnum, { description: 'How much of the market is in it.' })
  provenance!: Provenance;

  @Field(() => String, { description: 'Name of the calendar.' })
  calendar!: string;

  @Field(() => SessionDateScalar, { description: 'The trade date, in the market’s own calendar.' })
  sessionDate!: string;

  @Field(() => InstantScalar, { description: 'The close of the session.' })
  sessionClose!: Date;

  @Field(() => Int, { description: 'A bar for each minute of the session and each instrument that the feed delivers.' })
  expectedBars!: number;

  @Field(() => Int, { description: 'Those that are stored.' })
  storedBars!: number;

  @Field(() => Int, {
    description: 'Those that are not: lost, or never there, since a minute without a trade has no bar.',
  })
  missingBars!: number;

  @Field(() => Int, { description: 'Instruments that the feed delivers.' })
  instruments!: number;

  @Field(() => Int, { description: 'Instruments of which no bar is missing.' })
  completeInstruments!: number;

  @Field(() => InstantScalar, { description: 'When it was last counted.' })
  checkedAt!: Date;

  @Field(() => InstantScalar, {
    nullable: true,
    description: 'When at least nine tenths of what was expected were found to be in; null while they are not.',
  })
  completedAt!: Date | null;
}

export const IngestionDayConnection = connectionType<IngestionDayType>('IngestionDay', () => IngestionDayType);

export function toIngestionDayType(day: IngestionDay): IngestionDayType {
  const { sessionClose, checkedAt, completedAt, ...rest } = day;
  return {
    ...rest,
    sessionClose: new Date(sessionClose),
    missingBars: day.expectedBars - day.storedBars,
    checkedAt: new Date(checkedAt),
    completedAt: completedAt === null ? null : new Date(completedAt),
  };
}

import { Field, Float, ObjectType } from 'type-graphql';
import type { Session } from '../calendar/index.ts';
import { InstantScalar, SessionDateScalar } from '../platform/graphql/scalars.ts';

@ObjectType('TradingSession', { description: 'One regular session of a market.' })
export class TradingSessionType {
  @Field(() => SessionDateScalar, { description: 'The trade date, in the market’s own calendar.' })
  sessionDate!: string;

  @Field(() => InstantScalar, { description: 'The open.' })
  open!: Date;

  @Field(() => InstantScalar, { description: 'The close: earlier than usual on a half day.' })
  close!: Date;

  @Field(() => Boolean, { description: 'True when the market closes early.' })
  halfDay!: boolean;
}

@ObjectType('MarketSession', { description: 'A market at one moment.' })
export class MarketSessionType {
  @Field(() => String, { description: 'Name of the calendar.' })
  calendar!: string;

  @Field(() => InstantScalar, { description: 'The moment asked about.' })
  at!: Date;

  @Field(() => Boolean, { description: 'True inside a regular session.' })
  open!: boolean;

  @Field(() => TradingSessionType, { nullable: true, description: 'The session that is on; null between sessions.' })
  session!: TradingSessionType | null;

  @Field(() => InstantScalar, { description: 'When the next session opens.' })
  nextOpen!: Date;

  @Field(() => Float, { nullable: true, description: 'Minutes of the session that are left; null between sessions.' })
  minutesToClose!: number | null;
}

export function toSessionType(session: Session): TradingSessionType {
  return { ...session, open: new Date(session.open), close: new Date(session.close) };
}

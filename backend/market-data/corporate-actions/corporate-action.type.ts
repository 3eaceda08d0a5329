import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.ts';
import { DecimalScalar, InstantScalar, SessionDateScalar } from '../../platform/graphql/scalars.ts';
import { ACTION_KINDS, type ActionKind } from './action.ts';
import type { StoredAction } from './store.ts';
import type { DatedTicker } from './tickers.ts';

const ActionKindEnum = Object.fromEntries(ACTION_KINDS.map((kind) => [kind, kind]));
registerEnumType(ActionKindEnum, {
  name: 'CorporateActionKind',
  description: 'What happened to an instrument without trading.',
});

@ObjectType('CorporateAction', { description: 'Something that happened to an instrument without trading.' })
export class CorporateActionType {
  @Field(() => ActionKindEnum, { description: 'What happened.' })
  kind!: ActionKind;

  @Field(() => SessionDateScalar, {
    description: 'First date on which it trades so; of a delisting the first on which it does not trade.',
  })
  exDate!: string;

  @Field(() => InstantScalar, { description: 'When the platform could first know it.' })
  knownTime!: Date;

  @Field(() => String, { nullable: true, description: 'Of a split: new units for old ones, such as 7:1.' })
  ratio!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Of a dividend: cash a unit.' })
  amount!: string | null;

  @Field(() => String, { nullable: true, description: 'Of a dividend: ISO 4217 currency of the amount.' })
  currency!: string | null;

  @Field(() => String, { nullable: true, description: 'Of a change of symbol: the ticker from the date on.' })
  newSymbol!: string | null;

  @Field(() => String, { description: 'Name of the source that told it.' })
  sourceId!: string;
}

export const CorporateActionConnection = connectionType<CorporateActionType>(
  'CorporateAction',
  () => CorporateActionType,
);

export function toActionType({
  instrumentId: _instrument,
  id: _id,
  knownTime,
  ...rest
}: StoredAction): CorporateActionType {
  return { ...rest, knownTime: new Date(knownTime) };
}

@ObjectType('DatedTicker', { description: 'A ticker that an instrument has or had.' })
export class DatedTickerType {
  @Field(() => String, { description: 'The ticker.' })
  symbol!: string;

  @Field(() => String, { description: 'ISO 10383 market identifier where it is listed so.' })
  mic!: string;

  @Field(() => SessionDateScalar, {
    nullable: true,
    description: 'First date; null: as far back as anybody here knows.',
  })
  from!: string | null;

  @Field(() => SessionDateScalar, { nullable: true, description: 'Date on which it ended; null: no end is known.' })
  until!: string | null;
}

export function toTickerType({ symbol, mic, from, until }: DatedTicker): DatedTickerType {
  return { symbol, mic, from, until };
}

import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType, NodeType } from '../platform/graphql/connection.ts';
import { globalId } from '../platform/graphql/global-id.ts';
import { DecimalScalar } from '../platform/graphql/scalars.ts';
import { ASSET_CLASSES, type AssetClass, type Instrument } from './instrument.ts';

export const AssetClassEnum = Object.fromEntries(ASSET_CLASSES.map((name) => [name, name]));
registerEnumType(AssetClassEnum, { name: 'AssetClass', description: 'What kind of thing is traded.' });

@ObjectType('Instrument', { description: 'What can be traded.', implements: NodeType })
export class InstrumentType extends NodeType {
  @Field(() => String, {
    description: 'The ticker at present, or at the moment asked for; an attribute, not an identity.',
  })
  symbol!: string;

  @Field(() => String, { description: 'ISO 10383 market identifier; XXXX means no market.' })
  mic!: string;

  @Field(() => String, { description: 'Name of the trading calendar.' })
  calendar!: string;

  @Field(() => DecimalScalar, { description: 'The smallest price step.' })
  tick!: string;

  @Field(() => String, { description: 'ISO 4217 currency of the prices.' })
  currency!: string;

  @Field(() => String, { nullable: true, description: 'OpenFIGI identifier; null where it is not known.' })
  figi!: string | null;

  @Field(() => AssetClassEnum, { description: 'What kind of thing this is.' })
  assetClass!: AssetClass;
}

export const InstrumentConnection = connectionType<InstrumentType>('Instrument', () => InstrumentType);

export function toInstrumentType(instrument: Instrument): InstrumentType {
  return { ...instrument, id: globalId('Instrument', instrument.id) };
}

import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Provenance, Timeframe } from '../market-data/bar.ts';
import { ProvenanceEnum, TimeframeEnum } from '../market-data/bar.type.ts';
import { AssetClassEnum } from '../market-data/instrument.type.ts';
import { TimeWindowType } from '../models/model-version.type.ts';
import { OutcomeType, SideEnum } from '../outcomes/outcome.type.ts';
import type { Side } from '../outcomes/plan.ts';
import { connectionType, NodeType } from '../platform/graphql/connection.ts';
import { CursorScalar, DecimalScalar, InstantScalar } from '../platform/graphql/scalars.ts';
import { SIGNAL_STATES, type SignalState } from './signal.ts';
import type { SignalEventType } from './signal-event.ts';

export const SignalStateEnum = Object.fromEntries(SIGNAL_STATES.map((name) => [name, name]));
registerEnumType(SignalStateEnum, { name: 'SignalState', description: 'How far a signal has come.' });

export const SignalEventTypeEnum = Object.fromEntries(SIGNAL_STATES.map((name) => [name, name]));
registerEnumType(SignalEventTypeEnum, { name: 'SignalEventType', description: 'What happened to a signal.' });

const EdgeEnum = { SHOWN: 'SHOWN', NOT_SHOWN: 'NOT_SHOWN' } as const;
registerEnumType(EdgeEnum, {
  name: 'Edge',
  description: 'Did this side of the model beat its baselines out of sample?',
});

const EntryKindEnum = { MARKET_NEXT_OPEN: 'MARKET_NEXT_OPEN' } as const;
registerEnumType(EntryKindEnum, { name: 'EntryKind', description: 'How a plan is entered.' });

const SignalTypeEnum = { ENTRY: 'ENTRY' } as const;
registerEnumType(SignalTypeEnum, { name: 'SignalType', description: 'What a signal asks for.' });

@ObjectType('SignalInstrument', { description: 'The instrument of a signal as it was called then.' })
class SignalInstrumentType {
  @Field(() => String, { description: 'Id of the instrument, to be used in filters.' })
  id!: string;

  @Field(() => String, { description: 'Ticker at the time of the signal.' })
  symbol!: string;

  @Field(() => String, { description: 'ISO 10383 market identifier.' })
  mic!: string;

  @Field(() => String, { nullable: true, description: 'OpenFIGI identifier; null where it is not known.' })
  figi!: string | null;
}

@ObjectType('EntryPlan', { description: 'How and where a plan is entered.' })
class EntryPlanType {
  @Field(() => EntryKindEnum, { description: 'At the open of the first bar that a client can still reach.' })
  kind!: 'MARKET_NEXT_OPEN';

  @Field(() => DecimalScalar, {
    description: 'Close of the decision bar, from which stop and target were measured; not a fill.',
  })
  referencePrice!: string;
}

@ObjectType('Target', { description: 'A price at which a plan takes profit.' })
class TargetType {
  @Field(() => DecimalScalar, { description: 'The price.' })
  price!: string;

  @Field(() => DecimalScalar, { description: 'Share of the position that leaves there, 0 to 1.' })
  fraction!: string;
}

@ObjectType('SignalModelVersion', { description: 'The model that made a signal, as the signal recorded it.' })
class SignalModelType {
  @Field(() => String, { description: 'Id of the model version, to be used in filters and with node.' })
  id!: string;

  @Field(() => String, { description: 'Name of the model.' })
  name!: string;

  @Field(() => Int, { description: 'Number of the training.' })
  version!: number;

  @Field(() => String, { description: 'SHA-256 of the artifact.' })
  sha256!: string;

  @Field(() => TimeWindowType, { description: 'Bars that its weights were fitted on.' })
  trainingWindow!: TimeWindowType;

  @Field(() => TimeWindowType, { description: 'Bars that its probabilities were calibrated on.' })
  calibrationWindow!: TimeWindowType;

  @Field(() => String, {
    nullable: true,
    description:
      'Commit of the code that trained it, from the row of the model version; null when that code did not know its commit.',
  })
  codeCommit!: string | null;

  @Field(() => InstantScalar, { description: 'First moment at which the model may decide.' })
  eligibleFrom!: string;

  @Field(() => String, { description: 'Hash of the feature specification.' })
  featureSpecHash!: string;

  @Field(() => String, { description: 'Hash of the label specification: barriers, horizon, costs.' })
  labelSpecHash!: string;
}

@ObjectType('Contribution', { description: 'How much a feature moved the score.' })
class ContributionType {
  @Field(() => String, { description: 'Name of the feature.' })
  feature!: string;

  @Field(() => DecimalScalar, { description: 'Its share of the score, in log-odds.' })
  contribution!: string;
}

@ObjectType('FeaturesSnapshot', { description: 'The exact numbers that the model saw.' })
class FeaturesSnapshotType {
  @Field(() => GraphQLJSONObject, { description: 'Name of each feature and its value as decimal text.' })
  values!: Record<string, string>;

  @Field(() => String, { description: 'SHA-256 of the canonical JSON of the values.' })
  hash!: string;
}

@ObjectType('DataProvenance', { description: 'Where the data of a signal came from.' })
class DataProvenanceType {
  @Field(() => String, { description: 'Name of the source.' })
  source!: string;

  @Field(() => String, { description: 'Name of the feed.' })
  feed!: string;

  @Field(() => ProvenanceEnum, { description: 'How much of the market is in it.' })
  provenance!: Provenance;

  @Field(() => String, { description: 'May the data be shown to others?' })
  licence!: string;

  @Field(() => InstantScalar, { description: 'Start of the oldest bar used.' })
  firstBarStart!: string;

  @Field(() => InstantScalar, { description: 'Start of the newest bar used.' })
  lastBarStart!: string;

  @Field(() => InstantScalar, { description: 'When the newest bar used was known.' })
  maxKnownTime!: string;

  @Field(() => Int, { description: 'How many bars were used.' })
  bars!: number;

  @Field(() => String, {
    description:
      'Hash of the bars used, hexadecimal: SHA-256 over the SHA-256 digests of their texts "barStart open high low close volume" in order, barStart in ms since 1970; where the price scale is not 1, it follows after a space.',
  })
  contentHash!: string;

  @Field(() => Boolean, { description: 'True when a bar is missing inside the windows.' })
  gaps!: boolean;
}

@ObjectType('Signal', { description: 'A published, immutable claim about an instrument.', implements: NodeType })
export class SignalNodeType extends NodeType {
  @Field(() => String, { description: 'One logical signal has one key, however often it is computed.' })
  dedupKey!: string;

  @Field(() => SignalTypeEnum, { description: 'What is asked for.' })
  type!: 'ENTRY';

  @Field(() => SignalInstrumentType, { description: 'What it is about.' })
  instrument!: SignalInstrumentType;

  @Field(() => AssetClassEnum, { description: 'What kind of thing that is.' })
  assetClass!: string;

  @Field(() => SideEnum, { description: 'Up or down.' })
  side!: Side;

  @Field(() => TimeframeEnum, { description: 'Length of the bars that it was decided on.' })
  timeframe!: Timeframe;

  @Field(() => SignalStateEnum, { description: 'How far it has come by now.' })
  state!: SignalState;

  @Field(() => Boolean, {
    description: 'True while it is published, not yet expired and not yet entered, by the clock of the data.',
  })
  actionable!: boolean;

  @Field(() => EntryPlanType, { description: 'How it is entered.' })
  entry!: EntryPlanType;

  @Field(() => DecimalScalar, { description: 'Price at which the claim is wrong.' })
  stop!: string;

  @Field(() => [TargetType], { description: 'Prices at which it is right.' })
  targets!: readonly TargetType[];

  @Field(() => Int, { description: 'Time until the vertical barrier, in trading minutes from the entry.' })
  timeLimitMinutes!: number;

  @Field(() => Boolean, { description: 'True when it ends with the session at the latest.' })
  flatAtClose!: boolean;

  @Field(() => DecimalScalar, { description: 'Distance from reference price to stop: one R, a hint for the size.' })
  riskPerUnit!: string;

  @Field(() => DecimalScalar, { description: 'Reward to risk, computed from the three prices.' })
  riskReward!: string;

  @Field(() => DecimalScalar, {
    description:
      'Scale of the prices: product of the ratios of all splits until the decision. Prices of a signal are raw; close and atr of its features are raw prices times this.',
  })
  priceScale!: string;

  @Field(() => DecimalScalar, {
    description: 'Calibrated probability that the first target comes before the stop within the time limit.',
  })
  confidence!: string;

  @Field(() => DecimalScalar, { description: 'Score before calibration.' })
  rawScore!: string;

  @Field(() => DecimalScalar, { description: 'How often the target comes first when nothing is known.' })
  baselineProbability!: string;

  @Field(() => EdgeEnum, { description: 'Did this side of the model beat its baselines out of sample?' })
  edge!: 'SHOWN' | 'NOT_SHOWN';

  @Field(() => DecimalScalar, { description: 'Average true range (14 bars) at the decision, in units of price.' })
  volatility!: string;

  @Field(() => InstantScalar, { description: 'When the last bar used was known.' })
  decisionTime!: string;

  @Field(() => InstantScalar, { description: 'When it was computed.' })
  generatedAt!: string;

  @Field(() => InstantScalar, { description: 'When it was published.' })
  publishedAt!: string;

  @Field(() => InstantScalar, { description: 'From when on it may be acted on.' })
  validFrom!: string;

  @Field(() => InstantScalar, {
    description:
      'From when on it must not be acted on any more. A halt of the instrument moves it on by its trading time, at most to the close of the session.',
  })
  expiresAt!: string;

  @Field(() => SignalModelType, { description: 'What made it.' })
  modelVersion!: SignalModelType;

  @Field(() => Int, { description: 'Version of the deciding code.' })
  stepVersion!: number;

  @Field(() => [ContributionType], { description: 'The features that moved the score most, strongest first.' })
  topContributions!: readonly ContributionType[];

  @Field(() => FeaturesSnapshotType, { description: 'The exact numbers that the model saw.' })
  featuresSnapshot!: FeaturesSnapshotType;

  @Field(() => [DataProvenanceType], { description: 'Where its data came from.' })
  provenance!: readonly DataProvenanceType[];

  @Field(() => String, { description: 'Id of the words that belong to every signal; serviceInfo has the text.' })
  disclaimer!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Id of the signal that it replaces; null when it replaces none.',
  })
  supersedes!: string | null;

  @Field(() => OutcomeType, { nullable: true, description: 'How it ended; null until it was entered and left.' })
  outcome!: OutcomeType | null;
}

export const SignalConnection = connectionType<SignalNodeType>('Signal', () => SignalNodeType);

@ObjectType('SignalEvent', { description: 'Something that happened to a signal, at its place in the stream.' })
export class SignalEventObject {
  @Field(() => CursorScalar, { description: 'The place right after this event: hand it back to go on from here.' })
  cursor!: string;

  @Field(() => String, { description: 'Name of the stream.' })
  stream!: string;

  @Field(() => String, { description: 'Incarnation of the stream; a new one begins after a restore.' })
  epoch!: string;

  @Field(() => Int, { description: 'Gapless number in the stream. Identity of the event is (epoch, seq).' })
  seq!: number;

  @Field(() => Int, { description: 'Version of the stored form.' })
  schemaVersion!: number;

  @Field(() => String, { description: 'Hash of the event before, hexadecimal; zeros for the first of the stream.' })
  prevHash!: string;

  @Field(() => String, {
    description:
      'SHA-256, hexadecimal, of the bytes of prevHash, of seq as 8 bytes (big-endian) and of the event as it is stored.',
  })
  hash!: string;

  @Field(() => SignalEventTypeEnum, { description: 'What happened.' })
  type!: SignalEventType;

  @Field(() => InstantScalar, { description: 'When, by the clock of the data.' })
  occurredAt!: string;

  @Field(() => String, { nullable: true, description: 'Why, where there is more to say.' })
  reason!: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Price of the fill in the basis of the plan, where there was one.',
  })
  fill!: string | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'Units into which splits have made each unit between the decision and the fill: fill / splitFactor is what was paid. Null when there was no split.',
  })
  splitFactor!: string | null;

  @Field(() => SignalNodeType, { description: 'The signal that it happened to.' })
  signal!: SignalNodeType;

  @Field(() => OutcomeType, {
    nullable: true,
    description: 'How the signal ended; null unless this event ended a filled one.',
  })
  outcome!: OutcomeType | null;
}

export const SignalEventConnection = connectionType<SignalEventObject>('SignalEvent', () => SignalEventObject);

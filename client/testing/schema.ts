import { buildSchema } from 'graphql';

/** The part of the service's schema that the client speaks. */
export const schema = buildSchema(/* GraphQL */ `
  scalar Cursor
  scalar DateTime
  scalar Decimal

  enum Side { LONG SHORT }
  enum Timeframe { ONE_MINUTE ONE_DAY }
  enum StreamStart { BEGINNING LIVE }
  enum Provenance { LIVE DELAYED PAPER REPLAY SYNTHETIC }
  enum Edge { SHOWN NOT_SHOWN }
  enum EntryKind { MARKET_NEXT_OPEN }
  enum SignalEventType {
    PUBLISHED TRIGGERED TARGET_HIT STOP_HIT TIME_EXIT SESSION_CLOSE EXPIRED_UNTRIGGERED CANCELLED SUPERSEDED VOID_DATA
  }
  enum StreamProblemCode {
    OUTDATED_CURSOR FUTURE_CURSOR EPOCH_CHANGED FILTER_CHANGED CONSUMER_TOO_SLOW REAUTHENTICATE SHUTTING_DOWN
  }

  type Query {
    signalEvents(first: Int = 20, after: Cursor, last: Int, before: Cursor, filter: SignalFilter): SignalEventConnection!
    instruments(first: Int = 20, after: Cursor): InstrumentConnection!
  }
  type Subscription {
    signalEvents(after: Cursor, from: StreamStart = LIVE, filter: SignalFilter, maxBatch: Int = 50): SignalStreamItem!
  }

  input SignalFilter {
    and: [SignalFilter!] or: [SignalFilter!] not: SignalFilter
    instruments: [ID!] mic: [String!] sides: [Side!] models: [ID!] minConfidence: Decimal
    timeframes: [Timeframe!] eventTypes: [SignalEventType!] onlyActionable: Boolean
  }

  union SignalStreamItem = SignalEventBatch | StreamCheckpoint | StreamProblem
  type SignalEventBatch { events: [SignalEvent!]! cursor: Cursor! previousCursor: Cursor lagMs: Int! }
  type StreamCheckpoint { cursor: Cursor! previousCursor: Cursor headCursor: Cursor! serverTime: DateTime! live: Boolean! }
  type StreamProblem {
    code: StreamProblemCode! message: String!
    earliestCursor: Cursor headCursor: Cursor lastCommonCursor: Cursor retryAfterMs: Int
  }

  type PageInfo { hasNextPage: Boolean! endCursor: Cursor }
  type SignalEventConnection { nodes: [SignalEvent!]! pageInfo: PageInfo! }
  type InstrumentConnection { nodes: [Instrument!]! pageInfo: PageInfo! }

  type SignalEvent {
    cursor: Cursor! stream: String! epoch: String! seq: Int! schemaVersion: Int! type: SignalEventType!
    occurredAt: DateTime! reason: String signal: Signal! outcome: Outcome fill: Decimal
  }
  type Signal {
    id: ID! instrument: SignalInstrument! assetClass: String! side: Side! timeframe: Timeframe! state: SignalEventType!
    entry: EntryPlan! stop: Decimal! targets: [Target!]! timeLimitMinutes: Int! flatAtClose: Boolean!
    riskReward: Decimal! riskPerUnit: Decimal! confidence: Decimal! rawScore: Decimal! baselineProbability: Decimal!
    edge: Edge! decisionTime: DateTime! generatedAt: DateTime! publishedAt: DateTime! validFrom: DateTime!
    expiresAt: DateTime! modelVersion: SignalModelVersion! provenance: [DataProvenance!]! actionable: Boolean! supersedes: String
  }
  type EntryPlan { kind: EntryKind! referencePrice: Decimal! }
  type Target { price: Decimal! fraction: Decimal! }
  type SignalInstrument { id: String! symbol: String! mic: String! figi: String }
  type SignalModelVersion { id: String! name: String! version: Int! }
  type DataProvenance { source: String! feed: String! provenance: Provenance! }
  type Instrument { id: ID! symbol: String! mic: String! figi: String }
  type Outcome {
    label: Int! exitReason: String! entryFill: Decimal! exitFill: Decimal! grossR: Decimal! netR: Decimal! ambiguous: Boolean!
  }
`);

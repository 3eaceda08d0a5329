/** The shapes that `document.ts` asks for. Instants are ISO 8601 in UTC, prices and probabilities are decimal strings, never floats. */

/** Opaque and authenticated: keep it exactly as it was received. */
export type Cursor = string;
export type Decimal = string;
export type DateTime = string;

export type Side = 'LONG' | 'SHORT';
export type Timeframe = 'ONE_MINUTE' | 'ONE_DAY';
export type StreamStart = 'BEGINNING' | 'LIVE';
export type Provenance = 'LIVE' | 'DELAYED' | 'PAPER' | 'REPLAY' | 'SYNTHETIC';

/** What can happen to a signal; each is one event with its own seq, and the last one is the signal's state. */
export type SignalEventType =
  | 'PUBLISHED'
  | 'TRIGGERED'
  | 'TARGET_HIT'
  | 'STOP_HIT'
  | 'TIME_EXIT'
  | 'SESSION_CLOSE'
  | 'EXPIRED_UNTRIGGERED'
  | 'CANCELLED'
  | 'SUPERSEDED'
  | 'VOID_DATA';

/** As the instrument was called at the time of the signal. */
export type SignalInstrument = {
  /** For filters. */
  readonly id: string;
  readonly symbol: string;
  /** Market, ISO 10383. */
  readonly mic: string;
  /** OpenFIGI; null where it is not known. */
  readonly figi: string | null;
};

export type Signal = {
  readonly id: string;
  readonly instrument: SignalInstrument;
  readonly assetClass: string;
  readonly side: Side;
  readonly timeframe: Timeframe;
  /** The state now, which may be later than the event that carries it. */
  readonly state: SignalEventType;
  readonly entry: { readonly kind: string; readonly referencePrice: Decimal };
  readonly stop: Decimal;
  readonly targets: readonly { readonly price: Decimal; readonly fraction: Decimal }[];
  /** Trading minutes from entry until the position is closed whatever it is worth. */
  readonly timeLimitMinutes: number;
  readonly flatAtClose: boolean;
  readonly riskReward: Decimal;
  readonly riskPerUnit: Decimal;
  /** Calibrated probability, 0 to 1, that the target is hit before the stop within the time limit. */
  readonly confidence: Decimal;
  readonly rawScore: Decimal;
  readonly baselineProbability: Decimal;
  /** NOT_SHOWN: the model has not been seen to be better than its baselines. */
  readonly edge: 'SHOWN' | 'NOT_SHOWN';
  readonly decisionTime: DateTime;
  readonly generatedAt: DateTime;
  readonly publishedAt: DateTime;
  readonly validFrom: DateTime;
  readonly expiresAt: DateTime;
  readonly modelVersion: { readonly id: string; readonly name: string; readonly version: number };
  readonly provenance: readonly { readonly source: string; readonly feed: string; readonly provenance: Provenance }[];
  /** False once it has expired: history, never news. */
  readonly actionable: boolean;
  /** Id of the signal that it replaces. */
  readonly supersedes: string | null;
};

export type Outcome = {
  /** -1 stop, 0 time, +1 target. */
  readonly label: number;
  readonly exitReason: string;
  readonly entryFill: Decimal;
  readonly exitFill: Decimal;
  /** Profit divided by initial risk, before and after costs. */
  readonly grossR: Decimal;
  readonly netR: Decimal;
  /** One bar held both barriers, and the stop was assumed. */
  readonly ambiguous: boolean;
};

export type SignalEvent = {
  readonly cursor: Cursor;
  readonly stream: string;
  /** Changes when a restore lost the end of the log. (epoch, seq) names an event for ever. */
  readonly epoch: string;
  readonly seq: number;
  readonly schemaVersion: number;
  readonly type: SignalEventType;
  readonly occurredAt: DateTime;
  readonly reason: string | null;
  /** The price at which this change was filled, when it was a fill. */
  readonly fill: Decimal | null;
  readonly signal: Signal;
  readonly outcome: Outcome | null;
};

export type SignalFilter = {
  readonly and?: readonly SignalFilter[];
  readonly or?: readonly SignalFilter[];
  readonly not?: SignalFilter;
  /** Instrument ids, not symbols. */
  readonly instruments?: readonly string[];
  readonly mic?: readonly string[];
  readonly sides?: readonly Side[];
  readonly models?: readonly string[];
  readonly minConfidence?: Decimal;
  readonly timeframes?: readonly Timeframe[];
  readonly eventTypes?: readonly SignalEventType[];
  readonly onlyActionable?: boolean;
};

export type EventBatch = {
  readonly __typename: 'SignalEventBatch';
  readonly events: readonly SignalEvent[];
  readonly cursor: Cursor;
  /** Cursor of the item before; null for the first item of a subscription that began without a cursor. */
  readonly previousCursor: Cursor | null;
};

/** The position moves over events that the filter leaves out, too: this tells where it is now. */
export type Checkpoint = {
  readonly __typename: 'StreamCheckpoint';
  readonly cursor: Cursor;
  readonly previousCursor: Cursor | null;
  /** Everything that is written has been sent; false while catching up, or while the server cannot read its log. */
  readonly live: boolean;
};

export type StreamProblemCode =
  | 'OUTDATED_CURSOR'
  | 'FUTURE_CURSOR'
  | 'EPOCH_CHANGED'
  | 'FILTER_CHANGED'
  | 'CONSUMER_TOO_SLOW'
  | 'REAUTHENTICATE'
  | 'SHUTTING_DOWN';

export type StreamProblem = {
  readonly __typename: 'StreamProblem';
  readonly code: StreamProblemCode;
  readonly message: string;
  /** The oldest position that is still held. */
  readonly earliestCursor: Cursor | null;
  readonly headCursor: Cursor | null;
  /** After EPOCH_CHANGED: the last position that both histories share. */
  readonly lastCommonCursor: Cursor | null;
  readonly retryAfterMs: number | null;
};

export type StreamItem = EventBatch | Checkpoint | StreamProblem;

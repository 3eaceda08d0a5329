// Written by "npm run docs" from schema.graphql.

export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string };
  String: { input: string; output: string };
  Boolean: { input: boolean; output: boolean };
  Int: { input: number; output: number };
  Float: { input: number; output: number };
  /** An opaque place in a list or stream. Store it and hand it back as it is. */
  Cursor: { input: string; output: string };
  /** A session date, YYYY-MM-DD, in the calendar of the market. */
  Date: { input: string; output: string };
  /** An instant, ISO 8601 with an offset, such as "2026-11-27T14:30:00Z". Answers are in UTC with milliseconds. */
  DateTime: { input: string; output: string };
  /** A number as decimal text, such as "167.65". Money is never a binary float. */
  Decimal: { input: string; output: string };
  /** The `JSONObject` scalar type represents JSON objects as specified by [ECMA-404](http://www.ecma-international.org/publications/files/ECMA-ST/ECMA-404.pdf). */
  JSONObject: { input: Readonly<Record<string, unknown>>; output: Readonly<Record<string, unknown>> };
};

/** What may be told about a key of a program; never the key itself. */
export type ApiKey = {
  readonly __typename?: 'ApiKey';
  /** When it was made. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Who made it. */
  readonly createdBy: Scalars['String']['output'];
  /** From when on it opens nothing. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** When it was last used, to within five minutes; null when never. */
  readonly lastUsedAt: Maybe<Scalars['DateTime']['output']>;
  /** What its maker called it. */
  readonly name: Scalars['String']['output'];
  /** The public part of the key, after `hg_`. */
  readonly prefix: Scalars['ID']['output'];
  /** When it was revoked; null when it was not. */
  readonly revokedAt: Maybe<Scalars['DateTime']['output']>;
  /** Prefix of the key that takes its place; null when there is none. */
  readonly rotatedTo: Maybe<Scalars['ID']['output']>;
  /** What it allows. */
  readonly scopes: ReadonlyArray<Permission>;
};

/** What kind of thing is traded. */
export type AssetClass = 'CRYPTO' | 'EQUITY';

/** What was traded in one span of time. */
export type Bar = {
  readonly __typename?: 'Bar';
  /** What splits have done to the prices and the volume of this bar. */
  readonly adjustment: PriceAdjustment;
  /** End of the span, exclusive. */
  readonly barEnd: Scalars['DateTime']['output'];
  /** Beginning of the span, inclusive. */
  readonly barStart: Scalars['DateTime']['output'];
  /** Last price. */
  readonly close: Scalars['Decimal']['output'];
  /** False when it is made of one-minute bars and one of them is missing. */
  readonly complete: Scalars['Boolean']['output'];
  /** Highest price. */
  readonly high: Scalars['Decimal']['output'];
  /** When the platform could first know this bar. */
  readonly knownTime: Scalars['DateTime']['output'];
  /** Lowest price. */
  readonly low: Scalars['Decimal']['output'];
  /** First price. */
  readonly open: Scalars['Decimal']['output'];
  /** Product of the ratios of all splits that were effective at this bar and known with it: a raw price times this has no jumps from splits. */
  readonly priceScale: Scalars['Decimal']['output'];
  /** How much of the market is in this bar. */
  readonly provenance: Provenance;
  /** 0 for the bar as it first came, then one more for each correction of it or of a minute that it is made of. */
  readonly revision: Scalars['Int']['output'];
  /** Part of the trading day. */
  readonly segment: Segment;
  /** Traded units of the instrument. */
  readonly volume: Scalars['Decimal']['output'];
};

/** Closed bars in the order in which they were stored, each revision once and none left out. */
export type BarBatch = {
  readonly __typename?: 'BarBatch';
  /** The bars. A correction is a further revision of a bar that was sent before. */
  readonly bars: ReadonlyArray<Bar>;
  /** The place after this batch: store it with the effect of the bars. */
  readonly cursor: Scalars['Cursor']['output'];
  /** Milliseconds since the newest bar was written. */
  readonly lagMs: Scalars['Int']['output'];
  /** Cursor of the item before; null for the first item of a subscription without a cursor. */
  readonly previousCursor: Maybe<Scalars['Cursor']['output']>;
};

/** A page of Bars. */
export type BarConnection = {
  readonly __typename?: 'BarConnection';
  /** The page with the place of each node. */
  readonly edges: ReadonlyArray<BarEdge>;
  /** The page without places. */
  readonly nodes: ReadonlyArray<Bar>;
  /** Where this page lies. */
  readonly pageInfo: PageInfo;
};

/** One Bar and its place in the list. */
export type BarEdge = {
  readonly __typename?: 'BarEdge';
  /** Place of this edge. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The thing itself. */
  readonly node: Bar;
};

/** What a subscription to bars sends: bars, signs of life, problems. */
export type BarStreamItem = BarBatch | StreamCheckpoint | StreamProblem;

/** The same figure for somebody who knows less. */
export type Baseline = {
  readonly __typename?: 'Baseline';
  /** How many signals it rests on; for randomEntry, how many random entries. */
  readonly n: Scalars['Int']['output'];
  /** Who that is. randomEntry holds the same positions for as long, but enters at random: the mean of up to twenty entries a signal, of 200 signals at most. */
  readonly name: Scalars['String']['output'];
  /** Its figure; null where it was not computed. */
  readonly value: Maybe<Scalars['Float']['output']>;
};

/** Where the true value lies, as far as the method’s assumptions hold. */
export type ConfidenceInterval = {
  readonly __typename?: 'ConfidenceInterval';
  /** Upper end. */
  readonly high: Scalars['Float']['output'];
  /** Share of such intervals that hold the true value: 0.95. */
  readonly level: Scalars['Float']['output'];
  /** Lower end. */
  readonly low: Scalars['Float']['output'];
};

/** How much a feature moved the score. */
export type Contribution = {
  readonly __typename?: 'Contribution';
  /** Its share of the score, in log-odds. */
  readonly contribution: Scalars['Decimal']['output'];
  /** Name of the feature. */
  readonly feature: Scalars['String']['output'];
};

/** Something that happened to an instrument without trading. */
export type CorporateAction = {
  readonly __typename?: 'CorporateAction';
  /** Of a dividend: cash a unit. */
  readonly amount: Maybe<Scalars['Decimal']['output']>;
  /** Of a dividend: ISO 4217 currency of the amount. */
  readonly currency: Maybe<Scalars['String']['output']>;
  /** First date on which it trades so; of a delisting the first on which it does not trade. */
  readonly exDate: Scalars['Date']['output'];
  /** What happened. */
  readonly kind: CorporateActionKind;
  /** When the platform could first know it. */
  readonly knownTime: Scalars['DateTime']['output'];
  /** Of a change of symbol: the ticker from the date on. */
  readonly newSymbol: Maybe<Scalars['String']['output']>;
  /** Of a split: new units for old ones, such as 7:1. */
  readonly ratio: Maybe<Scalars['String']['output']>;
  /** Name of the source that told it. */
  readonly sourceId: Scalars['String']['output'];
};

/** A page of CorporateActions. */
export type CorporateActionConnection = {
  readonly __typename?: 'CorporateActionConnection';
  /** The page with the place of each node. */
  readonly edges: ReadonlyArray<CorporateActionEdge>;
  /** The page without places. */
  readonly nodes: ReadonlyArray<CorporateAction>;
  /** Where this page lies. */
  readonly pageInfo: PageInfo;
};

/** One CorporateAction and its place in the list. */
export type CorporateActionEdge = {
  readonly __typename?: 'CorporateActionEdge';
  /** Place of this edge. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The thing itself. */
  readonly node: CorporateAction;
};

/** What happened to an instrument without trading. */
export type CorporateActionKind = 'DELISTING' | 'DIVIDEND' | 'LISTING' | 'SPLIT' | 'SYMBOL_CHANGE';

/** Where the data of a signal came from. */
export type DataProvenance = {
  readonly __typename?: 'DataProvenance';
  /** How many bars were used. */
  readonly bars: Scalars['Int']['output'];
  /** Hash of the bars used, hexadecimal: SHA-256 over the SHA-256 digests of their texts "barStart open high low close volume" in order, barStart in ms since 1970; where the price scale is not 1, it follows after a space. */
  readonly contentHash: Scalars['String']['output'];
  /** Name of the feed. */
  readonly feed: Scalars['String']['output'];
  /** Start of the oldest bar used. */
  readonly firstBarStart: Scalars['DateTime']['output'];
  /** True when a bar is missing inside the windows. */
  readonly gaps: Scalars['Boolean']['output'];
  /** Start of the newest bar used. */
  readonly lastBarStart: Scalars['DateTime']['output'];
  /** May the data be shown to others? */
  readonly licence: Scalars['String']['output'];
  /** When the newest bar used was known. */
  readonly maxKnownTime: Scalars['DateTime']['output'];
  /** How much of the market is in it. */
  readonly provenance: Provenance;
  /** Name of the source. */
  readonly source: Scalars['String']['output'];
};

/** A ticker that an instrument has or had. */
export type DatedTicker = {
  readonly __typename?: 'DatedTicker';
  /** First date; null: as far back as anybody here knows. */
  readonly from: Maybe<Scalars['Date']['output']>;
  /** ISO 10383 market identifier where it is listed so. */
  readonly mic: Scalars['String']['output'];
  /** The ticker. */
  readonly symbol: Scalars['String']['output'];
  /** Date on which it ended; null: no end is known. */
  readonly until: Maybe<Scalars['Date']['output']>;
};

/** Words that belong to every signal that names their id. */
export type Disclaimer = {
  readonly __typename?: 'Disclaimer';
  /** What a signal names. Other words get another id. */
  readonly id: Scalars['String']['output'];
  /** The words. */
  readonly text: Scalars['String']['output'];
};

/** Did this side of the model beat its baselines out of sample? */
export type Edge = 'NOT_SHOWN' | 'SHOWN';

/** How a plan is entered. */
export type EntryKind = 'MARKET_NEXT_OPEN';

/** How and where a plan is entered. */
export type EntryPlan = {
  readonly __typename?: 'EntryPlan';
  /** At the open of the first bar that a client can still reach. */
  readonly kind: EntryKind;
  /** Close of the decision bar, from which stop and target were measured; not a fill. */
  readonly referencePrice: Scalars['Decimal']['output'];
};

/** Published signals that are in no figure, by the reason. */
export type ExcludedSignals = {
  readonly __typename?: 'ExcludedSignals';
  /** Cancelled before they were entered. */
  readonly cancelled: Scalars['Int']['output'];
  /** Still open. */
  readonly open: Scalars['Int']['output'];
  /** Replaced by a newer signal before they were entered. */
  readonly superseded: Scalars['Int']['output'];
  /** Expired before anyone could enter. */
  readonly untriggered: Scalars['Int']['output'];
  /** Void because their data changed. */
  readonly void: Scalars['Int']['output'];
};

/** Which barrier ended a position. */
export type ExitReason = 'SESSION_CLOSE' | 'STOP_HIT' | 'TARGET_HIT' | 'TIME_EXIT';

/** A number that the models look at. */
export type FeatureName =
  | 'atr14ToClose'
  | 'bollingerPercentB'
  | 'bollingerWidth'
  | 'closeToSma20'
  | 'closeToVwap'
  | 'macdHistogramToClose'
  | 'macdToClose'
  | 'overnightGap'
  | 'realisedVolatility60'
  | 'return1'
  | 'return5'
  | 'return15'
  | 'return60'
  | 'rsi14'
  | 'sessionElapsed'
  | 'volumeZ60';

/** An instrument among others, by one feature. */
export type FeatureRank = {
  readonly __typename?: 'FeatureRank';
  /** Start of the newest bar that the value was computed from. */
  readonly barStart: Scalars['DateTime']['output'];
  /** The instrument. */
  readonly instrument: Instrument;
  /** 0 is the lowest of these instruments, 1 the highest; equal values share the middle of their places. */
  readonly rank: Scalars['Decimal']['output'];
  /** The value, exactly as the engine has it. */
  readonly value: Scalars['Decimal']['output'];
};

/** The exact numbers that the model saw. */
export type FeaturesSnapshot = {
  readonly __typename?: 'FeaturesSnapshot';
  /** SHA-256 of the canonical JSON of the values. */
  readonly hash: Scalars['String']['output'];
  /** Name of each feature and its value as decimal text. */
  readonly values: Scalars['JSONObject']['output'];
};

/** A figure never comes without its n, interval, baselines and what it leaves out. */
export type Figure = {
  readonly __typename?: 'Figure';
  /** What it has to be held against. */
  readonly baselines: ReadonlyArray<Baseline>;
  /** What it leaves out. */
  readonly excluded: ExcludedSignals;
  /** Its 95 % interval; null when n is too small. */
  readonly interval: Maybe<ConfidenceInterval>;
  /** How many signals it rests on. */
  readonly n: Scalars['Int']['output'];
  /** The figure; null when n is too small. */
  readonly value: Maybe<Scalars['Float']['output']>;
};

/** Whether the service is well, by asking its dependencies now. */
export type Health = {
  readonly __typename?: 'Health';
  /** Each dependency. */
  readonly checks: ReadonlyArray<HealthCheck>;
  /** Unhealthy when database or cache are, degraded when the feed is. */
  readonly status: HealthStatus;
};

/** What one dependency answered. */
export type HealthCheck = {
  readonly __typename?: 'HealthCheck';
  /** What it said. */
  readonly details: Scalars['JSONObject']['output'];
  /** database, cache or external_api. */
  readonly name: Scalars['String']['output'];
  /** How long it took to answer, in milliseconds. */
  readonly responseTimeMs: Scalars['Float']['output'];
  /** What was found. */
  readonly status: HealthStatus;
};

/** Degraded still serves: what it says may be older than it should be. */
export type HealthStatus = 'DEGRADED' | 'HEALTHY' | 'UNHEALTHY';

/** One session of a feed: what should be stored of it and what is, counted after its close. */
export type IngestionDay = {
  readonly __typename?: 'IngestionDay';
  /** Name of the calendar. */
  readonly calendar: Scalars['String']['output'];
  /** When it was last counted. */
  readonly checkedAt: Scalars['DateTime']['output'];
  /** Instruments of which no bar is missing. */
  readonly completeInstruments: Scalars['Int']['output'];
  /** When at least nine tenths of what was expected were found to be in; null while they are not. */
  readonly completedAt: Maybe<Scalars['DateTime']['output']>;
  /** A bar for each minute of the session and each instrument that the feed delivers. */
  readonly expectedBars: Scalars['Int']['output'];
  /** The feed. */
  readonly feed: Scalars['String']['output'];
  /** Instruments that the feed delivers. */
  readonly instruments: Scalars['Int']['output'];
  /** Those that are not: lost, or never there, since a minute without a trade has no bar. */
  readonly missingBars: Scalars['Int']['output'];
  /** How much of the market is in it. */
  readonly provenance: Provenance;
  /** The close of the session. */
  readonly sessionClose: Scalars['DateTime']['output'];
  /** The trade date, in the market’s own calendar. */
  readonly sessionDate: Scalars['Date']['output'];
  /** Name of the feed’s data. */
  readonly sourceId: Scalars['String']['output'];
  /** Those that are stored. */
  readonly storedBars: Scalars['Int']['output'];
};

/** A page of IngestionDays. */
export type IngestionDayConnection = {
  readonly __typename?: 'IngestionDayConnection';
  /** The page with the place of each node. */
  readonly edges: ReadonlyArray<IngestionDayEdge>;
  /** The page without places. */
  readonly nodes: ReadonlyArray<IngestionDay>;
  /** Where this page lies. */
  readonly pageInfo: PageInfo;
};

/** One IngestionDay and its place in the list. */
export type IngestionDayEdge = {
  readonly __typename?: 'IngestionDayEdge';
  /** Place of this edge. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The thing itself. */
  readonly node: IngestionDay;
};

/** What can be traded. */
export type Instrument = Node & {
  readonly __typename?: 'Instrument';
  /** What kind of thing this is. */
  readonly assetClass: AssetClass;
  /** Name of the trading calendar. */
  readonly calendar: Scalars['String']['output'];
  /** Splits, dividends, changes of symbol, listing and delisting, by their ex-dates. */
  readonly corporateActions: CorporateActionConnection;
  /** ISO 4217 currency of the prices. */
  readonly currency: Scalars['String']['output'];
  /** OpenFIGI identifier; null where it is not known. */
  readonly figi: Maybe<Scalars['String']['output']>;
  /** Opaque and unique among all types. */
  readonly id: Scalars['ID']['output'];
  /** ISO 10383 market identifier; XXXX means no market. */
  readonly mic: Scalars['String']['output'];
  /** The ticker at present, or at the moment asked for; an attribute, not an identity. */
  readonly symbol: Scalars['String']['output'];
  /** The smallest price step. */
  readonly tick: Scalars['Decimal']['output'];
  /** The tickers that it has had, oldest first. */
  readonly tickers: ReadonlyArray<DatedTicker>;
};

/** What can be traded. */
export type InstrumentCorporateActionsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  asOf?: InputMaybe<Scalars['DateTime']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};

/** A page of Instruments. */
export type InstrumentConnection = {
  readonly __typename?: 'InstrumentConnection';
  /** The page with the place of each node. */
  readonly edges: ReadonlyArray<InstrumentEdge>;
  /** The page without places. */
  readonly nodes: ReadonlyArray<Instrument>;
  /** Where this page lies. */
  readonly pageInfo: PageInfo;
};

/** One Instrument and its place in the list. */
export type InstrumentEdge = {
  readonly __typename?: 'InstrumentEdge';
  /** Place of this edge. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The thing itself. */
  readonly node: Instrument;
};

/** A market at one moment. */
export type MarketSession = {
  readonly __typename?: 'MarketSession';
  /** The moment asked about. */
  readonly at: Scalars['DateTime']['output'];
  /** Name of the calendar. */
  readonly calendar: Scalars['String']['output'];
  /** Minutes of the session that are left; null between sessions. */
  readonly minutesToClose: Maybe<Scalars['Float']['output']>;
  /** When the next session opens. */
  readonly nextOpen: Scalars['DateTime']['output'];
  /** True inside a regular session. */
  readonly open: Scalars['Boolean']['output'];
  /** The session that is on; null between sessions. */
  readonly session: Maybe<TradingSession>;
};

/** A trained model; it never changes, a new training makes a new version. */
export type ModelVersion = Node & {
  readonly __typename?: 'ModelVersion';
  /** Calendar of the instruments that it knows. */
  readonly calendar: Scalars['String']['output'];
  /** Bars that its probabilities were calibrated on, never used for the weights. */
  readonly calibrationWindow: TimeWindow;
  /** Commit of the code that trained it; null when that code did not know its commit. */
  readonly codeCommit: Maybe<Scalars['String']['output']>;
  /** First moment at which it may decide: the end of its windows plus the embargo. */
  readonly eligibleFrom: Scalars['DateTime']['output'];
  /** Hash of the feature specification that it needs. */
  readonly featureSpecHash: Scalars['String']['output'];
  /** Opaque and unique among all types. */
  readonly id: Scalars['ID']['output'];
  /** Out-of-sample figures per side with their n, beside the baselines. */
  readonly metrics: Scalars['JSONObject']['output'];
  /** Name of the model. */
  readonly name: Scalars['String']['output'];
  /** SHA-256 of the artifact, hexadecimal. */
  readonly sha256: Scalars['String']['output'];
  /** The data that it was trained on. */
  readonly source: Scalars['String']['output'];
  /** Length of the bars that it reads. */
  readonly timeframe: Timeframe;
  /** Bars that its weights were fitted on. */
  readonly trainingWindow: TimeWindow;
  /** Running number of this training. */
  readonly version: Scalars['Int']['output'];
};

/** A page of ModelVersions. */
export type ModelVersionConnection = {
  readonly __typename?: 'ModelVersionConnection';
  /** The page with the place of each node. */
  readonly edges: ReadonlyArray<ModelVersionEdge>;
  /** The page without places. */
  readonly nodes: ReadonlyArray<ModelVersion>;
  /** Where this page lies. */
  readonly pageInfo: PageInfo;
};

/** One ModelVersion and its place in the list. */
export type ModelVersionEdge = {
  readonly __typename?: 'ModelVersionEdge';
  /** Place of this edge. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The thing itself. */
  readonly node: ModelVersion;
};

export type Mutation = {
  readonly __typename?: 'Mutation';
  /** Says that you have dealt with all signal events up to a cursor. Saying it again, or an earlier place, changes nothing. */
  readonly acknowledgeSignals: SignalAcknowledgement;
  /** Takes back a signal that is PUBLISHED, before it is filled: it becomes CANCELLED, and whoever follows is told. Saying it again changes nothing; any other state is refused with NOT_CANCELLABLE. */
  readonly cancelSignal: Signal;
  /** Makes a key for a program, which may do no more than you may. */
  readonly createApiKey: NewApiKey;
  /** Shuts out a key: new requests at once, open subscriptions within five seconds. */
  readonly revokeApiKey: ApiKey;
  /** Makes a key in the place of another, for as long as that was made for; the old one goes on for the overlap. */
  readonly rotateApiKey: NewApiKey;
};

export type MutationAcknowledgeSignalsArgs = {
  cursor: Scalars['Cursor']['input'];
};

export type MutationCancelSignalArgs = {
  id: Scalars['ID']['input'];
  reason: Scalars['String']['input'];
};

export type MutationCreateApiKeyArgs = {
  days?: Scalars['Int']['input'];
  name: Scalars['String']['input'];
  scopes: ReadonlyArray<Permission>;
};

export type MutationRevokeApiKeyArgs = {
  prefix: Scalars['ID']['input'];
};

export type MutationRotateApiKeyArgs = {
  overlapMinutes?: Scalars['Int']['input'];
  prefix: Scalars['ID']['input'];
};

/** A key that was just made. */
export type NewApiKey = {
  readonly __typename?: 'NewApiKey';
  /** What may be told about it. */
  readonly key: ApiKey;
  /** The key. It is shown here, once, and is stored nowhere. */
  readonly text: Scalars['String']['output'];
};

/** Anything that has an identity of its own and can be fetched by it. */
export type Node = {
  /** Opaque and unique among all types. */
  readonly id: Scalars['ID']['output'];
};

/** How a filled signal ended, settled from raw bars. R is gain over the initial risk per unit. */
export type Outcome = {
  readonly __typename?: 'Outcome';
  /** True when one bar held both barriers and the stop was assumed. */
  readonly ambiguous: Scalars['Boolean']['output'];
  /** Bars with the position open. */
  readonly barsHeld: Scalars['Int']['output'];
  /** Costs of the round trip per unit, in the currency of the instrument. */
  readonly costs: Scalars['Decimal']['output'];
  /** SHA-256 over the bars that it was settled from. */
  readonly dataHash: Scalars['String']['output'];
  /** Price of the entry, in the basis of the plan. */
  readonly entryFill: Scalars['Decimal']['output'];
  /** Price of the exit, in the basis of the plan. */
  readonly exitFill: Scalars['Decimal']['output'];
  /** Which barrier ended it. */
  readonly exitReason: ExitReason;
  /** Result in R before costs. */
  readonly grossR: Scalars['Decimal']['output'];
  /** 1 target first, -1 stop first, 0 neither. */
  readonly label: Scalars['Int']['output'];
  /** Worst point while it was held, in R. */
  readonly maeR: Scalars['Decimal']['output'];
  /** Best point while it was held, in R. */
  readonly mfeR: Scalars['Decimal']['output'];
  /** Result in R after costs. */
  readonly netR: Scalars['Decimal']['output'];
  /** Size of the bars that it was settled from. */
  readonly resolution: Timeframe;
  /** When the end was known. */
  readonly settledAt: Scalars['DateTime']['output'];
  /** Version of the settling code. */
  readonly settlerVersion: Scalars['Int']['output'];
  /** Units into which splits made each unit between the decision and the end: exitFill / splitFactor is what was paid. Null when there was no split. */
  readonly splitFactor: Maybe<Scalars['Decimal']['output']>;
};

/** Where a page lies in its list. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** Cursor of the last edge; null on an empty page. */
  readonly endCursor: Maybe<Scalars['Cursor']['output']>;
  /** More edges follow this page. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** More edges come before this page. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** Cursor of the first edge; null on an empty page. */
  readonly startCursor: Maybe<Scalars['Cursor']['output']>;
};

/** What became of all signals of one kind of data; kinds are never mixed in a figure. */
export type Performance = {
  readonly __typename?: 'Performance';
  /** Share of settled signals with stop and target inside one bar, counted as stops. */
  readonly ambiguousRatio: Maybe<Scalars['Float']['output']>;
  /** Published signals that are in no figure. */
  readonly excluded: ExcludedSignals;
  /** Mean result in R after costs, with a bootstrap interval. */
  readonly expectancyR: Figure;
  /** Share of hits, with Wilson’s interval. */
  readonly hitRate: Figure;
  /** Settled signals whose target came first. */
  readonly hits: Scalars['Int']['output'];
  /** LONG signals alone. */
  readonly long: SidePerformance;
  /** Deepest fall of the running sum of R; null when n is 0. */
  readonly maxDrawdownR: Maybe<Scalars['Float']['output']>;
  /** Settled signals: those that were entered and left. */
  readonly n: Scalars['Int']['output'];
  /** Gains over losses in R; null when nothing was lost. */
  readonly profitFactor: Maybe<Scalars['Float']['output']>;
  /** The kind of data. */
  readonly provenance: Provenance;
  /** All published signals: n and all that is excluded. */
  readonly published: Scalars['Int']['output'];
  /** SHORT signals alone. */
  readonly short: SidePerformance;
};

/** What somebody may do. */
export type Permission =
  /** Make, rotate, revoke and list the API keys of one’s tenant. */
  | 'KEYS_MANAGE'
  /** Read and follow bars, instruments and sessions. */
  | 'MARKET_DATA_READ'
  /** Read models and what they have shown. */
  | 'MODELS_READ'
  /** Read what became of signals. */
  | 'PERFORMANCE_READ'
  /** Ask whether the service is well, and what answers. */
  | 'SERVICE_READ'
  /** Say up to where signals have been dealt with. */
  | 'SIGNALS_ACKNOWLEDGE'
  /** Take back a signal that has not been filled. */
  | 'SIGNALS_CANCEL'
  /** Read and follow signals and what happens to them. */
  | 'SIGNALS_READ';

/** What splits have done to prices and volume. */
export type PriceAdjustment =
  /** As they were traded. */
  | 'RAW'
  /** As they would have been had every split until the newest known bar been made before: for a chart, not for an order. */
  | 'SPLIT_ADJUSTED';

/** How much of the market is in a datum. Production holds neither REPLAY nor SYNTHETIC. */
export type Provenance = 'DELAYED' | 'LIVE' | 'PAPER' | 'REPLAY' | 'SYNTHETIC';

export type Query = {
  readonly __typename?: 'Query';
  /** The keys of your tenant, newest first, at most 1000. */
  readonly apiKeys: ReadonlyArray<ApiKey>;
  /** Bars of an instrument, oldest first; the newest revision of each. Up to 1000 a page. */
  readonly bars: BarConnection;
  /** The sessions of a market that open in a range of dates, both inclusive. */
  readonly calendar: ReadonlyArray<TradingSession>;
  /** Instruments beside each other by a feature, the highest first; those with too few bars are left out. */
  readonly featureRanks: ReadonlyArray<FeatureRank>;
  /** Whether the service is well. */
  readonly health: Health;
  /** Sessions of the feeds and whether they are in, newest first. */
  readonly ingestionDays: IngestionDayConnection;
  /** What can be traded, in the order of their ids. */
  readonly instruments: InstrumentConnection;
  /** Is this market open, and until when? */
  readonly marketSession: MarketSession;
  /** One model version; null when there is none of this id. */
  readonly modelVersion: Maybe<ModelVersion>;
  /** Model versions in the order of name and number. */
  readonly models: ModelVersionConnection;
  /** Anything that has an id; null when there is nothing of this id. */
  readonly node: Maybe<Node>;
  /** Several things by their ids, in the order asked for; null where there is none. */
  readonly nodes: ReadonlyArray<Maybe<Node>>;
  /** What became of all published signals of one kind of data. */
  readonly performance: Performance;
  /** What answers here. */
  readonly serviceInfo: ServiceInfo;
  /** One signal; null when there is none of this id. */
  readonly signal: Maybe<Signal>;
  /** What happened to signals, oldest first. Its cursors are those of the subscription of the same name and filter. */
  readonly signalEvents: SignalEventConnection;
  /** Signals as they stand, newest first. */
  readonly signals: SignalConnection;
};

export type QueryBarsArgs = {
  adjustment?: PriceAdjustment;
  after?: InputMaybe<Scalars['Cursor']['input']>;
  asOf?: InputMaybe<Scalars['DateTime']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  from?: InputMaybe<Scalars['DateTime']['input']>;
  instrument: Scalars['ID']['input'];
  last?: InputMaybe<Scalars['Int']['input']>;
  timeframe?: Timeframe;
  until?: InputMaybe<Scalars['DateTime']['input']>;
};

export type QueryCalendarArgs = {
  calendar?: Scalars['String']['input'];
  from: Scalars['Date']['input'];
  until: Scalars['Date']['input'];
};

export type QueryFeatureRanksArgs = {
  asOf?: InputMaybe<Scalars['DateTime']['input']>;
  feature: FeatureName;
  instruments: ReadonlyArray<Scalars['ID']['input']>;
  timeframe?: Timeframe;
};

export type QueryIngestionDaysArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  sourceId?: InputMaybe<Scalars['String']['input']>;
};

export type QueryInstrumentsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  asOf?: InputMaybe<Scalars['DateTime']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  symbols?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type QueryMarketSessionArgs = {
  at?: InputMaybe<Scalars['DateTime']['input']>;
  calendar?: Scalars['String']['input'];
};

export type QueryModelVersionArgs = {
  id: Scalars['ID']['input'];
};

export type QueryModelsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};

export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};

export type QueryNodesArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};

export type QueryPerformanceArgs = {
  asOf?: InputMaybe<Scalars['DateTime']['input']>;
  instruments?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  models?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  provenance: Provenance;
};

export type QuerySignalArgs = {
  id: Scalars['ID']['input'];
};

export type QuerySignalEventsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<SignalFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};

export type QuerySignalsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  instruments?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  last?: InputMaybe<Scalars['Int']['input']>;
  states?: InputMaybe<ReadonlyArray<SignalState>>;
};

/** Part of the trading day. Signals use REGULAR only. */
export type Segment = 'CLOSED' | 'POST' | 'PRE' | 'REGULAR';

/** What answers here. */
export type ServiceInfo = {
  readonly __typename?: 'ServiceInfo';
  /** The clock of the data: in a replay or simulation it runs on its own. */
  readonly dataTime: Scalars['DateTime']['output'];
  /** What to know before acting on a signal. */
  readonly disclaimer: Disclaimer;
  /** Incarnation of the public stream. */
  readonly epoch: Scalars['String']['output'];
  /** Why nothing is published; null while signals may be published. */
  readonly publicationNotice: Maybe<Scalars['String']['output']>;
  /** SHA-256 of the schema; changes with every change of the schema. */
  readonly schemaHash: Scalars['String']['output'];
  /** The clock of the server. */
  readonly serverTime: Scalars['DateTime']['output'];
  /** Name of the service. */
  readonly service: Scalars['String']['output'];
  /** Version of the program. */
  readonly version: Scalars['String']['output'];
};

/** LONG gains when the price rises, SHORT when it falls. */
export type Side = 'LONG' | 'SHORT';

/** What became of published signals. */
export type SidePerformance = {
  readonly __typename?: 'SidePerformance';
  /** Share of settled signals with stop and target inside one bar, counted as stops. */
  readonly ambiguousRatio: Maybe<Scalars['Float']['output']>;
  /** Published signals that are in no figure. */
  readonly excluded: ExcludedSignals;
  /** Mean result in R after costs, with a bootstrap interval. */
  readonly expectancyR: Figure;
  /** Share of hits, with Wilson’s interval. */
  readonly hitRate: Figure;
  /** Settled signals whose target came first. */
  readonly hits: Scalars['Int']['output'];
  /** Deepest fall of the running sum of R; null when n is 0. */
  readonly maxDrawdownR: Maybe<Scalars['Float']['output']>;
  /** Settled signals: those that were entered and left. */
  readonly n: Scalars['Int']['output'];
  /** Gains over losses in R; null when nothing was lost. */
  readonly profitFactor: Maybe<Scalars['Float']['output']>;
  /** All published signals: n and all that is excluded. */
  readonly published: Scalars['Int']['output'];
};

/** A published, immutable claim about an instrument. */
export type Signal = Node & {
  readonly __typename?: 'Signal';
  /** True while it is published, not yet expired and not yet entered, by the clock of the data. */
  readonly actionable: Scalars['Boolean']['output'];
  /** What kind of thing that is. */
  readonly assetClass: AssetClass;
  /** How often the target comes first when nothing is known. */
  readonly baselineProbability: Scalars['Decimal']['output'];
  /** Calibrated probability that the first target comes before the stop within the time limit. */
  readonly confidence: Scalars['Decimal']['output'];
  /** When the last bar used was known. */
  readonly decisionTime: Scalars['DateTime']['output'];
  /** One logical signal has one key, however often it is computed. */
  readonly dedupKey: Scalars['String']['output'];
  /** Id of the words that belong to every signal; serviceInfo has the text. */
  readonly disclaimer: Scalars['String']['output'];
  /** Did this side of the model beat its baselines out of sample? */
  readonly edge: Edge;
  /** How it is entered. */
  readonly entry: EntryPlan;
  /** From when on it must not be acted on any more. A halt of the instrument moves it on by its trading time, at most to the close of the session. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** The exact numbers that the model saw. */
  readonly featuresSnapshot: FeaturesSnapshot;
  /** True when it ends with the session at the latest. */
  readonly flatAtClose: Scalars['Boolean']['output'];
  /** When it was computed. */
  readonly generatedAt: Scalars['DateTime']['output'];
  /** Opaque and unique among all types. */
  readonly id: Scalars['ID']['output'];
  /** What it is about. */
  readonly instrument: SignalInstrument;
  /** What made it. */
  readonly modelVersion: SignalModelVersion;
  /** How it ended; null until it was entered and left. */
  readonly outcome: Maybe<Outcome>;
  /** Scale of the prices: product of the ratios of all splits until the decision. Prices of a signal are raw; close and atr of its features are raw prices times this. */
  readonly priceScale: Scalars['Decimal']['output'];
  /** Where its data came from. */
  readonly provenance: ReadonlyArray<DataProvenance>;
  /** When it was published. */
  readonly publishedAt: Scalars['DateTime']['output'];
  /** Score before calibration. */
  readonly rawScore: Scalars['Decimal']['output'];
  /** Distance from reference price to stop: one R, a hint for the size. */
  readonly riskPerUnit: Scalars['Decimal']['output'];
  /** Reward to risk, computed from the three prices. */
  readonly riskReward: Scalars['Decimal']['output'];
  /** Up or down. */
  readonly side: Side;
  /** How far it has come by now. */
  readonly state: SignalState;
  /** Version of the deciding code. */
  readonly stepVersion: Scalars['Int']['output'];
  /** Price at which the claim is wrong. */
  readonly stop: Scalars['Decimal']['output'];
  /** Id of the signal that it replaces; null when it replaces none. */
  readonly supersedes: Maybe<Scalars['String']['output']>;
  /** Prices at which it is right. */
  readonly targets: ReadonlyArray<Target>;
  /** Time until the vertical barrier, in trading minutes from the entry. */
  readonly timeLimitMinutes: Scalars['Int']['output'];
  /** Length of the bars that it was decided on. */
  readonly timeframe: Timeframe;
  /** The features that moved the score most, strongest first. */
  readonly topContributions: ReadonlyArray<Contribution>;
  /** What is asked for. */
  readonly type: SignalType;
  /** From when on it may be acted on. */
  readonly validFrom: Scalars['DateTime']['output'];
  /** Average true range (14 bars) at the decision, in units of price. */
  readonly volatility: Scalars['Decimal']['output'];
};

/** Up to where you have dealt with the signals. */
export type SignalAcknowledgement = {
  readonly __typename?: 'SignalAcknowledgement';
  /** When this place was acknowledged. */
  readonly acknowledgedAt: Scalars['DateTime']['output'];
  /** The place: the one that you named, or a later one that was before. */
  readonly cursor: Scalars['Cursor']['output'];
};

/** A page of Signals. */
export type SignalConnection = {
  readonly __typename?: 'SignalConnection';
  /** The page with the place of each node. */
  readonly edges: ReadonlyArray<SignalEdge>;
  /** The page without places. */
  readonly nodes: ReadonlyArray<Signal>;
  /** Where this page lies. */
  readonly pageInfo: PageInfo;
};

/** One Signal and its place in the list. */
export type SignalEdge = {
  readonly __typename?: 'SignalEdge';
  /** Place of this edge. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The thing itself. */
  readonly node: Signal;
};

/** Something that happened to a signal, at its place in the stream. */
export type SignalEvent = {
  readonly __typename?: 'SignalEvent';
  /** The place right after this event: hand it back to go on from here. */
  readonly cursor: Scalars['Cursor']['output'];
  /** Incarnation of the stream; a new one begins after a restore. */
  readonly epoch: Scalars['String']['output'];
  /** Price of the fill in the basis of the plan, where there was one. */
  readonly fill: Maybe<Scalars['Decimal']['output']>;
  /** SHA-256, hexadecimal, of the bytes of prevHash, of seq as 8 bytes (big-endian) and of the event as it is stored. */
  readonly hash: Scalars['String']['output'];
  /** When, by the clock of the data. */
  readonly occurredAt: Scalars['DateTime']['output'];
  /** How the signal ended; null unless this event ended a filled one. */
  readonly outcome: Maybe<Outcome>;
  /** Hash of the event before, hexadecimal; zeros for the first of the stream. */
  readonly prevHash: Scalars['String']['output'];
  /** Why, where there is more to say. */
  readonly reason: Maybe<Scalars['String']['output']>;
  /** Version of the stored form. */
  readonly schemaVersion: Scalars['Int']['output'];
  /** Gapless number in the stream. Identity of the event is (epoch, seq). */
  readonly seq: Scalars['Int']['output'];
  /** The signal that it happened to. */
  readonly signal: Signal;
  /** Units into which splits have made each unit between the decision and the fill: fill / splitFactor is what was paid. Null when there was no split. */
  readonly splitFactor: Maybe<Scalars['Decimal']['output']>;
  /** Name of the stream. */
  readonly stream: Scalars['String']['output'];
  /** What happened. */
  readonly type: SignalEventType;
};

/** Events in order, none left out that matches. */
export type SignalEventBatch = {
  readonly __typename?: 'SignalEventBatch';
  /** The place after this batch: store it with the effect of the events. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The events. */
  readonly events: ReadonlyArray<SignalEvent>;
  /** Milliseconds since the newest event was written. */
  readonly lagMs: Scalars['Int']['output'];
  /** Cursor of the item before; null for the first item of a subscription without a cursor. */
  readonly previousCursor: Maybe<Scalars['Cursor']['output']>;
};

/** A page of SignalEvents. */
export type SignalEventConnection = {
  readonly __typename?: 'SignalEventConnection';
  /** The page with the place of each node. */
  readonly edges: ReadonlyArray<SignalEventEdge>;
  /** The page without places. */
  readonly nodes: ReadonlyArray<SignalEvent>;
  /** Where this page lies. */
  readonly pageInfo: PageInfo;
};

/** One SignalEvent and its place in the list. */
export type SignalEventEdge = {
  readonly __typename?: 'SignalEventEdge';
  /** Place of this edge. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The thing itself. */
  readonly node: SignalEvent;
};

/** What happened to a signal. */
export type SignalEventType =
  | 'CANCELLED'
  | 'EXPIRED_UNTRIGGERED'
  | 'PUBLISHED'
  | 'SESSION_CLOSE'
  | 'STOP_HIT'
  | 'SUPERSEDED'
  | 'TARGET_HIT'
  | 'TIME_EXIT'
  | 'TRIGGERED'
  | 'VOID_DATA';

/** Which events are wanted. All members of a node must hold; a list holds when one of its values does. */
export type SignalFilter = {
  /** All of these. */
  readonly and?: InputMaybe<ReadonlyArray<SignalFilter>>;
  /** What happened. */
  readonly eventTypes?: InputMaybe<ReadonlyArray<SignalEventType>>;
  /** Ids of instruments. */
  readonly instruments?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  /** ISO 10383 market identifiers. */
  readonly mic?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Least confidence, 0 to 1. */
  readonly minConfidence?: InputMaybe<Scalars['Decimal']['input']>;
  /** Ids of model versions. */
  readonly models?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  /** Everything but this. */
  readonly not?: InputMaybe<SignalFilter>;
  /** Only new signals that have not expired, by the clock of the data. */
  readonly onlyActionable?: InputMaybe<Scalars['Boolean']['input']>;
  /** At least one of these. */
  readonly or?: InputMaybe<ReadonlyArray<SignalFilter>>;
  /** Sides. */
  readonly sides?: InputMaybe<ReadonlyArray<Side>>;
  /** Lengths of the bars. */
  readonly timeframes?: InputMaybe<ReadonlyArray<Timeframe>>;
};

/** The instrument of a signal as it was called then. */
export type SignalInstrument = {
  readonly __typename?: 'SignalInstrument';
  /** OpenFIGI identifier; null where it is not known. */
  readonly figi: Maybe<Scalars['String']['output']>;
  /** Id of the instrument, to be used in filters. */
  readonly id: Scalars['String']['output'];
  /** ISO 10383 market identifier. */
  readonly mic: Scalars['String']['output'];
  /** Ticker at the time of the signal. */
  readonly symbol: Scalars['String']['output'];
};

/** The model that made a signal, as the signal recorded it. */
export type SignalModelVersion = {
  readonly __typename?: 'SignalModelVersion';
  /** Bars that its probabilities were calibrated on. */
  readonly calibrationWindow: TimeWindow;
  /** Commit of the code that trained it, from the row of the model version; null when that code did not know its commit. */
  readonly codeCommit: Maybe<Scalars['String']['output']>;
  /** First moment at which the model may decide. */
  readonly eligibleFrom: Scalars['DateTime']['output'];
  /** Hash of the feature specification. */
  readonly featureSpecHash: Scalars['String']['output'];
  /** Id of the model version, to be used in filters and with node. */
  readonly id: Scalars['String']['output'];
  /** Hash of the label specification: barriers, horizon, costs. */
  readonly labelSpecHash: Scalars['String']['output'];
  /** Name of the model. */
  readonly name: Scalars['String']['output'];
  /** SHA-256 of the artifact. */
  readonly sha256: Scalars['String']['output'];
  /** Bars that its weights were fitted on. */
  readonly trainingWindow: TimeWindow;
  /** Number of the training. */
  readonly version: Scalars['Int']['output'];
};

/** How far a signal has come. */
export type SignalState =
  | 'CANCELLED'
  | 'EXPIRED_UNTRIGGERED'
  | 'PUBLISHED'
  | 'SESSION_CLOSE'
  | 'STOP_HIT'
  | 'SUPERSEDED'
  | 'TARGET_HIT'
  | 'TIME_EXIT'
  | 'TRIGGERED'
  | 'VOID_DATA';

/** What a subscription sends: events, signs of life, problems. */
export type SignalStreamItem = SignalEventBatch | StreamCheckpoint | StreamProblem;

/** What a signal asks for. */
export type SignalType = 'ENTRY';

/** A sign of life; the cursor moves over events that do not match. */
export type StreamCheckpoint = {
  readonly __typename?: 'StreamCheckpoint';
  /** The place reached: store it. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The newest place of the stream that is known here. */
  readonly headCursor: Scalars['Cursor']['output'];
  /** True when everything that is written has been sent; false while catching up or while the database is away. */
  readonly live: Scalars['Boolean']['output'];
  /** Cursor of the item before; null for the first item of a subscription without a cursor. */
  readonly previousCursor: Maybe<Scalars['Cursor']['output']>;
  /** The clock of the server. */
  readonly serverTime: Scalars['DateTime']['output'];
};

/** The subscription cannot go on as it is; the cursors say from where it could. */
export type StreamProblem = {
  readonly __typename?: 'StreamProblem';
  /** What is wrong. */
  readonly code: StreamProblemCode;
  /** The oldest place that is still held. */
  readonly earliestCursor: Maybe<Scalars['Cursor']['output']>;
  /** The newest place of the stream that is known here. */
  readonly headCursor: Scalars['Cursor']['output'];
  /** The last place that the cursor’s incarnation shares with the present one. */
  readonly lastCommonCursor: Maybe<Scalars['Cursor']['output']>;
  /** The same in words. */
  readonly message: Scalars['String']['output'];
  /** Come back after so many milliseconds. */
  readonly retryAfterMs: Maybe<Scalars['Int']['output']>;
};

/** Why a subscription cannot go on as it is. */
export type StreamProblemCode =
  | 'CONSUMER_TOO_SLOW'
  | 'EPOCH_CHANGED'
  | 'FILTER_CHANGED'
  | 'FUTURE_CURSOR'
  | 'OUTDATED_CURSOR'
  | 'REAUTHENTICATE'
  | 'SHUTTING_DOWN';

/** Where a subscription without a cursor begins. */
export type StreamStart = 'BEGINNING' | 'LIVE';

export type Subscription = {
  readonly __typename?: 'Subscription';
  /** The closed bars of an instrument as they are stored, corrections as further revisions, from a cursor on. It never completes while the server can go on. */
  readonly bars: BarStreamItem;
  /** Everything that happens to signals, in order, from a cursor on. It never completes while the server can go on. */
  readonly signalEvents: SignalStreamItem;
};

export type SubscriptionBarsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  from?: StreamStart;
  instrument: Scalars['ID']['input'];
  maxBatch?: Scalars['Int']['input'];
  timeframe?: Timeframe;
};

export type SubscriptionSignalEventsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<SignalFilter>;
  from?: StreamStart;
  maxBatch?: Scalars['Int']['input'];
};

/** A price at which a plan takes profit. */
export type Target = {
  readonly __typename?: 'Target';
  /** Share of the position that leaves there, 0 to 1. */
  readonly fraction: Scalars['Decimal']['output'];
  /** The price. */
  readonly price: Scalars['Decimal']['output'];
};

/** A span of time. */
export type TimeWindow = {
  readonly __typename?: 'TimeWindow';
  /** Beginning, inclusive. */
  readonly from: Scalars['DateTime']['output'];
  /** End, exclusive. */
  readonly to: Scalars['DateTime']['output'];
};

/** Length of a bar. Those between a minute and a day are made of the one-minute bars of the regular session and counted from its open; the last one of a session may be shorter. */
export type Timeframe =
  /** Fifteen minutes. */
  | 'FIFTEEN_MINUTES'
  /** Five minutes. */
  | 'FIVE_MINUTES'
  /** One session: the bar of a daily feed where there is one, else made of its one-minute bars. */
  | 'ONE_DAY'
  /** Sixty minutes. */
  | 'ONE_HOUR'
  /** One minute. */
  | 'ONE_MINUTE'
  /** Thirty minutes. */
  | 'THIRTY_MINUTES';

/** One regular session of a market. */
export type TradingSession = {
  readonly __typename?: 'TradingSession';
  /** The close: earlier than usual on a half day. */
  readonly close: Scalars['DateTime']['output'];
  /** True when the market closes early. */
  readonly halfDay: Scalars['Boolean']['output'];
  /** The open. */
  readonly open: Scalars['DateTime']['output'];
  /** The trade date, in the market’s own calendar. */
  readonly sessionDate: Scalars['Date']['output'];
};

import type { Provenance, SourceBar, Timeframe } from './bar.ts';
import type { CorporateAction } from './corporate-actions/action.ts';
import type { Instrument } from './instrument.ts';

/** A row that is not a bar, kept with the reason so that a person can look it up. */
export type QuarantinedRow = {
  /** Where the row came from: a file's name, or the feed. */
  readonly origin: string;
  /** 1-based line in the file, or a running number of the feed. */
  readonly line: number;
  readonly reason: string;
  /** The row itself, cut at 200 characters. */
  readonly raw: string;
};

/**
 * All that became known at one moment: the bars that share one `knownTime`, in the source's order, and the rows refused on the way.
 * Batches come in strictly increasing `knownTime`; a batch without bars carries refusals, or tells a live feed's reader that the past is in.
 */
export type SourceBatch = {
  readonly knownTime: number;
  readonly bars: readonly SourceBar[];
  readonly quarantined: readonly QuarantinedRow[];
  /** Corporate actions that were learned of; the scales of these bars and of those that follow go by them. */
  readonly actions?: readonly CorporateAction[];
};

/** What is known about a feed before its first bar. */
export type SourceDescription = {
  /** Stable name of this feed, stored with each of its bars, such as "simulated-7" or "replay-us-equities". */
  readonly sourceId: string;
  readonly feed: string;
  readonly provenance: Provenance;
  /** May the data be shown to others? Told to every client with each signal. */
  readonly licence: string;
  readonly timeframe: Timeframe;
  readonly instruments: readonly Instrument[];
  /** Corporate actions of these instruments that are told before the first bar; each with when it was known. */
  readonly actions?: readonly CorporateAction[];
  /** Rows in all, where the source can count them (progress bar). */
  readonly totalRows: number | null;
  /** Bars that end at or before this instant are history: a model may be trained on them before the first signal. */
  readonly historyEnd: number;
};

/**
 * Where bars come from. The port of every feed: a contract test holds each implementation to what is written here.
 * A source is read from its beginning on every start; what is stored already changes nothing when it comes again.
 */
export interface MarketDataSource {
  describe(): Promise<SourceDescription>;

  /**
   * The batches in order. History comes at full speed, the rest at the source's own pace. Ends when the source has no more,
   * throws the signal's reason when it is aborted. `resumeAfter` skips batches with `knownTime` at or before that instant
   * (a source may still send them: the store ignores them), so that a restart goes on where it stopped. `actions` are those that are stored
   * of this source, for one that learns of them while it runs.
   */
  batches(options: {
    readonly signal: AbortSignal;
    readonly resumeAfter?: number;
    readonly actions?: readonly CorporateAction[];
  }): AsyncIterable<SourceBatch>;
}

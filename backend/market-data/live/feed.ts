import type { Clock } from '../../platform/clock.ts';
import type { SourceBar } from '../bar.ts';
import type { CorporateAction } from '../corporate-actions/action.ts';
import type { Instrument } from '../instrument.ts';
import type { SourceDescription } from '../source.ts';

/** A bar as a venue tells it: when the platform knew it is for the platform to say. */
export type FeedBar = Omit<SourceBar, 'knownTime'>;

type Told =
  /** A minute that ended, or one that ended before and has other values now. */
  | { readonly kind: 'BAR'; readonly bar: FeedBar; readonly isCorrection: boolean }
  /** What was sent and is no bar that can be believed. */
  | { readonly kind: 'REFUSED'; readonly reason: string; readonly raw: string }
  /** Data follows. What begins at `missedSince` (ms) or later may have been missed; null on the first connection. */
  | { readonly kind: 'CONNECTED'; readonly missedSince: number | null }
  | { readonly kind: 'DISCONNECTED'; readonly reason: string; readonly retryInMs: number }
  /** Trading of an instrument stops or goes on; `time` is the venue's, ms. */
  | { readonly kind: 'HALTED' | 'RESUMED'; readonly instrumentId: string; readonly time: number }
  /** In session, and nothing of any instrument since then; told once until it is over. */
  | { readonly kind: 'STALLED'; readonly since: number }
  /** BAR: data comes again. */
  | { readonly kind: 'RECOVERED'; readonly since: number; readonly by: 'BAR' | 'CLOSE' | 'HALT' };

/** What happened, in order; `at` is when it was heard, by the feed's clock (ms). */
export type LiveEvent = Told & { readonly at: number };

/** Bars of the past: `from` <= bar start < `until`, ms. */
export type HistoryRequest = {
  readonly instruments: readonly Instrument[];
  readonly from: number;
  readonly until: number;
};

/** How a feed is doing. Instants in ms of its clock. */
export type FeedStatus = {
  /** Standby: another process has the account's one connection. */
  readonly phase: 'STANDBY' | 'BACKFILLING' | 'CONNECTING' | 'STREAMING' | 'DISCONNECTED';
  readonly stalledSince: number | null;
  /** State of the breaker before the venue's HTTP side. */
  readonly circuit: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  readonly reconnects: number;
  /** Messages that could not be read. */
  readonly unreadable: { readonly malformed: number; readonly unknown: number };
  /** Minutes that have not come and are asked for. */
  readonly openGaps: number;
  /** Bars that came again as they were. */
  readonly repeats: number;
};

/** As far as the venue's own adapter knows it. */
export type VenueStatus = Omit<FeedStatus, 'openGaps' | 'repeats'>;

/**
 * One venue, as a live source needs it: what it says from now on, and what it said before. Everything that all venues have in common (the
 * order, gaps, back-fill, known times, quarantine) is the live source's.
 */
export interface LiveFeed {
  /** The venue's time. */
  readonly clock: Clock;
  /** How far `clock` may be from the venue's time, ms. */
  clockError(): number;
  /** What is told of it before its first bar. */
  readonly facts: Pick<SourceDescription, 'sourceId' | 'feed' | 'provenance' | 'licence' | 'instruments'>;
  /** Asks what can be refused. Throws a UserError that names the setting which a person has to change; waits while nobody answers. */
  open(signal: AbortSignal): Promise<void>;
  /** Read once. Throws the signal's reason when aborted, and a UserError for what only a person can change. */
  events(signal: AbortSignal): AsyncIterable<LiveEvent>;
  /** Pages of bars, each instrument's in the order of time. Throws a VenueUnavailable when there is no answer for now. */
  history(request: HistoryRequest, signal: AbortSignal): AsyncIterable<readonly FeedBar[]>;
  /**
   * Corporate actions that the venue processes from one date to another (YYYY-MM-DD), both included; errors as of `history`. A venue on which
   * there are none has no such method.
   */
  actions?(
    span: { readonly from: string; readonly until: string },
    signal: AbortSignal,
  ): Promise<readonly Omit<CorporateAction, 'knownTime'>[]>;
  /** Whether an error of `history` may be gone when it is asked again. */
  isPassing(error: unknown): boolean;
  status(): VenueStatus;
  close(): Promise<void>;
}

/** What a live source tells while it works; calls are cheap and must not throw. */
export type LiveObserver = {
  /** Another process has the account's one connection. */
  standby(): void;
  /** The past from `from` to `upTo` (ms) is taken in, of what is asked for up to `until`. */
  backfilled(span: { readonly from: number; readonly upTo: number; readonly until: number }): void;
  /** Everything but bars. */
  heard(event: Exclude<LiveEvent, { kind: 'BAR' }>): void;
};

import { TIMEFRAMES } from '../bar.ts';
import type { FeedBar, LiveFeed } from './feed.ts';
import { type Patience, wholeSpan } from './history.ts';
import type { Gap } from './sequencer.ts';

const BAR = TIMEFRAMES['1m'];
/** A minute that ended so long ago is on the venue's HTTP side if it was traded. ms */
const SETTLED_AFTER = 2_000;
/** Where bars were lost, a correction of the bars before may be lost as well. ms */
const BEFORE_GAP = 2 * BAR;
/** So much is asked for at once when a whole day is: 500 instruments have 30,000 bars in it. ms */
const PART_OF_DAY = 3_600_000;

/** What a venue has answered. */
export type Answer =
  | { readonly kind: 'FILLED'; readonly gaps: readonly Gap[]; readonly bars: readonly FeedBar[] }
  /**
   * Nothing is missing before `until` (ms). `sinceThen`: it was all that the feed may have missed. `isLastWord`: it was asked for once more, long
   * after it was traded.
   */
  | {
      readonly kind: 'COVERED';
      readonly until: number;
      readonly bars: readonly FeedBar[];
      readonly sinceThen: boolean;
      readonly isLastWord: boolean;
    }
  /** A part of a day that was asked for once more. */
  | { readonly kind: 'ONCE_MORE'; readonly bars: readonly FeedBar[] };

export type Span = { readonly from: number; readonly until: number };

export type AskingOptions = {
  readonly feed: LiveFeed;
  readonly patience: Patience;
  readonly onAnswer: (answer: Answer) => void;
  readonly onFailure: (error: unknown) => void;
};

/** Asks a venue for what is missing, one request after the other. */
export class Asking {
  readonly #options: AskingOptions;
  #gaps: Gap[] = [];
  /** Everything from there on. */
  #since: number | null = null;
  /** Whole days. */
  #spans: Span[] = [];
  #running = false;

  constructor(options: AskingOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#running || this.#since !== null || this.#gaps.length > 0 || this.#spans.length > 0;
  }

  forGaps(gaps: readonly Gap[]): void {
    this.#gaps.push(...gaps);
  }

  forAllSince(instant: number): void {
    this.#since = Math.min(this.#since ?? instant, instant);
  }

  /** Once more, for what was lost or changed without a word. */
  forDay(span: Span): void {
    this.#spans.push(span);
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (!signal.aborted && (await this.#next(signal)));
    } catch (error) {
      if (!signal.aborted) this.#options.onFailure(error);
    } finally {
      this.#running = false;
    }
  }

  /** False when nothing is left to ask. */
  async #next(signal: AbortSignal): Promise<boolean> {
    if (this.#since !== null) await this.#cover(this.#since, signal);
    else if (this.#gaps.length > 0) await this.#close(this.#gaps.splice(0), signal);
    else if (this.#spans[0] !== undefined) await this.#askAgain(this.#spans[0], signal);
    else return false;
    return true;
  }

  async #cover(since: number, signal: AbortSignal): Promise<void> {
    const { feed, patience, onAnswer } = this.#options;
    const until = settledAt(feed.clock.now());
    const bars = until > since ? await wholeSpan(feed, { from: since, until }, patience, signal) : [];
    // Another interruption meanwhile: it asks again, from where this one began if that was earlier.
    if (this.#since === since) this.#since = null;
    const sinceThen = this.#since === null;
    onAnswer({ kind: 'COVERED', until: Math.max(until, since), bars, sinceThen, isLastWord: false });
  }

  async #close(gaps: readonly Gap[], signal: AbortSignal): Promise<void> {
    const { feed, patience, onAnswer } = this.#options;
    const span = {
      from: Math.min(...gaps.map(({ from }) => from)) - BEFORE_GAP,
      until: Math.max(...gaps.map(({ until }) => until)),
      instrumentIds: new Set(gaps.map(({ instrumentId }) => instrumentId)),
    };
    const bars = await wholeSpan(feed, span, patience, signal);
    onAnswer({ kind: 'FILLED', gaps, bars });
  }

  /** The first part of a day; the rest stays wanted, and what is more urgent comes before it. */
  async #askAgain(day: Span, signal: AbortSignal): Promise<void> {
    const { feed, patience, onAnswer } = this.#options;
    const until = Math.min(day.from + PART_OF_DAY, day.until);
    const bars = await wholeSpan(feed, { from: day.from, until }, patience, signal);
    this.#spans[0] = { ...day, from: until };
    if (until < day.until) onAnswer({ kind: 'ONCE_MORE', bars });
    else {
      this.#spans.shift();
      onAnswer({ kind: 'COVERED', until, bars, sinceThen: false, isLastWord: true });
    }
  }
}

/** Whether a bar answers what was asked because of a gap. */
export function belongsTo(bar: FeedBar, { instrumentId, from, until }: Gap): boolean {
  return bar.instrumentId === instrumentId && bar.barStart >= from - BEFORE_GAP && bar.barStart < until;
}

/** The newest whole minute that everybody has heard of at an instant. */
export function settledAt(now: number): number {
  return Math.floor((now - SETTLED_AFTER) / BAR) * BAR;
}

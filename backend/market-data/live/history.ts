import type { TradingCalendar } from '../../calendar/index.ts';
import type { SourceBar } from '../bar.ts';
import type { SourceBatch } from '../source.ts';
import type { FeedBar, LiveFeed } from './feed.ts';

const DAY = 86_400_000;

export type Patience = {
  /** Waits before something is asked again; throws when it is no use. */
  readonly again: (error: unknown) => Promise<void>;
};

/**
 * What was traded from `from` to `until` (ms), a day at a time: each day is asked for whole before any of it is given, and asked for again
 * while the venue is away.
 */
export async function* daysOf(
  feed: LiveFeed,
  span: { readonly from: number; readonly until: number },
  patience: Patience,
  signal: AbortSignal,
): AsyncGenerator<{ readonly bars: readonly FeedBar[]; readonly upTo: number }> {
  for (let start = span.from; start < span.until; ) {
    const end = Math.min(Math.floor(start / DAY) * DAY + DAY, span.until);
    yield { bars: await wholeSpan(feed, { from: start, until: end }, patience, signal), upTo: end };
    start = end;
  }
}

/** All bars of a span, in the order of time and then of the instruments. */
export async function wholeSpan(
  feed: LiveFeed,
  span: { readonly from: number; readonly until: number; readonly instrumentIds?: ReadonlySet<string> },
  { again }: Patience,
  signal: AbortSignal,
): Promise<FeedBar[]> {
  const { instrumentIds } = span;
  const instruments = feed.facts.instruments.filter(({ id }) => instrumentIds === undefined || instrumentIds.has(id));
  for (;;) {
    try {
      const bars: FeedBar[] = [];
      for await (const page of feed.history({ instruments, from: span.from, until: span.until }, signal))
        bars.push(...page);
      return inOrder(bars);
    } catch (error) {
      signal.throwIfAborted();
      if (!feed.isPassing(error)) throw error;
      await again(error);
    }
  }
}

/**
 * Batches of bars that nobody waited for: each is known when a feed of this delay would have told it, so that a model learns from the past
 * what it will meet.
 */
export function* nominalBatches(bars: readonly FeedBar[], delayMs: number, after: number): Generator<SourceBatch> {
  const byEnd = Map.groupBy(bars, ({ barEnd }) => barEnd);
  for (const end of [...byEnd.keys()].sort((a, b) => a - b)) {
    const knownTime = end + delayMs;
    if (knownTime <= after) continue;
    const own = (byEnd.get(end) ?? []).map((bar): SourceBar => ({ ...bar, knownTime }));
    yield { knownTime, bars: own, quarantined: [] };
  }
}

/** The open of the session that lies `sessions` before the one that is running or comes next at `now`. */
export function historyStart(calendar: TradingCalendar, now: number, sessions: number): number {
  let session = calendar.sessionAt(now) ?? calendar.nextSession(now);
  for (let count = 0; count < sessions; count += 1) {
    try {
      session = calendar.previousSession(session.open);
    } catch {
      break;
    }
  }
  return session.open;
}

export function inOrder(bars: readonly FeedBar[]): FeedBar[] {
  return bars.toSorted((a, b) => a.barStart - b.barStart || compare(a.instrumentId, b.instrumentId));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

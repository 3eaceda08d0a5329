import { calendarById } from '../../calendar/index.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { SourceBar } from '../bar.ts';
import { systemTimer, type Timer } from '../pacing.ts';
import type { MarketDataSource, SourceBatch, SourceDescription } from '../source.ts';
import { settledAt } from './asking.ts';
import type { FeedBar, FeedStatus, LiveFeed, LiveObserver } from './feed.ts';
import { daysOf, historyStart, inOrder, nominalBatches, type Patience } from './history.ts';
import type { Lease } from './lease.ts';
import { LiveActions } from './live-actions.ts';
import { Reading, type Turn } from './reading.ts';

export type LiveSourceOptions = {
  readonly feed: LiveFeed;
  readonly lease: Lease;
  readonly log: Logger;
  readonly observer?: LiveObserver;
  /** Sessions of history before the first live bar; training needs 22 for its full embargo. Default 23. */
  readonly historySessions?: number;
  /** Waits between two requests while the venue is away, ms. Default 1 s to 30 s. */
  readonly retryMs?: number;
  readonly mostRetryMs?: number;
  readonly timer?: Timer;
};

const HISTORY_SESSIONS = 23;
/** What a live bar usually needs from its end to us: the known time of history that nobody waited for. ms */
const NOMINAL_DELAY = 1_000;
const BARS_PER_BATCH = 2_000;

/**
 * A venue as a source of bars. It takes the lease, fills in what was missed since the last start (or the history that training needs, on the
 * first one), and then follows the stream. A bar is known when it came; only the history of before the first start has the times that a
 * running feed would have given it.
 */
export class LiveSource implements MarketDataSource {
  readonly #options: LiveSourceOptions;
  #description: Promise<SourceDescription> | null = null;
  #phase: 'STANDBY' | 'BACKFILLING' | null = null;
  readonly #actions: LiveActions;
  #reading: Reading | null = null;
  /** Known time of the newest batch, ms. */
  #last = Number.NEGATIVE_INFINITY;
  #rows = 0;

  constructor(options: LiveSourceOptions) {
    this.#options = options;
    const { feed, log, timer = systemTimer } = options;
    this.#actions = new LiveActions({ feed, log, timer });
  }

  describe(): Promise<SourceDescription> {
    this.#description ??= this.#describe().catch((error: unknown) => {
      this.#description = null;
      throw error;
    });
    return this.#description;
  }

  status(): FeedStatus & { readonly rows: number; readonly events: number } {
    const { gaps, events, repeats } = this.#reading?.pending ?? { gaps: 0, events: 0, repeats: 0 };
    const own = this.#options.feed.status();
    return { ...own, phase: this.#phase ?? own.phase, openGaps: gaps, repeats, rows: this.#rows, events };
  }

  async *batches(options: Parameters<MarketDataSource['batches']>[0]): AsyncGenerator<SourceBatch> {
    const { signal, resumeAfter, actions = [] } = options;
    signal.throwIfAborted();
    this.#actions.learn(actions);
    const { lease, log } = this.#options;
    await this.describe();
    this.#last = resumeAfter ?? Number.NEGATIVE_INFINITY;
    for (;;) {
      const held = await lease.acquire(signal, () => {
        this.#phase = 'STANDBY';
        log.info('another process follows this feed: standing by');
        this.#options.observer?.standby();
      });
      try {
        yield* this.#follow(AbortSignal.any([signal, held.lost]));
      } catch (error) {
        signal.throwIfAborted();
        if (!held.lost.aborted) throw error;
        log.warn('the lease of the feed was lost');
      } finally {
        this.#reading = null;
        await held.release();
      }
    }
  }

  async #describe(): Promise<SourceDescription> {
    const { feed } = this.#options;
    await feed.open(new AbortController().signal);
    return { ...feed.facts, timeframe: '1m', totalRows: null, historyEnd: settledAt(feed.clock.now()) };
  }

  async *#follow(signal: AbortSignal): AsyncGenerator<SourceBatch> {
    const { feed, observer, timer = systemTimer } = this.#options;
    this.#phase = 'BACKFILLING';
    await this.#askActions(signal);
    const coveredUntil = yield* this.#backfill(signal);
    // The past is in: whoever has to learn from it need not wait for a market that opens in three days.
    yield* this.#counted([{ knownTime: this.#nextKnownTime(), bars: [], quarantined: [] }]);
    this.#phase = null;
    const scaleOf = (bar: FeedBar): number => this.#actions.scaleNow(bar);
    const reading = new Reading({ feed, timer, observer, patience: this.#patience(signal), coveredUntil, scaleOf });
    this.#reading = reading;
    const left = new AbortController();
    const watching = this.#actions.watch(() => this.#last, AbortSignal.any([signal, left.signal]));
    try {
      for await (const turn of reading.turns(signal)) yield* this.#counted(this.#arrived(turn));
    } finally {
      left.abort();
      await watching;
    }
  }

  /** Before the first bar: its scale depends on what is known. */
  async #askActions(signal: AbortSignal): Promise<void> {
    const { feed, historySessions = HISTORY_SESSIONS } = this.#options;
    const { historyEnd } = await this.describe();
    const calendar = calendarById(feed.facts.instruments[0]?.calendar ?? '');
    const isFirst = this.#last === Number.NEGATIVE_INFINITY;
    const from = isFirst ? historyStart(calendar, historyEnd, historySessions) : this.#last;
    await this.#actions.ask(from, this.#last, this.#patience(signal), signal);
  }

  /** Answers up to where everything is taken in. */
  async *#backfill(signal: AbortSignal): AsyncGenerator<SourceBatch, number> {
    const { feed, historySessions = HISTORY_SESSIONS } = this.#options;
    const { historyEnd } = await this.describe();
    const calendar = calendarById(feed.facts.instruments[0]?.calendar ?? '');
    if (this.#last !== Number.NEGATIVE_INFINITY) {
      const sessionOpen = historyStart(calendar, this.#last, 0);
      return yield* this.#catchUp(Math.min(sessionOpen, settledAt(this.#last)), signal);
    }
    const span = { from: historyStart(calendar, historyEnd, historySessions), until: historyEnd };
    for await (const day of this.#days(span, signal))
      yield* this.#counted(nominalBatches(day, NOMINAL_DELAY, this.#last));
    return yield* this.#catchUp(historyEnd, signal);
  }

  /** What was missed: known only now. While it is fetched time passes, so it is asked for until nothing is left. */
  async *#catchUp(since: number, signal: AbortSignal): AsyncGenerator<SourceBatch, number> {
    let from = since;
    for (let until = this.#settled(); from < until; until = this.#settled()) {
      for await (const bars of this.#days({ from, until }, signal))
        yield* this.#counted(this.#arrived({ bars, refused: [] }));
      from = until;
    }
    return from;
  }

  async *#days(span: { readonly from: number; readonly until: number }, signal: AbortSignal) {
    const { feed, observer } = this.#options;
    for await (const { bars, upTo } of daysOf(feed, span, this.#patience(signal), signal)) {
      yield bars;
      observer?.backfilled({ ...span, upTo });
    }
  }

  #settled(): number {
    return settledAt(this.#options.feed.clock.now());
  }

  #nextKnownTime(): number {
    return Math.max(Math.ceil(this.#options.feed.clock.now()), this.#last + 1);
  }

  *#counted(batches: Iterable<SourceBatch>): Generator<SourceBatch> {
    for (const batch of batches) {
      this.#last = batch.knownTime;
      this.#rows += batch.bars.length + batch.quarantined.length;
      yield this.#actions.applied(batch);
    }
  }

  /** What is known from now on. A minute and its correction in one turn become known one after the other. */
  *#arrived({ bars, refused }: Turn): Generator<SourceBatch> {
    let quarantined = refused;
    for (const part of partsOf(inOrder(bars))) {
      const knownTime = part.reduce((latest, { barEnd }) => Math.max(latest, barEnd), this.#nextKnownTime());
      yield { knownTime, bars: part.map((bar): SourceBar => ({ ...bar, knownTime })), quarantined };
      quarantined = [];
    }
    if (quarantined.length > 0) yield { knownTime: this.#nextKnownTime(), bars: [], quarantined };
  }

  #patience(signal: AbortSignal): Patience {
    const { timer = systemTimer, log, feed, retryMs = 1_000, mostRetryMs = 30_000 } = this.#options;
    let wait = retryMs;
    return {
      again: async (error) => {
        log.warn('the back-fill has to wait', { feed: feed.facts.feed, error, retryInMs: wait });
        await timer.sleep(wait, signal).catch(() => undefined);
        signal.throwIfAborted();
        wait = Math.min(wait * 2, mostRetryMs);
      },
    };
  }
}

/** Runs of bars in which no minute of an instrument comes twice, none too long. */
function* partsOf(bars: readonly FeedBar[]): Generator<readonly FeedBar[]> {
  let part: FeedBar[] = [];
  let keys = new Set<string>();
  for (const bar of bars) {
    const key = `${bar.instrumentId} ${bar.barStart}`;
    if (keys.has(key) || part.length >= BARS_PER_BATCH) {
      yield part;
      part = [];
      keys = new Set();
    }
    part.push(bar);
    keys.add(key);
  }
  if (part.length > 0) yield part;
}

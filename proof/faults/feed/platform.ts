import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { feedHealth } from '../../../backend/commands/feed/health.ts';
import { LiveWatch } from '../../../backend/commands/feed/live-watch.ts';
import { PipelineWatch } from '../../../backend/commands/pipeline/watch.ts';
import { openOrm } from '../../../backend/commands/runtime/open-orm.ts';
import { InProcessWakeUp } from '../../../backend/delivery/wake-up.ts';
import { AlpacaFeed } from '../../../backend/market-data/alpaca/feed.ts';
import { FeedClock } from '../../../backend/market-data/feed-clock.ts';
import { usEquity } from '../../../backend/market-data/instruments/us-equities.ts';
import { LiveSource } from '../../../backend/market-data/live/live-source.ts';
import { createMetrics, type Metrics } from '../../../backend/metrics/registry.ts';
import { ModelRegistry } from '../../../backend/models/registry.ts';
import { wallClock } from '../../../backend/platform/clock.ts';
import { AdvisoryLease } from '../../../backend/platform/database/advisory-lease.ts';
import { createPool, type Pool } from '../../../backend/platform/database/pool.ts';
import { noFaults } from '../../../backend/platform/fault-point.ts';
import { randomOf } from '../../../backend/platform/random.ts';
import type { Logger } from '../../../backend/platform/telemetry/logger.ts';
import { runPipeline } from '../../../backend/signals/pipeline.ts';
import type { TickResult } from '../../../backend/signals/tick.ts';
import { type Account, FREE_PLAN } from '../../alpaca/server/account.ts';
import type { AlpacaServer } from '../../alpaca/server/server.ts';
import type { Database } from './databases.ts';
import { HeardFeed } from './heard-feed.ts';

export const account: Account = { ...FREE_PLAN, key: 'demo-key', secret: 'demo-secret', requestsPerMinute: 1_000_000 };
/** Every decision that is a little better than others is published: more to compare. */
export const POLICY = { topQuantile: 0.2, requireEdge: false } as const;

// The venue's time stands still while we work, so nothing is waited for in earnest.
const STREAM_LIMITS = {
  ...{ handshakeMs: 5_000, stepMs: 5_000, pingMs: 5_000, pongMs: 5_000, closeMs: 200 },
  ...{ retryMs: 1, mostRetryMs: 5, checkMs: 2 },
} as const;
const REST_LIMITS = {
  requestsPerMinute: 1_000_000,
  retryMs: 1,
  mostRetryMs: 5,
  openMs: 5,
  retryReserve: 1_000,
} as const;
const HUNDREDFOLD = 100;
const IDLE_WITHIN_MS = 20_000;

/** A stall as somebody on call would learn of it. */
export type StallTold = { readonly health: string; readonly gauge: number };

/** The pipeline as the service runs it, on a server that speaks for the venue. */
export class Platform {
  readonly feed: HeardFeed;
  readonly pool: Pool;
  readonly metrics: Metrics;
  readonly ticks: TickResult[] = [];
  readonly stalls: Promise<StallTold>[] = [];
  readonly logged: string[] = [];
  readonly #server: AlpacaServer;
  readonly #source: LiveSource;
  readonly #watch: PipelineWatch;
  readonly #stop = new AbortController();
  #ended: Promise<unknown> = Promise.resolve();
  #failure: unknown = null;
  #stored = 0;

  private constructor(database: Database, server: AlpacaServer, symbols: readonly string[]) {
    this.#server = server;
    this.metrics = createMetrics();
    this.pool = createPool({
      url: database.url,
      name: 'faults',
      size: 6,
      statementTimeoutMs: 30_000,
      onError: () => undefined,
    });
    const log = this.#log();
    const clock = new FeedClock(wallClock);
    this.#watch = new PipelineWatch({
      ...{ metrics: this.metrics, clock, requireEdge: false, log, onDay: () => undefined },
      wakeUp: new InProcessWakeUp(),
      display: { described() {}, training() {}, trainingProgress() {}, modelsChosen() {}, stored() {} },
    });
    this.feed = new HeardFeed(
      new AlpacaFeed({
        ...{ key: account.key, secret: account.secret, feed: 'iex', log, clock: server.clock },
        ...{
          streamUrl: server.streamUrl().replace('/v2/iex', ''),
          dataUrl: server.httpUrl,
          tradingUrl: server.httpUrl,
        },
        instruments: symbols.map((symbol) => usEquity(symbol, 'XNYS')),
        random: randomOf('platform'),
        streamLimits: STREAM_LIMITS,
        restLimits: REST_LIMITS,
      }),
    );
    clock.follow(this.feed.clock);
    const observer = this.#observer(clock);
    const lease = new AdvisoryLease({ url: database.url, name: 'faults', onError: () => undefined });
    this.#source = new LiveSource({
      ...{ feed: this.feed, lease, log, observer, historySessions: 5, retryMs: 5, mostRetryMs: 20 },
      timer: {
        now: () => performance.now(),
        sleep: (ms, signal) => sleep(ms / HUNDREDFOLD, undefined, { signal }),
      },
    });
    observer.watch(this.#source);
    this.#ended = this.#run(database, clock, log).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#failure = error;
    });
  }

  static async start(database: Database, server: AlpacaServer, symbols: readonly string[]): Promise<Platform> {
    const platform = new Platform(database, server, symbols);
    await platform.idle();
    return platform;
  }

  /** Resolves when all that was sent is stored and decided; `connected`: only when the stream is there as well. */
  async idle({ connected = true } = {}): Promise<void> {
    const begun = performance.now();
    for (let quiet = 0; quiet < 3; ) {
      if (this.#failure !== null) throw this.#failure;
      if (performance.now() - begun > IDLE_WITHIN_MS)
        throw new Error(`the platform is still at work: ${JSON.stringify(this.#state())}`);
      quiet = this.#isQuiet(connected) ? quiet + 1 : 0;
      await (quiet > 0 ? turn() : sleep(1));
    }
  }

  /** Why nothing is published; null while signals may be. */
  notice(): string | null {
    return this.#watch.notice();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the day is over'));
    await this.#ended;
    await this.feed.close();
    await this.pool.end();
  }

  #state() {
    const { totals } = this.#watch;
    const decided = this.ticks.at(-1)?.ingestSeq ?? null;
    return { ...this.#source.status(), totals, stored: this.#stored, decided, followers: this.#server.followers };
  }

  #isQuiet(connected: boolean): boolean {
    const { rows, events, openGaps, phase } = this.#source.status();
    const { bars, duplicates, quarantined } = this.#watch.totals;
    const isRead = events === 0 && openGaps === 0 && rows === bars + duplicates + quarantined;
    const isDecided = (this.ticks.at(-1)?.ingestSeq ?? 0) >= this.#stored;
    if (!connected) return phase !== 'BACKFILLING' && isRead && isDecided;
    return phase === 'STREAMING' && this.#server.followers === 1 && isRead && isDecided;
  }

  async #run(database: Database, clock: FeedClock, log: Logger): Promise<void> {
    const orm = await openOrm(database.url, 30_000);
    const watch = this.#watch;
    try {
      await runPipeline(
        {
          ...{ source: this.#source, pool: this.pool, em: orm.em, log, clock, speed: 1, policy: POLICY },
          registry: new ModelRegistry(this.pool, null),
          faults: noFaults,
          observer: {
            described: (source) => watch.described(source),
            stored: (result, batches, seconds) => {
              if (result.stored > 0) this.#stored = result.lastSeq;
              watch.stored(result, batches, seconds);
            },
            training: (calendar) => watch.training(calendar),
            trainingProgress: (progress) => watch.trainingProgress(progress),
            modelsChosen: (models) => watch.modelsChosen(models),
            watched: (model) => watch.watched(model),
            decided: (ticks) => watch.decided(ticks),
            stepped: (ticks, lastSeq, seconds) => {
              watch.stepped(ticks, lastSeq, seconds);
              this.ticks.push(...ticks);
            },
            dayChecked: (checked) => watch.dayChecked(checked),
          },
        },
        this.#stop.signal,
      );
    } finally {
      await orm.close(true);
    }
  }

  #observer(clock: FeedClock): LiveWatch {
    const live: LiveWatch = new LiveWatch({
      metrics: this.metrics,
      pipeline: this.#watch,
      display: {
        standby: () => undefined,
        backfilled: () => undefined,
        heard: ({ kind }) => {
          if (kind === 'STALLED') this.stalls.push(this.#lookAtStall(live, clock));
        },
      },
    });
    return live;
  }

  async #lookAtStall(live: LiveWatch, clock: FeedClock): Promise<StallTold> {
    const { status } = await feedHealth(this.#watch, live, clock)(new AbortController().signal);
    const page = await this.metrics.render();
    const gauge = /^market_data_feed_stalled_since_timestamp_seconds\{feed="alpaca_iex"\} (\S+)$/m.exec(page)?.[1];
    return { health: status, gauge: Number(gauge) };
  }

  #log(): Logger {
    const line = (message: string): void => void this.logged.push(message);
    return { debug: () => undefined, info: () => undefined, warn: line, error: line };
  }
}

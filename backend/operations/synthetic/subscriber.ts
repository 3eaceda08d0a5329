import { sleep } from '../../../client/backoff.ts';
import type { Metrics } from '../../metrics/registry.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { Follower, type Transport } from './follower.ts';
import { type LogPage, LogReader } from './log-reader.ts';
import { WatchedTime } from './watched-time.ts';

export type SubscriberOptions = {
  /** The address of the GraphQL endpoint that clients use, http: or https:. */
  readonly url: string;
  /** Its own API key, which needs `signals:read` and nothing else; null where nobody is asked who he is. */
  readonly key: string | null;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock: Clock;
  /** ms of a clock that never goes back. */
  readonly monotonic: () => number;
  readonly random: () => number;
};

const TRANSPORTS = ['websocket', 'sse'] as const satisfies readonly Transport[];
/** How often the log is read by a query. ms */
const READ_EVERY_MS = 2_000;
const LOOK_EVERY_MS = 1_000;

/**
 * Follows the signals as a client does, over every transport, and holds what comes against what it was promised: each event once, in order, as
 * the log has it, and a sign of life in between. What it finds it counts.
 */
export class SyntheticSubscriber {
  readonly #options: SubscriberOptions;
  readonly #reader: LogReader;
  readonly #time: Readonly<Record<Transport, WatchedTime>>;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#reader = new LogReader(options);
    const now = options.monotonic();
    this.#time = { websocket: new WatchedTime(now), sse: new WatchedTime(now) };
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Leaves without a word to be counted. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Whether each subscription is as promised at the moment. */
  isGood(): Readonly<Record<Transport, boolean>> {
    const now = this.#options.monotonic();
    return { websocket: this.#time.websocket.isGood(now), sse: this.#time.sse.isGood(now) };
  }

  async #run(): Promise<void> {
    const looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
    try {
      const end = await this.#untilAnswered();
      if (end === null) return;
      const followers = TRANSPORTS.map((transport) => this.#follower(transport, end));
      const signal = this.#stop.signal;
      await Promise.all([...followers.map((one) => one.run(signal)), this.#readLog(end.cursor, followers)]);
    } finally {
      clearInterval(looking);
    }
  }

  /** Where the log ends when it is first answered; null when it is time to stop. */
  async #untilAnswered(): Promise<LogPage | null> {
    while (!this.#stop.signal.aborted) {
      const end = await this.#asked(() => this.#reader.end(this.#stop.signal));
      if (end !== null) return end;
      await sleep(READ_EVERY_MS, this.#stop.signal);
    }
    return null;
  }

  async #readLog(begin: string | null, followers: readonly Follower[]): Promise<void> {
    let cursor = begin;
    while (!this.#stop.signal.aborted) {
      const page = await this.#asked(() => this.#reader.after(cursor, this.#stop.signal));
      for (const event of page?.events ?? []) for (const follower of followers) follower.logged(event);
      cursor = page?.cursor ?? cursor;
      if (page?.hasMore === true) continue;
      await sleep(READ_EVERY_MS, this.#stop.signal);
      // A cursor of before a restore is not taken; where the log ends now, following goes on.
      if (page === null) cursor = (await this.#asked(() => this.#reader.end(this.#stop.signal)))?.cursor ?? cursor;
    }
  }

  async #asked(ask: () => Promise<LogPage>): Promise<LogPage | null> {
    const { metrics, log } = this.#options;
    try {
      const page = await ask();
      metrics.syntheticQueries.inc({ outcome: 'ok' });
      return page;
    } catch (error) {
      if (this.#stop.signal.aborted) return null;
      metrics.syntheticQueries.inc({ outcome: 'failed' });
      log.warn('the log could not be read', { error });
      return null;
    }
  }

  #follower(transport: Transport, { events, cursor }: LogPage): Follower {
    const { url, key, metrics, log, clock, monotonic, random } = this.#options;
    const time = this.#time[transport];
    const alive = (): void => time.alive(monotonic());
    return new Follower({
      ...{ transport, url, key, cursor, monotonic, random },
      last: events.at(-1) ?? null,
      watch: {
        alive,
        received: ({ publishedAt }) => {
          metrics.syntheticEvents.inc({ transport });
          if (publishedAt !== null)
            metrics.syntheticLatency.observe({ transport }, Math.max(0, clock.now() - publishedAt) / 1_000);
        },
        checkpoint: (live) => {
          metrics.syntheticLastCheckpoint.set({ transport }, clock.now() / 1_000);
          if (live) alive();
        },
        fault: (fault, detail) => {
          metrics.syntheticFaults.inc({ transport, fault });
          time.fault(monotonic());
          log.error('the subscription is not what was promised', { transport, fault, detail });
        },
        over: (reason, detail) => {
          metrics.syntheticReconnects.inc({ transport, reason });
          log.warn('the subscription ended', { transport, reason, detail });
        },
      },
    });
  }

  #look(): void {
    for (const transport of TRANSPORTS) {
      const { result, seconds } = this.#time[transport].look(this.#options.monotonic());
      this.#options.metrics.syntheticWatched.inc({ transport, result }, seconds);
    }
  }
}

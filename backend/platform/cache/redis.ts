import type { Metrics } from '../../metrics/registry.ts';
import type { Logger } from '../telemetry/logger.ts';
import { type ConnectionName, RedisConnection, type RedisWatch } from './redis-connection.ts';
import type { RedisProof } from './redis-proof.ts';

export type RedisOptions = {
  readonly url: string;
  readonly proof?: RedisProof;
  /** Before every key and channel, so that several installations can share a server. */
  readonly prefix: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** 0 to 1. */
  readonly random: () => number;
  /** How often a connection is asked whether it still works, ms. */
  readonly proveMs?: number;
};

/** What health tells of the server. */
export type RedisState = { readonly isUp: boolean; readonly reason: string | null };

const PROVE_MS = 2_000;
const PROOF_LIVES_MS = 10_000;

/**
 * The server that processes share, as far as this one has to do with it: a connection for commands, one for hearing where it is asked for, and
 * whether they work. The log has one line when that ends and one when it is so again.
 */
export class RedisServer {
  readonly prefix: string;
  readonly commands: RedisConnection;
  readonly #options: RedisOptions;
  /** Why a connection does not work; null for one that does. */
  readonly #reasons = new Map<ConnectionName, string | null>();
  readonly #connected = new Set<ConnectionName>();
  readonly #closing: (() => void)[] = [];
  #lostAt: number | null = null;

  constructor(options: RedisOptions) {
    this.#options = options;
    this.prefix = options.prefix;
    this.commands = this.#connection('commands');
    this.commands.onReady(() => void this.prove());
    const timer = setInterval(() => void this.prove(), this.proveMs);
    timer.unref();
    this.onClose(() => clearInterval(timer));
  }

  get proveMs(): number {
    return this.#options.proveMs ?? PROVE_MS;
  }

  /** A connection for a subscriber, which says itself when it works. */
  subscriber(): RedisConnection {
    return this.#connection('subscriber');
  }

  /** Begins to connect; a server that is away is no reason to wait. */
  open(): void {
    this.commands.open();
  }

  /** Asks whether commands work, within the time of one. A server that cannot be written to is full, or the replica of another one now. */
  async prove(): Promise<void> {
    if (!this.commands.isReady) return;
    try {
      await this.commands.run('set', (redis) => redis.set(`${this.prefix}alive`, '1', 'PX', PROOF_LIVES_MS));
      this.works('commands');
    } catch (error) {
      this.fails('commands', error instanceof Error ? error.message : String(error));
    }
  }

  works(name: ConnectionName): void {
    this.#reasons.set(name, null);
    this.#options.metrics.redisUp.set({ connection: name }, 1);
    if (this.#lostAt === null || !this.state().isUp) return;
    const seconds = (performance.now() - this.#lostAt) / 1_000;
    this.#lostAt = null;
    this.#options.log.info('Redis is back', { away_seconds: Math.round(seconds * 1_000) / 1_000 });
  }

  fails(name: ConnectionName, reason: string): void {
    // The first reason is the cause, what follows are its effects.
    if (this.#lostAt === null || this.#reasons.get(name) === null) this.#reasons.set(name, reason);
    this.#options.metrics.redisUp.set({ connection: name }, 0);
    if (this.#lostAt !== null) return;
    this.#lostAt = performance.now();
    this.#options.log.warn('Redis does not work: readers look for events at intervals, and nothing is shared', {
      connection: name,
      reason,
    });
  }

  state(): RedisState {
    const [reason = null] = [...this.#reasons.values()].filter((given) => given !== null);
    return { isUp: reason === null, reason };
  }

  onClose(work: () => void): void {
    this.#closing.push(work);
  }

  close(): void {
    for (const work of this.#closing.splice(0)) work();
  }

  #connection(name: ConnectionName): RedisConnection {
    const { url, proof, random } = this.#options;
    this.#reasons.set(name, 'it was not connected yet');
    this.#options.metrics.redisUp.set({ connection: name }, 0);
    const connection = new RedisConnection({
      ...{ url, name, random, watch: this.#watch() },
      ...(proof === undefined ? {} : { proof }),
    });
    // One that is lost is replaced at once, and has no time to ask for what it needs.
    const timer = setInterval(() => void connection.renew(), this.proveMs);
    timer.unref();
    this.onClose(() => {
      clearInterval(timer);
      connection.close();
    });
    return connection;
  }

  #watch(): RedisWatch {
    const { metrics } = this.#options;
    return {
      done: (command, seconds) => metrics.redisCommandDuration.observe({ command }, seconds),
      failed: (reason) => metrics.redisErrors.inc({ reason }),
      ready: (connection) => {
        if (this.#connected.has(connection)) metrics.redisReconnects.inc({ connection });
        this.#connected.add(connection);
      },
      lost: (name, reason) => this.fails(name, reason),
    };
  }
}

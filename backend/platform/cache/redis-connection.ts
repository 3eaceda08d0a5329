import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Catalogue } from '../../metrics/catalogue.ts';
import { connectionProof, type RedisProof } from './redis-proof.ts';

export type ConnectionName = Catalogue['redisUp']['labels']['connection'][number];
export type RedisCommand = Catalogue['redisCommandDuration']['labels']['command'][number];
export type RedisFailure = Catalogue['redisErrors']['labels']['reason'][number];

export type RedisConnectionOptions = {
  /** redis:// or rediss://, with the password where there is one. */
  readonly url: string;
  readonly name: ConnectionName;
  readonly proof?: RedisProof;
  /** After which a command is given up, ms. Nobody who waits for an answer waits longer. */
  readonly timeoutMs?: number;
  /** Spreads the attempts of processes that lost the same server at the same time; 0 to 1. */
  readonly random: () => number;
  readonly watch: RedisWatch;
};

/** Told of every command of a connection, and of the connection itself. */
export type RedisWatch = {
  done(command: RedisCommand, seconds: number): void;
  failed(reason: RedisFailure): void;
  ready(name: ConnectionName): void;
  lost(name: ConnectionName, reason: string): void;
};

/** The server gave no answer, or refused one. Whoever asked goes on without it. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
}

const TIMEOUT_MS = 150;
/** From the beginning of an attempt to connect until it is given up. ms */
const CONNECT_MS = 2_000;
/** A server that does not answer does not close its half of the connection either. ms */
const DISCONNECT_MS = 50;
/** A replica that was made a primary has another address, which only a new connection finds. ms */
const NEW_PRIMARY_MS = 5_000;
/** Commands that wait for an answer at the same time. More of them would only wait for each other. */
const MOST_OPEN = 1_000;

/**
 * One connection to Redis or Valkey. A command is answered within its time or it fails: while the connection is away it fails at once, nothing
 * is queued, and nothing is sent twice. It connects again by itself, for as long as it is open.
 */
export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  readonly #redis: Redis;
  #open = 0;
  #soughtPrimaryAt = Number.NEGATIVE_INFINITY;
  #connecting: NodeJS.Timeout | undefined;
  /** Told to end, and still there for a moment. */
  #leaving = false;
  #closed = false;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    const { url, name, random, watch, proof } = options;
    this.#redis = new Redis(url, {
      ...(proof === undefined ? {} : connectionProof(proof)),
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      // Whoever subscribes does it anew on each connection, and proves it.
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      connectTimeout: CONNECT_MS,
      disconnectTimeout: DISCONNECT_MS,
      keepAlive: 10_000,
      connectionName: `heliograph-${name}`,
      retryStrategy: (attempt) => {
        void this.renew();
        return backoffMs(attempt, random());
      },
    });
    this.#redis.on('connecting', () => this.#limitConnecting());
    this.#redis.on('ready', () => {
      clearTimeout(this.#connecting);
      watch.ready(name);
    });
    this.#redis.on('error', (error: Error) => watch.lost(name, error.message));
    this.#redis.on('close', () => {
      clearTimeout(this.#connecting);
      this.#leaving = false;
      if (!this.#closed) watch.lost(name, 'the connection was closed');
    });
  }

  get isReady(): boolean {
    return this.#redis.status === 'ready' && !this.#leaving;
  }

  /** Begins to connect; does not wait for it. */
  open(): void {
    void this.#begin();
  }

  /** Sees to it that the next connection has a password that is good. Gives whether there is one. */
  async renew(): Promise<boolean> {
    const { proof, watch, name } = this.#options;
    if (!proof?.password) return true;
    try {
      this.#redis.options.password = await proof.password();
      return true;
    } catch (error) {
      // A connection that stands needs none.
      if (!this.isReady) watch.lost(name, error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** What a subscriber hears. */
  onMessage(listener: (text: string) => void): void {
    this.#redis.on('message', (_channel, text) => listener(text));
  }

  onReady(listener: () => void): void {
    this.#redis.on('ready', listener);
  }

  /** Throws RedisAway, within the time of a command. */
  async run<Result>(command: RedisCommand, work: (redis: Redis) => Promise<Result>): Promise<Result> {
    const { name, watch } = this.#options;
    if (!this.isReady) throw new RedisAway(`the connection for ${name} is away`);
    if (this.#open >= MOST_OPEN) throw this.#failure('busy', `${MOST_OPEN} commands wait for their answers`);
    const begin = performance.now();
    this.#open += 1;
    try {
      const result = await this.#inTime(work(this.#redis));
      watch.done(command, (performance.now() - begin) / 1_000);
      return result;
    } catch (error) {
      throw error instanceof RedisAway ? error : this.#judge(error);
    } finally {
      this.#open -= 1;
    }
  }

  /** Gives up this connection for a new one. */
  reconnect(reason: string): void {
    if (!this.isReady) return;
    this.#leaving = true;
    this.#options.watch.lost(this.#options.name, reason);
    this.#redis.disconnect(true);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#connecting);
    this.#redis.disconnect();
  }

  async #begin(): Promise<void> {
    for (let attempt = 1; !(await this.renew()) && !this.#closed; attempt += 1)
      await sleep(backoffMs(attempt, this.#options.random()), undefined, { ref: false });
    if (!this.#closed) await this.#redis.connect().catch(() => undefined);
  }

  async #inTime<Result>(answer: Promise<Result>): Promise<Result> {
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    const late = Promise.withResolvers<never>();
    // When this process itself was busy, the answer may have come and wait to be read: it is, before the check is made.
    const timer = setTimeout(() => setImmediate(() => late.reject(LATE)), timeoutMs);
    try {
      return await Promise.race([answer, late.promise]);
    } catch (error) {
      if (error !== LATE) throw error;
      answer.catch(() => undefined);
      // What was sent before is answered before: nothing that is sent now would be answered any sooner.
      this.reconnect(`no answer within ${timeoutMs} ms`);
      throw this.#failure('timeout', `no answer within ${timeoutMs} ms`);
    } finally {
      clearTimeout(timer);
    }
  }

  #judge(error: unknown): RedisAway {
    const said = error instanceof Error ? error.message : String(error);
    if (!(error instanceof Error) || error.name !== 'ReplyError') return this.#failure('connection', said);
    if (/^(READONLY|MASTERDOWN)/.test(said)) this.#seekPrimary(said);
    return this.#failure('refused', said);
  }

  #failure(reason: RedisFailure, message: string): RedisAway {
    this.#options.watch.failed(reason);
    return new RedisAway(message);
  }

  #seekPrimary(said: string): void {
    const now = performance.now();
    if (now - this.#soughtPrimaryAt < NEW_PRIMARY_MS) return;
    this.#soughtPrimaryAt = now;
    this.reconnect(said);
  }

  /** A server that takes the connection and says nothing more would hold it for ever. */
  #limitConnecting(): void {
    clearTimeout(this.#connecting);
    this.#connecting = setTimeout(() => this.#redis.disconnect(true), CONNECT_MS);
    this.#connecting.unref();
  }
}

const LATE = new Error('late');

function backoffMs(attempt: number, random: number): number {
  return Math.round(Math.min(1_000, 50 * 2 ** Math.min(attempt - 1, 5)) * (0.5 + random / 2));
}

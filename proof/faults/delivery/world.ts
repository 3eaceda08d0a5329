import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool, type Pool } from '../../../backend/platform/database/pool.ts';
import { type Random, randomOf } from '../../../backend/platform/random.ts';
import { until } from '../running.ts';
import { deliveryFaults, untold } from './checker.ts';
import { Follower, type FollowerOptions } from './follower.ts';
import type { Ground, GroundDatabase } from './ground.ts';
import { Pod } from './pod.ts';
import { Writer } from './writer.ts';

export type Pace = {
  /** Times the stated durations. */
  readonly scale: number;
  /** Longest silence between two signs of life of the server, ms. */
  readonly heartbeatMs: number;
};

export type WorldOptions = {
  readonly name: string;
  readonly ground: Ground;
  readonly base: string;
  readonly seed: number;
  readonly pace: Pace;
  readonly signal: AbortSignal;
};

type Silence = { readonly follower: Follower; readonly from: number; readonly until: number };

/** What a fault happens to: a database, one writer, processes of role api, and programs that follow. */
export class World implements AsyncDisposable {
  readonly ground: Ground;
  readonly database: GroundDatabase;
  readonly folder: string;
  readonly random: Random;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  /** As the owner of the tables. */
  readonly owner: Pool;
  readonly pods: Pod[] = [];
  readonly followers: Follower[] = [];
  /** Said of what happened, in the table. */
  readonly notes: string[] = [];
  readonly faults: string[] = [];
  readonly #silences: Silence[] = [];
  readonly #writers: Writer[] = [];

  private constructor(options: WorldOptions, database: GroundDatabase) {
    const { ground, base, name, seed, pace, signal } = options;
    this.ground = ground;
    this.pace = pace;
    this.signal = signal;
    this.database = database;
    this.folder = join(base, name);
    mkdirSync(this.folder);
    this.random = randomOf(`delivery ${seed} ${name}`);
    this.owner = createPool({
      ...{ url: database.ownerUrl, name: 'faults-owner', size: 4, statementTimeoutMs: 600_000 },
      onError: () => undefined,
    });
  }

  static async open(options: WorldOptions): Promise<World> {
    return new World(options, await options.ground.database(options.name.replaceAll('-', '_').toLowerCase()));
  }

  get writer(): Writer {
    const writer = this.#writers.at(-1);
    if (writer === undefined) throw new Error('nobody writes');
    return writer;
  }

  /** Events that were acknowledged so far. */
  sent(): number {
    return this.#writers.at(-1)?.sent.length ?? 0;
  }

  /** The one that was started last is `writer`; it takes what was written before for sent. */
  async startWriter(): Promise<Writer> {
    const { facts } = this.ground;
    const writer = await Writer.start({ url: this.database.url, facts, random: this.random, pauseMs: 20 });
    this.#writers.push(writer);
    return writer;
  }

  async startPod(settings: Readonly<Record<string, string>> = {}): Promise<Pod> {
    const pod = await Pod.start({
      name: `pod-${this.pods.length + 1}`,
      folder: this.folder,
      databaseUrl: this.database.url,
      settings: { SUBSCRIPTION_CHECKPOINT_MS: String(this.pace.heartbeatMs), ...settings },
      signal: this.signal,
    });
    this.pods.push(pod);
    return pod;
  }

  follow(name: string, port: number, more: Partial<FollowerOptions> = {}): Follower {
    const follower = new Follower({
      ...{ name, folder: this.folder, url: `ws://127.0.0.1:${port}/graphql` },
      ...{ side: null, after: null, afterSeq: 0, goOn: false, stallAfterMs: 2 * this.pace.heartbeatMs },
      ...more,
    });
    this.followers.push(follower);
    return follower;
  }

  /** One pod, one writer, and two who follow: all of it, and one side. */
  async usual(settings: Readonly<Record<string, string>> = {}): Promise<Pod> {
    const pod = await this.startPod(settings);
    await this.startWriter();
    this.follow('all', pod.front.port);
    this.follow('longs', pod.front.port, { side: 'LONG' });
    await this.flows();
    return pod;
  }

  /** Waits until each of them has seen more than now: things are as usual. */
  async flows(followers: readonly Follower[] = this.followers, more = 20): Promise<void> {
    const before = new Map(followers.map((follower) => [follower, follower.heard().length]));
    await this.until('events flow', () =>
      followers.every((follower) => follower.heard().length >= (before.get(follower) ?? 0) + more),
    );
  }

  /** An idle wait of the stated length, scaled. */
  async wait(seconds: number): Promise<number> {
    const ms = Math.max(1_000, seconds * 1_000 * this.pace.scale);
    await sleep(ms, undefined, { signal: this.signal });
    return ms;
  }

  until(what: string, isSo: () => boolean | Promise<boolean>, seconds = 90): Promise<void> {
    return until(what, isSo, { signal: this.signal, seconds });
  }

  /** From now on nothing can reach them. Longer than two signs of life: they must be told. The result ends it. */
  silence(followers: readonly Follower[]): () => void {
    const from = Date.now();
    return () => {
      for (const follower of followers) this.#silences.push({ follower, from, until: Date.now() });
    };
  }

  /** Ends the writing, waits for the last event everywhere, and compares. */
  async settle(seconds = 120): Promise<void> {
    await this.writer.stop();
    const { sent } = this.writer;
    const missing = (follower: Follower): boolean => {
      const { filter, after } = follower.expectation;
      const last = sent.findLast(({ seq, side }) => seq > after && (filter === 'all' || side === filter));
      return last !== undefined && !follower.heard().some(({ seq }) => seq === last.seq);
    };
    await this.until('the last event', () => !this.followers.some(missing), seconds).catch((error: Error) => {
      this.signal.throwIfAborted();
      this.faults.push(error.message);
    });
    // What comes twice comes late.
    await sleep(500);
    for (const follower of this.followers) {
      this.faults.push(...deliveryFaults(sent, follower.heard(), follower.expectation));
      if (follower.end !== null)
        this.faults.push(`${follower.name} ended: ${follower.end}, ${follower.told().at(-1)?.detail}`);
    }
    const { heartbeatMs } = this.pace;
    for (const { follower, from, until: end } of this.#silences)
      if (end - from > 2 * heartbeatMs && untold(follower.told(), { from, until: end, graceMs: heartbeatMs }))
        this.faults.push(`${follower.name} was not told of a silence of ${end - from} ms`);
  }

  expect(isSo: boolean, otherwise: string): void {
    if (!isSo) this.faults.push(otherwise);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const follower of this.followers) {
      follower.signal('SIGCONT');
      follower.kill();
    }
    for (const pod of this.pods) await pod[Symbol.asyncDispose]();
    await this.ground.start();
    for (const writer of this.#writers) await writer[Symbol.asyncDispose]();
    await this.owner.end();
    await this.ground.drop(this.database).catch(() => undefined);
  }
}

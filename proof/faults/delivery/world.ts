import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool, type Pool } from '../../../backend/platform/database/pool.ts';
import { type Random, randomOf } from '../../../backend/platform/random.ts';
import type { Machine } from '../../common/machine/machine.ts';
import { until } from '../../common/running.ts';
import { Announcer } from './announcer.ts';
import { Asker, type AskingOptions } from './asker.ts';
import { deliveryFaults } from './checker.ts';
import type { SmallDisk } from './disk.ts';
import { Follower, type FollowerOptions } from './follower.ts';
import type { Ground, GroundDatabase } from './ground.ts';
import type { Lane, Stand } from './lane.ts';
import { Pod, type PodOptions } from './pod.ts';
import { Silences } from './silences.ts';
import { type Acknowledged, Writer, type WriterOptions } from './writer.ts';

export type Pace = {
  /** Times the stated durations. */
  readonly scale: number;
  /** Longest silence between two signs of life of the server, ms. */
  readonly heartbeatMs: number;
};

export type WorldOptions = {
  readonly name: string;
  readonly lane: Lane;
  /** It takes nothing that a fault before has left, and leaves nothing. */
  readonly isAlone: boolean;
  readonly seed: number;
  readonly pace: Pace;
  /** Aborted when its time is over. */
  readonly signal: AbortSignal;
  /** Aborted when everything is to end. */
  readonly stop: AbortSignal;
  /** On which its database lies; null: on the usual one. */
  readonly disk: SmallDisk | null;
  readonly machine: Machine;
};

/** Others want this machine, too. */
const LOOK_MS = 40;

type More = Partial<Pick<PodOptions, 'repository' | 'logFolder' | 'settings'>>;

/** What a fault happens to: a database, one writer, processes of role api, and programs that follow. */
export class World {
  readonly lane: Lane;
  readonly folder: string;
  readonly random: Random;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  /** As the owner of the tables. */
  readonly owner: Pool;
  readonly pods: Pod[] = [];
  readonly followers: Follower[] = [];
  /** Who followed once, and has been judged. */
  readonly gone: Follower[] = [];
  /** Said of what happened, in the table. */
  readonly notes: string[] = [];
  readonly faults: string[] = [];
  /** What this machine was too late for to be held against anybody. */
  readonly unjudged: string[] = [];
  readonly machine: Machine;
  readonly announcer: Announcer | null;
  readonly #options: WorldOptions;
  readonly #stand: Stand;
  readonly #silences: Silences;
  readonly #askers: Asker[] = [];
  readonly #writers: Writer[] = [];
  readonly #undo: (() => Promise<void>)[] = [];

  private constructor(options: WorldOptions, stand: Stand, announcer: Announcer | null) {
    const { lane, name, seed, pace, signal, machine } = options;
    this.#options = options;
    this.machine = machine;
    this.#silences = new Silences(pace.heartbeatMs, machine);
    this.#stand = stand;
    this.announcer = announcer;
    this.lane = lane;
    this.pace = pace;
    this.signal = signal;
    this.folder = join(lane.folder, name);
    mkdirSync(this.folder, { mode: 0o755 });
    this.random = randomOf(`delivery ${seed} ${name}`);
    this.owner = createPool({
      ...{ url: stand.database.ownerUrl, name: 'faults-owner', size: 4, statementTimeoutMs: 600_000 },
      onError: () => undefined,
    });
  }

  static async open(options: WorldOptions): Promise<World> {
    const { lane, isAlone } = options;
    const announcer = lane.redis === null ? null : await Announcer.to(lane.redis.port);
    return new World(options, await lane.take(isAlone), announcer);
  }

  get disk(): SmallDisk {
    if (this.#options.disk === null) throw new Error('its database lies on the usual file system');
    return this.#options.disk;
  }

  get ground(): Ground {
    return this.lane.ground;
  }

  get database(): GroundDatabase {
    return this.#stand.database;
  }

  get writer(): Writer {
    const writer = this.#writers.at(-1);
    if (writer === undefined) throw new Error('nobody writes');
    return writer;
  }

  /** Events that were acknowledged to its writers; what was there before does not count. */
  sent(): number {
    return this.#writers.at(-1)?.sent.filter(({ at }) => at > 0).length ?? 0;
  }

  /** The one that was started last is `writer`; it takes what was written before for sent. */
  async startWriter(more: Partial<Pick<WriterOptions, 'url' | 'pauseMs'>> = {}): Promise<Writer> {
    const writer = await Writer.start({
      ...{ url: this.database.url, facts: this.ground.facts, random: this.random, pauseMs: 20 },
      announce: (seq) => this.announcer?.announce(seq),
      ...more,
    });
    this.#writers.push(writer);
    return writer;
  }

  /** One that the fault before has left, where nothing else is wanted of it. */
  async startPod(more: More = {}): Promise<Pod> {
    const left = Object.keys(more).length === 0 ? this.#stand.pods.pop() : undefined;
    const pod = left ?? (await Pod.start(this.#podOptions(more)));
    this.pods.push(pod);
    return pod;
  }

  /** One that is new, and perhaps not ready yet. */
  async launchPod(more: More = {}): Promise<Pod> {
    const pod = await Pod.launch(this.#podOptions(more));
    this.pods.push(pod);
    return pod;
  }

  #podOptions(more: More): PodOptions {
    return {
      name: `pod-${this.pods.length + 1}`,
      folder: this.folder,
      databaseUrl: this.database.url,
      redisPort: this.lane.redis?.port ?? null,
      repository: null,
      // Several lanes share this machine: that it is busy is no reason to turn anybody away.
      defaults: { SUBSCRIPTION_CHECKPOINT_MS: String(this.pace.heartbeatMs), OVERLOAD_DELAY_MS: '5000' },
      settings: {},
      signal: this.#options.stop,
      ...more,
    };
  }

  /** Begins where the last one with its filter was whole, in this world or one before it on the same database. */
  follow(name: string, port: number, more: Partial<FollowerOptions> = {}): Follower {
    const place = this.#stand.places.get(more.side ?? 'all');
    const follower = new Follower({
      ...{ name, folder: this.folder, url: `ws://127.0.0.1:${port}/graphql`, repository: null },
      ...{ side: null, after: place?.cursor ?? null, afterSeq: place?.seq ?? 0 },
      ...{ goOn: false, stallAfterMs: 2 * this.pace.heartbeatMs },
      ...more,
    });
    this.followers.push(follower);
    return follower;
  }

  /** One pod, one writer, and two who follow: all of it, and one side. */
  async usual(more: More = {}, writing: Partial<Pick<WriterOptions, 'url' | 'pauseMs'>> = {}): Promise<Pod> {
    const pod = await this.startPod(more);
    await this.startWriter(writing);
    this.follow('all', pod.front.port);
    this.follow('longs', pod.front.port, { side: 'LONG' });
    await this.flows();
    return pod;
  }

  /** Waits until each of them has seen more than now: things are as usual. */
  async flows(followers: readonly Follower[] = this.followers, more = 20): Promise<void> {
    const count = (follower: Follower): number =>
      follower.deliveries().reduce((sum, { events }) => sum + events.length, 0);
    const before = new Map(followers.map((follower) => [follower, count(follower)]));
    await this.until('events flow', () =>
      followers.every((follower) => count(follower) >= (before.get(follower) ?? 0) + more),
    );
  }

  /** Whether each of them was handed the last event up to a seq that it asked for. */
  haveHeard(seq: number, followers: readonly Follower[] = this.followers): boolean {
    return followers.every((follower) => follower.newest >= (this.lastFor(follower, seq)?.seq ?? 0));
  }

  /** An idle wait of the stated length, scaled. */
  async wait(seconds: number): Promise<number> {
    const ms = Math.max(1_000, seconds * 1_000 * this.pace.scale);
    await sleep(ms, undefined, { signal: this.signal });
    return ms;
  }

  until(what: string, isSo: () => boolean | Promise<boolean>, seconds = 90): Promise<void> {
    return until(what, isSo, { signal: this.signal, seconds, everyMs: LOOK_MS });
  }

  /** From now on nothing can reach them. Longer than two signs of life: they must be told. The result ends it. */
  silence(followers: readonly Follower[]): () => void {
    return this.#silences.begin(followers, true);
  }

  /** From now on they may find that nothing comes, for a reason that the fault states. The result ends it. */
  mayStall(followers: readonly Follower[] = [...this.followers]): () => void {
    return this.#silences.begin(followers, false);
  }

  /** Somebody who asks all the time, until the world ends. */
  ask(port: number, more: Partial<AskingOptions> = {}): Asker {
    const asker = new Asker(this.folder, `http://127.0.0.1:${port}/graphql`, more);
    this.#askers.push(asker);
    return asker;
  }

  /** Sees that events flow, ends the writing, waits for the last event everywhere, and compares. */
  async settle(seconds = 120): Promise<void> {
    // Nothing that follows may have been broken for good.
    if (!this.writer.isStopped) await this.flows();
    await this.writer.stop();
    const { sent } = this.writer;
    await this.until('the last event', () => this.haveHeard(Infinity), seconds).catch((error: Error) => {
      this.signal.throwIfAborted();
      this.faults.push(error.message);
    });
    // What comes twice comes late.
    await sleep(500);
    for (const follower of this.followers) this.judge(follower, sent);
    const { faults, unjudged } = this.#silences.judge([...this.followers, ...this.gone], this.writer.sent);
    this.faults.push(...faults);
    this.unjudged.push(...unjudged);
  }

  /** Holds what it was handed against what was sent; it must be there still. */
  judge(follower: Follower, sent: readonly Acknowledged[]): void {
    const wrong = deliveryFaults(sent, follower.heard(), follower.expectation);
    const { end } = follower;
    if (end !== null) wrong.push(`${follower.name} ended: ${end}, ${follower.told().at(-1)?.detail}`);
    this.faults.push(...wrong);
    const { filter } = follower.expectation;
    const last = follower.deliveries().at(-1);
    if (wrong.length === 0 && last !== undefined)
      this.#stand.places.set(filter, { cursor: last.cursor, seq: this.writer.head });
  }

  /** One that has ended for good, as it should: it was handed all of it up to there. */
  dismiss(follower: Follower, sent: readonly Acknowledged[]): void {
    const upTo = sent.filter(({ seq }) => seq <= follower.newest);
    this.faults.push(...deliveryFaults(upTo, follower.heard(), follower.expectation));
    this.letGo(follower);
  }

  letGo(follower: Follower): void {
    follower.kill();
    this.followers.splice(this.followers.indexOf(follower), 1);
    this.gone.push(follower);
  }

  expect(isSo: boolean, otherwise: string): void {
    if (!isSo) this.faults.push(otherwise);
  }

  /** Done when the world ends, whatever became of it; the newest first. */
  onEnd(undo: () => Promise<void>): void {
    this.#undo.push(undo);
  }

  /** What is whole is left for the next fault. */
  async close(isWhole: boolean): Promise<void> {
    for (const follower of this.followers) {
      follower.signal('SIGCONT');
      follower.kill();
    }
    for (const asker of this.#askers) asker.kill();
    for (const pod of this.pods) pod.mend();
    await this.ground.start();
    for (const undo of this.#undo.reverse()) await undo();
    for (const writer of this.#writers) await writer[Symbol.asyncDispose]();
    if (!isWhole) await this.#renewRedis();
    await this.announcer?.[Symbol.asyncDispose]();
    await this.owner.end();
    const leaves = isWhole && !this.#options.isAlone;
    for (const pod of this.pods)
      if (leaves && pod.isPlain) this.#stand.pods.push(pod);
      else await pod[Symbol.asyncDispose]();
    await this.lane.leave(this.#stand, leaves);
  }

  /** A fault that ended in its midst may have left it full, stopped or dead. */
  async #renewRedis(): Promise<void> {
    const { redis } = this.lane;
    await redis?.kill();
    await redis?.start();
  }

  /** The last event up to a seq that one asked for. */
  lastFor({ expectation: { filter, after } }: Follower, upTo: number): Acknowledged | undefined {
    return this.writer.sent.findLast(
      ({ seq, side }) => seq > after && seq <= upTo && (filter === 'all' || side === filter),
    );
  }
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { redisProgram, TestRedis } from '../../../backend/testing/redis.ts';
import { Ground, type GroundDatabase, type Soil } from './ground.ts';
import type { Pod } from './pod.ts';

/** A place in the stream up to which somebody has heard everything. */
export type Place = { readonly cursor: string; readonly seq: number };

/** What one fault leaves whole for the next one on the same lane: a database, pods that serve it, and places by filter. */
export type Stand = {
  readonly database: GroundDatabase;
  readonly pods: Pod[];
  readonly places: Map<string, Place>;
  /** Faults that it has outlived. */
  age: number;
};

/** A log that grew so long is not read again from its beginning by each newcomer. */
const MOST_FAULTS = 12;

/** Where one fault is struck after the other: a database server and a Redis of its own, which no other lane sees. */
export class Lane implements AsyncDisposable {
  readonly ground: Ground;
  readonly redis: TestRedis | null;
  readonly soil: Soil;
  readonly folder: string;
  #left: Stand | null = null;
  #databases = 0;

  private constructor(folder: string, soil: Soil, ground: Ground, redis: TestRedis | null) {
    this.folder = folder;
    this.soil = soil;
    this.ground = ground;
    this.redis = redis;
  }

  /** The data of the database server lies elsewhere where that is said. */
  static async open(soil: Soil, folder: string, data: string = folder): Promise<Lane> {
    mkdirSync(folder, { mode: 0o755 });
    const ground = await Ground.open(soil, join(data, 'postgres'));
    return new Lane(folder, soil, ground, redisProgram() === null ? null : await TestRedis.start());
  }

  /** What the fault before has left whole, or all new. */
  async take(isAlone: boolean): Promise<Stand> {
    const left = this.#left;
    if (left !== null && !isAlone) {
      this.#left = null;
      return left;
    }
    this.#databases += 1;
    return { database: await this.ground.database(`faults_${this.#databases}`), pods: [], places: new Map(), age: 0 };
  }

  /** Takes it back: for the next fault when it is whole, else away. */
  async leave(stand: Stand, isWhole: boolean): Promise<void> {
    stand.age += 1;
    if (isWhole && this.#left === null && stand.age < MOST_FAULTS) this.#left = stand;
    else await this.#clear(stand);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#left !== null) await this.#clear(this.#left);
    await this.ground[Symbol.asyncDispose]();
    await this.redis?.[Symbol.asyncDispose]();
  }

  async #clear({ database, pods }: Stand): Promise<void> {
    for (const pod of pods.splice(0)) await pod[Symbol.asyncDispose]();
    await this.ground.drop(database).catch(() => undefined);
  }
}

import type { Clock } from '../platform/clock.ts';
import type { Queryable } from '../platform/database/pool.ts';
import type { Provenance } from './bar.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * The clock of the data for a process that takes in none itself: the moment that the newest stored batch was known. With live data, and
 * before there is any, that is the machine's clock. It looks once a second and keeps the last answer while the database is away.
 */
export class StoredClock implements Clock {
  readonly #database: Queryable;
  readonly #wall: Clock;
  #known: number | null = null;

  constructor(database: Queryable, wall: Clock) {
    this.#database = database;
    this.#wall = wall;
  }

  now(): number {
    return this.#known ?? this.#wall.now();
  }

  /** Looks now and from now on; answers what ends it. */
  async start(): Promise<() => void> {
    await this.#look();
    const timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  async #look(): Promise<void> {
    try {
      const { rows } = await this.#database.query<{ known: number; provenance: Provenance }>(
        `select newest.known_time as known, s.provenance
           from ingest_shard h
           join lateral (select known_time, recorded_at from ingest_batch b where b.shard = h.shard order by last_seq desc limit 1) newest on true
           join source s on h.shard like s.source_id || '/%'
          order by newest.recorded_at desc limit 1`,
      );
      const newest = rows[0];
      const recorded = newest !== undefined && (newest.provenance === 'REPLAY' || newest.provenance === 'SYNTHETIC');
      this.#known = recorded ? newest.known : null;
    } catch {
      // The next look comes in a second; health tells of a database that is away.
    }
  }
}

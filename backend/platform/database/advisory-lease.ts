import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** A right that one process has at a time. */
export type Held = {
  /** Aborted when the right is lost, or may be: what it allows must stop then. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
};

export type LeaseOptions = {
  readonly url: string;
  /** Equal names are one right. May hold what nobody should see: it is hashed. */
  readonly name: string;
  /** How often a process that stands by looks, ms. */
  readonly lookMs?: number;
  /** Told why it could not ask. */
  readonly onError: (error: unknown) => void;
};

const LOOK_MS = 1_000;
const PROVE_MS = 5_000;
const CONNECT_MS = 5_000;

/**
 * A right kept by an advisory lock of PostgreSQL on a session of its own: it ends with the session, so a process that dies leaves it, and one
 * whose session breaks knows that it may be somebody else's. Needs a direct connection: a pooler in transaction mode would share the session.
 */
export class AdvisoryLease {
  readonly #options: LeaseOptions;
  readonly #key: string;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#key = createHash('sha256').update(`lease ${options.name}`).digest().readBigInt64BE(0).toString();
  }

  /** Waits until it is ours, also for a database that is away; throws the signal's reason when aborted. `onWait` is called once. */
  async acquire(signal: AbortSignal, onWait: () => void): Promise<Held> {
    let waited = false;
    for (;;) {
      signal.throwIfAborted();
      const held = await this.#try().catch((error: unknown) => {
        this.#options.onError(error);
        return null;
      });
      if (held !== null) return held;
      if (!waited) onWait();
      waited = true;
      await sleep(this.#options.lookMs ?? LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #try(): Promise<Held | null> {
    const client = new pg.Client({
      connectionString: this.#options.url,
      application_name: 'heliograph-lease',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: PROVE_MS,
      keepAlive: true,
    });
    const lost = new AbortController();
    const lose = (): void => lost.abort(new Error('the session that held the lease is over'));
    client.on('error', lose);
    client.on('end', lose);
    try {
      await client.connect();
      const { rows } = await client.query<{ ours: boolean }>('select pg_try_advisory_lock($1) as ours', [this.#key]);
      if (rows[0]?.ours !== true) {
        await client.end();
        return null;
      }
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    // A peer that vanished without a word is noticed by asking.
    const proof = setInterval(() => void client.query('select 1').catch(lose), PROVE_MS);
    proof.unref();
    return {
      lost: lost.signal,
      release: async () => {
        clearInterval(proof);
        await client.end().catch(() => undefined);
      },
    };
  }
}

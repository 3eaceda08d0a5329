import { setTimeout as sleep } from 'node:timers/promises';
import { appendEvents, executeOn } from '../../../backend/log/append.ts';
import type { NewEvent } from '../../../backend/log/event.ts';
import { PUBLIC_STREAM } from '../../../backend/log/event.ts';
import { createPool, isTransient, type Pool, transaction } from '../../../backend/platform/database/pool.ts';
import type { Random } from '../../../backend/platform/random.ts';
import { changeEvent, parseSignalEvent } from '../../../backend/signals/signal-event.ts';
import type { Sent } from './checker.ts';
import type { Facts } from './ground.ts';

/** As it was acknowledged, with the moment (ms since 1970) of that; 0 for what was there before. */
export type Acknowledged = Sent & { readonly at: number };

const MOST_EVENTS = 4;
const RETRY_MS = 50;
/** So long a database that was struck may stay away after the end, ms. */
const PATIENCE_MS = 30_000;

export type WriterOptions = {
  readonly url: string;
  readonly facts: Facts;
  readonly random: Random;
  /** Between two transactions, ms. */
  readonly pauseMs: number;
  /** Tells those who read that there is something new. */
  readonly announce: (seq: number) => void;
};

/**
 * Appends events as the engine does, one transaction after the other, and knows what was acknowledged. What it was not told of (the
 * connection broke at the commit) it looks up: an event is there or is written again, never twice.
 */
export class Writer implements AsyncDisposable {
  readonly sent: Acknowledged[] = [];
  /** Transactions whose outcome was unknown, that were refused for want of space, and that were done again. */
  readonly unsure = { unknown: 0, refused: 0, repeated: 0 };
  readonly #options: WriterOptions;
  readonly #pool: Pool;
  readonly #stop = new AbortController();
  #stoppedAt: number | null = null;
  #running: Promise<void> = Promise.resolve();
  #count = 0;

  private constructor(options: WriterOptions) {
    this.#options = options;
    this.#pool = createPool({
      ...{ url: options.url, name: 'faults-writer', size: 2, statementTimeoutMs: 30_000 },
      onError: () => undefined,
    });
  }

  /** Begins after what is there already, which counts as sent. */
  static async start(options: WriterOptions): Promise<Writer> {
    const writer = new Writer(options);
    for (const one of await writer.#storedAfter(0)) writer.sent.push({ ...one, at: 0 });
    writer.#running = writer.#run();
    return writer;
  }

  get head(): number {
    return this.sent.at(-1)?.seq ?? 0;
  }

  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Throws what it could not cope with. */
  async stop(): Promise<void> {
    this.#stoppedAt ??= performance.now();
    this.#stop.abort();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => undefined);
    await this.#pool.end();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const events = Array.from({ length: this.#options.random.integer(1, MOST_EVENTS + 1) }, () => this.#next());
      await this.#append(events);
      await sleep(this.#options.pauseMs);
    }
  }

  #next(): NewEvent {
    this.#count += 1;
    const facts = this.#options.facts[this.#options.random.chance(0.5) ? 'LONG' : 'SHORT'];
    const { signalId } = facts;
    return changeEvent(facts, { signalId, type: 'TRIGGERED', occurredAt: Date.now(), reason: `n${this.#count}` });
  }

  async #append(events: readonly NewEvent[]): Promise<void> {
    for (;;) {
      try {
        await transaction(this.#pool, (connection) => appendEvents(executeOn(connection), PUBLIC_STREAM, events));
      } catch (error) {
        if (isDiskFull(error)) this.unsure.refused += 1;
        else if (this.#mayGoOnAfter(error)) this.unsure.unknown += 1;
        else throw error;
      }
      const at = Date.now();
      const stored = await this.#patiently(() => this.#storedAfter(this.head));
      for (const one of stored) this.sent.push({ ...one, at });
      if (stored.length > 0) return this.#options.announce(this.head);
      this.unsure.repeated += 1;
      await sleep(RETRY_MS);
    }
  }

  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!this.#mayGoOnAfter(error)) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  /** A database that is away comes back; one that has not when all is over is lost. */
  #mayGoOnAfter(error: unknown): boolean {
    return isTransient(error) && performance.now() - (this.#stoppedAt ?? Number.POSITIVE_INFINITY) < PATIENCE_MS;
  }

  async #storedAfter(seq: number): Promise<Sent[]> {
    const { rows } = await this.#pool.query<{ seq: number; body: string; schemaVersion: number }>(
      `select seq, body, schema_version as "schemaVersion" from event_log where stream = $1 and seq > $2 order by seq`,
      [PUBLIC_STREAM, seq],
    );
    return rows.map((row) => {
      const { facts, change } = parseSignalEvent(row);
      return { seq: row.seq, id: change?.reason ?? '', side: facts.side };
    });
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '53100';
}

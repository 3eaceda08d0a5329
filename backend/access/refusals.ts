import type { Clock } from '../platform/clock.ts';
import type { Queryable } from '../platform/database/pool.ts';
import { type AuditEntry, audit } from './audit-log.ts';

const PER_SECOND = 5;

/**
 * Puts what was refused into the audit log. A stranger decides how often that is, so only so many a second are written; the next one says
 * how many were not. Nobody waits for it.
 */
export class Refusals {
  readonly #database: Queryable;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  #second = 0;
  #written = 0;
  #unwritten = 0;

  constructor(database: Queryable, clock: Clock, onFailure: (error: unknown) => void) {
    this.#database = database;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  async note(entry: AuditEntry): Promise<void> {
    const now = this.#clock.now();
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#written = 0;
    }
    if (this.#written >= PER_SECOND) {
      this.#unwritten += 1;
      return;
    }
    this.#written += 1;
    const more = this.#unwritten;
    this.#unwritten = 0;
    const detail = more === 0 ? entry.detail : `${entry.detail ?? ''} (and ${more} more that were not written)`.trim();
    await audit(this.#database, now, [{ ...entry, detail }]).catch(this.#onFailure);
  }
}

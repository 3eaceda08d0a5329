import type { Clock } from '../platform/clock.ts';
import { withCancellation } from '../platform/database/cancellation.ts';
import type { Queryable } from '../platform/database/pool.ts';
import { type AuditEntry, audit } from './audit-log.ts';

/** In ms: what is not written as it comes is told at the end of it. */
const WINDOW_MS = 5_000;
/** Of one kind: who asked for what, and why not. */
const IN_FULL = 3;
const ALL_IN_FULL = 50;
/** Beyond so many kinds those who ask are counted together. */
const MOST_KINDS = 500;

type Kind = { last: AuditEntry; seen: number; unwritten: number };

/**
 * Puts what was refused into the audit log. A stranger decides how often that is, so of each kind only the first few are written as they come;
 * the others are one line that names the same principal and operation, and how many they were. So nobody hides what he tried behind what he,
 * or somebody else, tries more often, and the log grows by no more than a few lines a second. Nobody waits for it.
 */
export class Refusals {
  readonly #database: Queryable;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  #kinds = new Map<string, Kind>();
  #inFull = 0;
  /** Of kinds that are not told apart any more. */
  #others = 0;
  #endsAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Queryable, clock: Clock, onFailure: (error: unknown) => void) {
    this.#database = database;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  async note(entry: AuditEntry): Promise<void> {
    const before = this.#clock.now() >= this.#endsAt ? this.#begin() : [];
    await this.#write(this.#isWritten(entry) ? [...before, entry] : before);
  }

  /** Writes what was only counted so far; for whoever stops. */
  async flush(): Promise<void> {
    await this.#write(this.#begin());
  }

  /** A new window; answers what is to be told of the one before. */
  #begin(): AuditEntry[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const told = [...this.#kinds.values()].filter(({ unwritten }) => unwritten > 0).map(summaryOf);
    const others = this.#others === 0 ? [] : [othersOf(this.#others)];
    this.#kinds = new Map();
    this.#inFull = 0;
    this.#others = 0;
    this.#endsAt = this.#clock.now() + WINDOW_MS;
    return [...told, ...others];
  }

  #isWritten(entry: AuditEntry): boolean {
    const { requestId: _one, ...same } = entry;
    const name = JSON.stringify(same);
    const kind = this.#kinds.get(name) ?? { last: entry, seen: 0, unwritten: 0 };
    const isNew = kind.seen === 0;
    kind.last = entry;
    kind.seen += 1;
    if (kind.seen <= IN_FULL && this.#inFull < ALL_IN_FULL) {
      this.#inFull += 1;
      this.#kinds.set(name, kind);
      return true;
    }
    this.#timer ??= setTimeout(() => void this.flush(), WINDOW_MS).unref();
    if (isNew && this.#kinds.size >= MOST_KINDS) this.#others += 1;
    else {
      kind.unwritten += 1;
      this.#kinds.set(name, kind);
    }
    return false;
  }

  async #write(entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return;
    // The operation that was refused is over at once, and takes with it what it began; its line has to stay.
    const writing = withCancellation(NEVER, () => audit(this.#database, this.#clock.now(), entries));
    await writing.catch(this.#onFailure);
  }
}

const NEVER = new AbortController().signal;

/** The last of them, and how many they were. */
function summaryOf({ last, unwritten }: Kind): AuditEntry {
  if (unwritten === 1) return last;
  return { ...last, detail: `${last.detail ?? ''} (the last of ${unwritten} that are told together)`.trim() };
}

function othersOf(count: number): AuditEntry {
  return {
    ...{ actor: 'others', tenant: null, action: 'anything', target: null, outcome: 'refused', requestId: null },
    detail: `more kinds than are told apart (the last of ${count} that are told together)`,
  };
}

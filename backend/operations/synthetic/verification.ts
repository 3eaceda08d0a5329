import type { SeenEvent } from './seen-event.ts';

/** missing: never came though what follows it did. reordered: came after what follows it. altered: is not what the log has, or not chained to the one before. */
export type EventFault = 'missing' | 'repeated' | 'reordered' | 'altered';

/** In a log that nobody reads the other way, or a stream that nobody follows, so many are remembered. */
const MOST_REMEMBERED = 10_000;
/** What was seen in the log shortly before a sign of life may have been written after it. ms */
const PATIENCE_MS = 5_000;

/**
 * Holds what a subscription brings against the order of the log, against the hashes that chain it, and against the log as a query shows it. Knows
 * no network; instants are ms of one clock. Answers what is wrong, each thing once.
 */
export class Verification {
  #last: Pick<SeenEvent, 'epoch' | 'seq' | 'hash'> | null;
  /** Seq that the history began with here. */
  #first: number;
  /** Known to be written and not yet here, and since when. */
  readonly #awaited = new Map<string, number>();
  /** Hash of what has come, until the log was seen to have it, and the other way round. */
  readonly #come = new Map<string, string>();
  readonly #logged = new Map<string, string>();
  /** Told as missing: if it still comes it comes after others. */
  readonly #givenUp = new Map<string, true>();

  /** The event that the subscription begins after; null for the beginning of the log. */
  constructor(last: SeenEvent | null) {
    this.#last = last;
    this.#first = last?.seq ?? 0;
  }

  /** An event that the subscription brought. */
  received(event: SeenEvent, at: number): EventFault[] {
    const key = keyOf(event);
    const last = this.#last;
    const faults: EventFault[] = this.#compare(key, event.hash, this.#logged, this.#come);
    const wasAwaited = this.#awaited.delete(key);
    if (last === null) {
      this.#first = event.seq;
      this.#last = event;
      return faults;
    }
    if (event.epoch === last.epoch && event.seq <= last.seq) {
      const isLate = wasAwaited || this.#givenUp.delete(key);
      return [...faults, isLate ? 'reordered' : 'repeated'];
    }
    const follows = event.seq === last.seq + 1;
    // Another history that this one goes on in shares the event before; any other is told as a problem first.
    if (follows ? event.prevHash !== last.hash : event.epoch !== last.epoch) faults.push('altered');
    if (event.epoch === last.epoch)
      for (let seq = last.seq + 1; seq < event.seq; seq += 1) this.#await(keyOf({ ...event, seq }), at);
    this.#last = event;
    return faults;
  }

  /** An event that the query showed. */
  logged(event: SeenEvent, at: number): EventFault[] {
    const key = keyOf(event);
    const isKnown = this.#come.has(key);
    const faults = this.#compare(key, event.hash, this.#come, this.#logged);
    const last = this.#last;
    // What lies between in the same history has come, or is awaited or given up since.
    const isBehind = last !== null && event.epoch === last.epoch && event.seq >= this.#first && event.seq <= last.seq;
    if (!isKnown && !isBehind) this.#await(key, at);
    return faults;
  }

  /** The service says that all that is written has been sent: what was known before that and is not here will not come. */
  upToDate(at: number): EventFault[] {
    const lost = [...this.#awaited].filter(([, since]) => since <= at - PATIENCE_MS);
    for (const [key] of lost) {
      this.#awaited.delete(key);
      remember(this.#givenUp, key, true);
    }
    return lost.map(() => 'missing');
  }

  /** After a restore: the next event begins another history. What was awaited of the one before is no more. */
  beginAnew(): void {
    this.#last = null;
    this.#awaited.clear();
  }

  #await(key: string, at: number): void {
    if (!this.#awaited.has(key)) remember(this.#awaited, key, at);
  }

  /** Both ways have shown it: then it is compared and forgotten. One has: it is kept for the other. */
  #compare(key: string, hash: string, other: Map<string, string>, own: Map<string, string>): EventFault[] {
    const expected = other.get(key);
    if (expected === undefined) {
      remember(own, key, hash);
      return [];
    }
    other.delete(key);
    return expected === hash ? [] : ['altered'];
  }
}

function keyOf({ epoch, seq }: Pick<SeenEvent, 'epoch' | 'seq'>): string {
  return `${epoch} ${seq}`;
}

/** The oldest is forgotten where there are too many. */
function remember<Value>(known: Map<string, Value>, key: string, value: Value): void {
  known.set(key, value);
  if (known.size <= MOST_REMEMBERED) return;
  const [oldest] = known.keys();
  if (oldest !== undefined) known.delete(oldest);
}

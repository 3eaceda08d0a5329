import type { LoggedEvent } from '../../log/event.ts';
import type { SignalEventBody } from '../../signals/signal-event.ts';
import type { StoredSignal } from '../../signals/signals.service.ts';

/** An event as it was read from the log: its text is not needed any more. */
export type ReadEvent = { readonly logged: Omit<LoggedEvent, 'body'>; readonly body: SignalEventBody };

/** The newest events of a stream without a gap between them, and the signals that they are about as they stand now. */
export class Ring {
  readonly #capacity: number;
  #events: ReadEvent[] = [];
  readonly #signals = new Map<string, { stored: StoredSignal; events: number }>();

  /** Holds at least `capacity` events once there were so many, and at most a quarter more. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#events.length;
  }

  /** Adds what follows the newest event. A signal that is known already is from now on what is given here. */
  push(events: readonly ReadEvent[], signals: ReadonlyMap<string, StoredSignal>): void {
    const found = events.map(({ logged, body }) => storedOf(logged.seq, body.facts.signalId, signals));
    for (const stored of found) {
      const known = this.#signals.get(stored.signal.id);
      if (known === undefined) this.#signals.set(stored.signal.id, { stored, events: 1 });
      else Object.assign(known, { stored, events: known.events + 1 });
    }
    this.#events.push(...events);
    if (this.#events.length > this.#capacity * 1.25) this.#forget(this.#events.length - this.#capacity);
  }

  clear(): void {
    this.#events = [];
    this.#signals.clear();
  }

  /** Up to `limit` events after `seq`; null when the first of them is not here. */
  after(seq: number, limit: number): readonly ReadEvent[] | null {
    const first = this.#events[0];
    if (first === undefined || seq < first.logged.seq - 1) return null;
    const from = seq + 1 - first.logged.seq;
    return this.#events.slice(from, from + limit);
  }

  signal(id: string): StoredSignal | undefined {
    return this.#signals.get(id)?.stored;
  }

  #forget(count: number): void {
    for (const { body } of this.#events.splice(0, count)) {
      const known = this.#signals.get(body.facts.signalId);
      if (known === undefined) continue;
      known.events -= 1;
      if (known.events === 0) this.#signals.delete(body.facts.signalId);
    }
  }
}

/** Every event's signal is stored in the transaction of its first event. */
export function storedOf(seq: number, id: string, signals: ReadonlyMap<string, StoredSignal>): StoredSignal {
  const stored = signals.get(id);
  if (stored === undefined) throw new Error(`Event ${seq} is about signal ${id}, which is not stored`);
  return stored;
}

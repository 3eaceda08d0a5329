import type { Checkpoint, Cursor, EventBatch, SignalEvent } from './types.ts';

export type Step =
  /** `events` are the new ones. `moved` tells whether the cursor is another one than before. */
  | { readonly kind: 'step'; readonly events: readonly SignalEvent[]; readonly moved: boolean }
  | { readonly kind: 'gap'; readonly lastCursor: Cursor; readonly nextCursor: Cursor | null };

/** How far the stream has been read, and whether the next item continues there. */
export class Position {
  #cursor: Cursor | undefined;
  /** Last seq of each stream and epoch. A new epoch counts on from the last common seq, so one number for all would drop its events. */
  readonly #seen = new Map<string, number>();

  constructor(cursor: Cursor | undefined) {
    this.#cursor = cursor;
  }

  get cursor(): Cursor | undefined {
    return this.#cursor;
  }

  /** Goes on from a cursor that somebody chose after a problem. */
  jump(cursor: Cursor): void {
    this.#cursor = cursor;
  }

  advance(item: EventBatch | Checkpoint): Step {
    const events = item.__typename === 'SignalEventBatch' ? item.events : [];
    const fresh = events.filter((event) => event.seq > (this.#seen.get(key(event)) ?? -1));
    const expected = this.#cursor;

    if (expected !== undefined && item.previousCursor !== expected) {
      // The same item once more skips nothing.
      const repeated = events.length === 0 ? item.cursor === expected : fresh.length === 0;
      if (repeated) return { kind: 'step', events: [], moved: false };
      return { kind: 'gap', lastCursor: expected, nextCursor: item.previousCursor };
    }
    for (const event of fresh) this.#seen.set(key(event), event.seq);
    return this.#move(item.cursor, fresh);
  }

  #move(cursor: Cursor, events: readonly SignalEvent[]): Step {
    const moved = cursor !== this.#cursor;
    this.#cursor = cursor;
    return { kind: 'step', events, moved };
  }
}

function key({ stream, epoch }: SignalEvent): string {
  return JSON.stringify([stream, epoch]);
}

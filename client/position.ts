import type { Cursor } from './types.ts';

/** An item of any stream: signals, bars, signs of life. */
export type Placed<Event> = {
  readonly cursor: Cursor;
  /** Cursor of the item before; null for the first item of a subscription that began without a cursor. */
  readonly previousCursor: Cursor | null;
  readonly events?: readonly Event[];
};

export type Step<Event> =
  /** `events` are the new ones. `moved` tells whether the cursor is another one than before. */
  | { readonly kind: 'step'; readonly events: readonly Event[]; readonly moved: boolean }
  /** The whole item came before. */
  | { readonly kind: 'repeat' }
  | Gap;

export type Gap = { readonly kind: 'gap'; readonly lastCursor: Cursor; readonly nextCursor: Cursor | null };

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

  advance<Event>({ cursor, previousCursor, events = [] }: Placed<Event>): Step<Event> {
    const placed = events.map((event) => ({ event, place: placeOf(event) }));
    const fresh = placed.filter(({ place }) => place === null || place.seq > (this.#seen.get(place.log) ?? -1));
    const expected = this.#cursor;

    if (expected !== undefined && previousCursor !== expected) {
      // The same item once more skips nothing.
      const named = placed.some(({ place }) => place !== null);
      const repeated = named ? fresh.length === 0 : cursor === expected;
      return repeated ? { kind: 'repeat' } : { kind: 'gap', lastCursor: expected, nextCursor: previousCursor };
    }
    for (const { place } of fresh) if (place !== null) this.#seen.set(place.log, place.seq);
    this.#cursor = cursor;
    return { kind: 'step', events: fresh.map(({ event }) => event), moved: cursor !== expected };
  }
}

/** Where an event stands in the log, as far as it was asked for. */
function placeOf(event: unknown): { readonly log: string; readonly seq: number } | null {
  if (typeof event !== 'object' || event === null) return null;
  if (!('stream' in event && 'epoch' in event && 'seq' in event) || typeof event.seq !== 'number') return null;
  return { log: JSON.stringify([event.stream, event.epoch]), seq: event.seq };
}

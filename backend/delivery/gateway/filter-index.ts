import type { SignalEventBody } from '../../signals/signal-event.ts';
import type { SignalFilter } from '../../signals/signal-filter.ts';

/**
 * Finds those who may want an event without asking all of them. A filter is kept under keys of which every event that matches has at least
 * one ("instruments=spy-us"); a filter without such keys is on the scan list, and asked each time. Whether it wants the event, the filter
 * itself has to say.
 */
export class FilterIndex<Entry> {
  readonly #byKey = new Map<string, Set<Entry>>();
  readonly #scanned = new Set<Entry>();
  readonly #keys = new Map<Entry, ReadonlySet<string> | null>();

  /** Length of the scan list. */
  get scanned(): number {
    return this.#scanned.size;
  }

  add(entry: Entry, filter: SignalFilter): void {
    const keys = keysOf(filter);
    this.#keys.set(entry, keys);
    if (keys === null) this.#scanned.add(entry);
    for (const key of keys ?? []) {
      const known = this.#byKey.get(key);
      if (known === undefined) this.#byKey.set(key, new Set([entry]));
      else known.add(entry);
    }
  }

  delete(entry: Entry): void {
    this.#scanned.delete(entry);
    for (const key of this.#keys.get(entry) ?? []) {
      const known = this.#byKey.get(key);
      known?.delete(entry);
      if (known?.size === 0) this.#byKey.delete(key);
    }
    this.#keys.delete(entry);
  }

  /** All whose filter can match the event, each once. */
  candidates({ facts }: SignalEventBody): ReadonlySet<Entry> {
    const found = new Set(this.#scanned);
    for (const [list, fact] of INDEXED)
      for (const entry of this.#byKey.get(keyOf(list, facts[fact])) ?? []) found.add(entry);
    return found;
  }
}

/** The lists of a filter that are indexed, with the fact of an event that they speak of. */
const INDEXED = [
  ['instruments', 'instrumentId'],
  ['models', 'modelVersionId'],
  ['timeframes', 'timeframe'],
  ['sides', 'side'],
] as const;

const keyOf = (list: string, value: string): string => `${list}=${value}`;

/** Keys of which every event that matches has at least one: none when nothing can match, null when there are no such keys. */
function keysOf(filter: SignalFilter): ReadonlySet<string> | null {
  const choices: (ReadonlySet<string> | null)[] = [
    ...INDEXED.map(([list]) => {
      const values = filter[list];
      return values === undefined ? null : new Set(values.map((value) => keyOf(list, value)));
    }),
    // All of them must hold, so that the keys of any one will do.
    ...(filter.and ?? []).map(keysOf),
    ...(filter.or === undefined ? [] : [union(filter.or.map(keysOf))]),
  ];
  return choices.reduce(
    (best, next) => (best === null || (next !== null && next.size < best.size) ? next : best),
    null,
  );
}

function union(sets: readonly (ReadonlySet<string> | null)[]): ReadonlySet<string> | null {
  const all = new Set<string>();
  for (const set of sets) {
    if (set === null) return null;
    for (const key of set) all.add(key);
  }
  return all;
}

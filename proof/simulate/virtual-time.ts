import type { Timers } from '../../backend/delivery/gateway/ports.ts';
import type { Clock } from '../../backend/platform/clock.ts';
import type { Random } from '../../backend/platform/random.ts';

type Due = { readonly at: number; readonly order: number; readonly run: () => void; isOff: boolean };

/** Time that passes only from one thing that is due to the next, and in an order of its own where several are due at once. */
export class VirtualTime implements Clock, Timers {
  readonly #random: Random;
  readonly #begin = Date.UTC(2026, 0, 5, 15);
  #now = 0;
  #due: Due[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** ms since 1970. */
  now(): number {
    return this.#begin + this.#now;
  }

  /** ms since the beginning of the run. */
  get elapsed(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const entry: Due = { at: this.#now + Math.max(0, ms), order: this.#random.next(), run, isOff: false };
    insert(this.#due, entry);
    return () => {
      entry.isOff = true;
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  turn(): Promise<void> {
    return this.sleep(0);
  }

  /** Lets everything happen that is due until then (ms since the beginning). */
  async run(until: number): Promise<void> {
    for (let next = this.#due[0]; next !== undefined && next.at <= until; next = this.#due[0]) {
      this.#due.shift();
      if (next.isOff) continue;
      this.#now = next.at;
      next.run();
      await settled();
    }
    this.#now = until;
  }
}

function before(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function insert(list: Due[], entry: Due): void {
  let [from, until] = [0, list.length];
  while (from < until) {
    const middle = (from + until) >> 1;
    const other = list[middle];
    if (other !== undefined && before(other, entry)) from = middle + 1;
    else until = middle;
  }
  list.splice(from, 0, entry);
}

/** Resolves when no promise has anything left to do: only then may time pass. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

import type { Random } from '../../platform/random.ts';

/**
 * Growing waits between attempts, spread so that many clients do not come back at once: "decorrelated jitter" of M. Brooker,
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ (each wait is drawn between the base and three times the last one).
 */
export class Backoff {
  readonly #base: number;
  readonly #cap: number;
  readonly #random: Random;
  #last: number;

  /** Shortest and longest wait in ms. */
  constructor({ base, cap, random }: { readonly base: number; readonly cap: number; readonly random: Random }) {
    this.#base = base;
    this.#cap = cap;
    this.#random = random;
    this.#last = base;
  }

  /** How long to wait now, ms. */
  next(): number {
    const spread = this.#random.uniform() * (this.#last * 3 - this.#base);
    this.#last = Math.min(this.#cap, this.#base + spread);
    return Math.round(this.#last);
  }

  reset(): void {
    this.#last = this.#base;
  }
}

/** How many messages one connection may send: so many at once, and so many a second over time. */
const BURST = 500;
const PER_SECOND = 100;

/** Counts the messages of one connection. Times are ms of a clock that never goes back. */
export class MessageRate {
  #left = BURST;
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  /** Whether one more may come. */
  take(now: number): boolean {
    this.#left = Math.min(BURST, this.#left + ((now - this.#at) / 1_000) * PER_SECOND) - 1;
    this.#at = now;
    return this.#left >= 0;
  }
}

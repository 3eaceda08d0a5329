/** Without a sign of life for so long a subscription is no good: two of those that the service promises. ms */
export const SILENCE_MS = 10_000;
/** So long a fault counts against the service. ms */
const FAULT_HOLDS_MS = 60_000;
/** A process that was stopped and goes on has watched nothing meanwhile. ms */
const MOST_AT_ONCE_MS = 5_000;

/** Whether a subscription is as promised, second by second. Instants are ms of a clock that never goes back. */
export class WatchedTime {
  #looked: number;
  #alive: number;
  #badUntil = Number.NEGATIVE_INFINITY;

  constructor(now: number) {
    this.#looked = now;
    this.#alive = now;
  }

  /** Events came, or a sign that there are none. */
  alive(now: number): void {
    this.#alive = now;
  }

  fault(now: number): void {
    this.#badUntil = now + FAULT_HOLDS_MS;
  }

  isGood(now: number): boolean {
    return now >= this.#badUntil && now - this.#alive <= SILENCE_MS;
  }

  /** The seconds since it was last asked, and what they were. */
  look(now: number): { readonly result: 'good' | 'bad'; readonly seconds: number } {
    const seconds = Math.min(now - this.#looked, MOST_AT_ONCE_MS) / 1_000;
    this.#looked = now;
    return { result: this.isGood(now) ? 'good' : 'bad', seconds };
  }
}

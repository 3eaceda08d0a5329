import type { Clock } from '../platform/clock.ts';

/**
 * The clock of a feed: it is moved by what the feed delivers and runs on in between at the feed's speed, so that a feed which falls
 * silent grows old. Between two batches it may run ahead a little and is set right by the next one.
 */
export class FeedClock implements Clock {
  #wall: Clock;
  #isLive = false;
  #speed = 0;
  /** Null until the feed has delivered anything: then the machine's clock is all there is. */
  #at: number | null = null;
  #setAt = 0;

  constructor(wall: Clock) {
    this.#wall = wall;
  }

  /** From here on it is the time of a venue, which goes on whatever is delivered. */
  follow(venue: Clock): void {
    this.#wall = venue;
    this.#isLive = true;
    this.#at = null;
  }

  now(): number {
    const wall = this.#wall.now();
    return this.#at === null ? wall : this.#at + Math.max(0, wall - this.#setAt) * this.#speed;
  }

  /** The feed has reached `instant` (ms); from here it runs at `speed` times real time, 0 for a feed that does not wait. */
  moveTo(instant: number, speed: number): void {
    if (this.#isLive) return;
    this.#at = Math.max(instant, this.#at ?? instant);
    this.#setAt = this.#wall.now();
    this.#speed = speed;
  }

  /** The feed has ended: its time stands still. */
  stop(): void {
    if (this.#isLive) return;
    this.#at = this.now();
    this.#speed = 0;
  }
}

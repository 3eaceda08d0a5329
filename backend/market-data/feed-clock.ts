import type { Clock } from '../platform/clock.ts';

/**
 * The clock of a feed: it is moved by what the feed delivers and runs on in between at the feed's speed, so that a feed which falls
 * silent grows old. Between two batches it may run ahead a little and is set right by the next one.
 */
export class FeedClock implements Clock {
  readonly #wall: Clock;
  #speed = 0;
  #at: number;
  #setAt: number;

  /** `start` in ms; it stands still until it is moved. */
  constructor(wall: Clock, start: number) {
    this.#wall = wall;
    this.#at = start;
    this.#setAt = wall.now();
  }

  now(): number {
    return this.#at + Math.max(0, this.#wall.now() - this.#setAt) * this.#speed;
  }

  /** The feed has reached `instant` (ms); from here it runs at `speed` times real time, 0 for a feed that does not wait. */
  moveTo(instant: number, speed: number): void {
    this.#at = Math.max(instant, this.#at);
    this.#setAt = this.#wall.now();
    this.#speed = speed;
  }

  /** The feed has ended: its time stands still. */
  stop(): void {
    this.#at = this.now();
    this.#speed = 0;
  }
}

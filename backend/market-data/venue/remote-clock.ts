import type { Clock } from '../../platform/clock.ts';
import type { Timer } from '../pacing.ts';

/** Readings that lie closer together tell no speed: the network's delay would be most of it. ms */
const SPAN = 100;
/** What a reading may be wrong by, ms of real time: the network and a busy machine. */
const READING_ERROR = 250;

/**
 * The time of a server that plays a recording, as it tells it when it is asked: it goes on at the speed that the last readings show, and never goes
 * back. Nights may be leapt over, so it is to be read again every second or so.
 */
export class RemoteClock implements Clock {
  readonly #timer: Timer;
  readonly #wall: Clock;
  #last: { readonly time: number; readonly read: number } | null = null;
  /** Between the last readings, newest last. */
  #speeds: readonly number[] = [];
  #shown = Number.NEGATIVE_INFINITY;

  constructor(timer: Timer, wall: Clock) {
    this.#timer = timer;
    this.#wall = wall;
  }

  get isKnown(): boolean {
    return this.#speeds.length > 1;
  }

  /** Times real time, as far as it is known. A leap over a night is in one of two spans only: the lesser one is the pace. */
  get speed(): number {
    return this.#speeds.length === 0 ? 1 : Math.min(...this.#speeds);
  }

  /** How far `now` may be from the server's time, ms of the recording. */
  get error(): number {
    return this.speed * READING_ERROR;
  }

  /** Before the first reading the machine's time is all there is. */
  now(): number {
    if (this.#last === null) return this.#wall.now();
    const extrapolated = this.#last.time + (this.#timer.now() - this.#last.read) * this.speed;
    this.#shown = Math.max(this.#shown, extrapolated);
    return this.#shown;
  }

  /** The server said `time` (ms) just now. Soon after another reading only a leap is news. */
  read(time: number): void {
    const read = this.#timer.now();
    const last = this.#last;
    if (last !== null && read - last.read < SPAN) {
      if (time <= this.now() + this.error) return;
    } else if (last !== null) {
      this.#speeds = [...this.#speeds.slice(-1), Math.max(0, (time - last.time) / (read - last.read))];
    }
    this.#last = { time, read };
  }
}

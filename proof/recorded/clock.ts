import type { Clock } from '../../backend/platform/clock.ts';

/** The recorded time: it runs at a speed from where it was set, or, at speed 0, stands until it is set again. Never goes back. */
export class RecordedClock implements Clock {
  readonly speed: number;
  #set: { readonly recorded: number; readonly real: number };

  constructor({ at, speed }: { readonly at: number; readonly speed: number }) {
    this.speed = speed;
    this.#set = { recorded: at, real: performance.now() };
  }

  now(): number {
    return this.#set.recorded + (performance.now() - this.#set.real) * this.speed;
  }

  moveTo(instant: number): void {
    this.#set = { recorded: Math.max(instant, this.now()), real: performance.now() };
  }
}

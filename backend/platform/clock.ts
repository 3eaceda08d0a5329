/** Where the time comes from. Instants are milliseconds since 1970-01-01T00:00:00Z everywhere in the backend. */
export interface Clock {
  now(): number;
}

/** The machine's clock. */
export const wallClock: Clock = { now: () => Date.now() };

/** A clock that is moved by whoever owns the time line: the bars of a replay, a simulated session, a test. It never goes back. */
export class ManualClock implements Clock {
  #now: number;

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  advanceTo(instant: number): void {
    if (instant > this.#now) this.#now = instant;
  }
}

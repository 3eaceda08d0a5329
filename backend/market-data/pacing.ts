import { setTimeout } from 'node:timers/promises';
import { InvalidInput } from '../platform/errors.ts';

/** How many times faster than real time bars come; 'max' is without any waiting. */
export type Speed = number | 'max';

/** What pacing needs of the machine: a clock that never goes back (ms from any zero) and a sleep that an abort ends. */
export interface Timer {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<unknown>;
}

export const systemTimer: Timer = {
  now: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
};

const HIGHEST_SPEED = 1_000_000;
const TRADING_MINUTE = 60_000;
/** A reader that was away longer than this does not get what it missed in one burst. ms */
const MOST_BEHIND = 1_000;

/** The value of --speed. */
export function parseSpeed(text: string): Speed {
  if (text === 'max') return 'max';
  const speed = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return checkSpeed(speed >= 1 && speed <= HIGHEST_SPEED ? speed : text);
}

/** Gives `speed` back when a source can run at it. */
export function checkSpeed(speed: unknown): Speed {
  if (speed === 'max') return speed;
  if (typeof speed === 'number' && speed >= 1 && speed <= HIGHEST_SPEED) return speed;
  throw new InvalidInput('--speed', speed, `a whole number from 1 to ${HIGHEST_SPEED}, or "max"`);
}

/**
 * Lets recorded or invented time pass at a speed. Between two moments of the same session their real distance is waited for; what lies
 * between sessions (night, weekend, holiday) is leapt over as if it lasted one trading minute.
 */
export class Pacer {
  readonly #speed: Speed;
  readonly #timer: Timer;
  readonly #signal: AbortSignal;
  #last: { readonly moment: number; readonly sessionDate: string | null } | null = null;
  #due: number | null = null;

  constructor(options: { readonly speed: Speed; readonly timer: Timer; readonly signal: AbortSignal }) {
    this.#speed = options.speed;
    this.#timer = options.timer;
    this.#signal = options.signal;
  }

  /** Resolves when it is the turn of `moment` (ms, not before the one of the last call); the first call does not wait. Throws the signal's reason when aborted. */
  async wait(moment: number, sessionDate: string | null): Promise<void> {
    this.#signal.throwIfAborted();
    const distance = this.#distance(moment, sessionDate);
    this.#last = { moment, sessionDate };
    if (this.#speed === 'max') return;

    const now = this.#timer.now();
    // Time that the reader spent on the last moment counts as waited, so the speed holds over hours.
    this.#due = Math.max((this.#due ?? now) + distance / this.#speed, now - MOST_BEHIND);
    if (this.#due > now) await this.#sleep(this.#due - now);
  }

  #distance(moment: number, sessionDate: string | null): number {
    if (this.#last === null) return 0;
    const distance = moment - this.#last.moment;
    const sameSession = sessionDate !== null && sessionDate === this.#last.sessionDate;
    return sameSession ? distance : Math.min(distance, TRADING_MINUTE);
  }

  async #sleep(ms: number): Promise<void> {
    try {
      await this.#timer.sleep(ms, this.#signal);
    } finally {
      // Node's timers throw an AbortError of their own; the port promises the reason.
      this.#signal.throwIfAborted();
    }
  }
}

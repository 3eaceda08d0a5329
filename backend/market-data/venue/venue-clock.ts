import { type Clock, wallClock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Timer } from '../pacing.ts';
import { RemoteClock } from './remote-clock.ts';

/** The venue's time, and how far ours is from it. */
export type ClockReading = {
  readonly time: number;
  /** Ours minus theirs, ms, wrong by at most the uncertainty (half of the way there and back). */
  readonly skewMs: number;
  readonly uncertaintyMs: number;
};

type Options = {
  /** For people. */
  readonly venue: string;
  /** Whether it is the venue itself that answers: then the machine's time is its time, but for a skew. */
  readonly isOwn: boolean;
  /** Where the venue's time is given. */
  readonly clock: Clock | undefined;
  readonly timer: Timer;
  readonly log: Logger;
  readonly ask: (signal: AbortSignal) => Promise<ClockReading>;
};

const RECORDING_READ_MS = 1_000;
const OWN_READ_MS = 60_000;
const PACE_READ_MS = 200;
/** Ours may be so far from theirs before it is told, ms: a bar that "ends in the future" is refused at 5 s. */
const MOST_SKEW = 2_000;

/** What time it is at a venue: the machine's time where the venue itself answers, that of the recording where another host does. */
export class VenueClock implements Clock {
  readonly #options: Options;
  readonly #remote: RemoteClock | null;
  readonly #clock: Clock;
  #skewMs: number | null = null;

  constructor(options: Options) {
    const { isOwn, clock, timer } = options;
    this.#options = options;
    this.#remote = isOwn || clock !== undefined ? null : new RemoteClock(timer, wallClock);
    this.#clock = clock ?? this.#remote ?? wallClock;
  }

  now(): number {
    return this.#clock.now();
  }

  /** How far `now` may be from the venue's time, ms. */
  get error(): number {
    return this.#remote?.error ?? 0;
  }

  /** Ours minus theirs, ms; null where it was not compared. */
  get skewMs(): number | null {
    return this.#skewMs;
  }

  /** Whether there is nothing yet from which the time could be told. */
  get isUnknown(): boolean {
    return this.#remote?.isKnown === false;
  }

  /** Reads it until it is known. Throws as `ask` does. */
  async open(signal: AbortSignal): Promise<void> {
    await this.#read(signal);
    // The pace of a recording shows from the third reading on.
    while (this.isUnknown) {
      await this.#options.timer.sleep(PACE_READ_MS, signal);
      await this.#read(signal);
    }
  }

  /** A recording leaps over nights: something that ends later than its clock may be the first to tell. */
  async followLeap(instant: number, signal: AbortSignal): Promise<void> {
    if (this.#remote === null || instant <= this.now() + this.#remote.error) return;
    await this.#read(signal).catch(() => undefined);
  }

  /** A recording's time has to be followed closely; the machine's is compared now and then. Never throws. */
  async watch(over: AbortSignal): Promise<void> {
    const every = this.#remote === null ? OWN_READ_MS : RECORDING_READ_MS;
    while (!over.aborted) {
      await this.#options.timer.sleep(every, over).catch(() => undefined);
      // One that is away is told by the circuit; the next reading comes.
      if (!over.aborted) await this.#read(over).catch(() => undefined);
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { venue, ask, log } = this.#options;
    const { time, skewMs, uncertaintyMs } = await ask(signal);
    if (this.#remote !== null) {
      this.#remote.read(time + uncertaintyMs * this.#remote.speed);
      return;
    }
    this.#skewMs = skewMs;
    if (Math.abs(skewMs) > MOST_SKEW + uncertaintyMs)
      log.warn(`this machine's clock is not that of ${venue}`, { skewMs, uncertaintyMs });
  }
}

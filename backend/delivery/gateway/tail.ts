import type { Clock } from '../../platform/clock.ts';
import type { WakeUp } from '../wake-up.ts';

export type TailOptions = {
  readonly wakeUp: WakeUp;
  readonly wallClock: Clock;
  readonly stream: string;
  /** How often the log is looked at when nobody says that it has grown. */
  readonly pollMs: number;
  /** The longest silence of a subscription. */
  readonly checkpointMs: number;
  /** Looks at the log, and at what follows from it. */
  readonly look: () => Promise<Looked>;
};

/** What a look at the log was like. */
export type Looked = {
  /** Why the log could not be read; null when it could. */
  readonly failure: { readonly error: unknown } | null;
  readonly isEmpty: boolean;
  /** Whether there is more to be had at once. */
  readonly isMore: boolean;
  /** The newest seq that was read; null while the log is away. */
  readonly head: number | null;
};

/** Somebody who waits for the next look at the log. */
type Looker = { readonly done: () => void; readonly failed: (error: unknown) => void };

/** A timer may fire a little before its time by another clock. Taken for a wake-up it would make the next second deaf. */
const EARLY_MS = 10;
// One for all: an error made for each of them would cost more than the look.
const LOOK = new Error('Somebody waits for a look at the log.');

/** The loop that looks at the log: after a wake-up, when somebody asks for it, and at least as often as it polls. */
export class Tail {
  readonly #options: TailOptions;
  readonly #closed = new AbortController();
  #interrupt: AbortController | null = null;
  #lookers: Looker[] = [];
  #running: Promise<void> | null = null;

  constructor(options: TailOptions) {
    this.#options = options;
  }

  /** Resolves after a look that has not begun yet; rejects when it fails. The first call begins the loop. */
  nextLook(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#lookers.push({ done: resolve, failed: reject });
    this.#running ??= this.#run();
    this.#interrupt?.abort(LOOK);
    return promise;
  }

  async close(): Promise<void> {
    this.#closed.abort(LOOK);
    this.#interrupt?.abort(LOOK);
    await this.#running;
  }

  async #run(): Promise<void> {
    let wasWoken = false;
    while (!this.#closed.signal.aborted) {
      const lookers = this.#lookers.splice(0);
      const { failure, isEmpty, isMore, head } = await this.#options.look();
      for (const looker of lookers) {
        if (failure !== null) looker.failed(failure.error);
        else if (isMore) this.#lookers.push(looker);
        else looker.done();
      }
      if (isMore || this.#lookers.length > 0) continue;
      // What was announced and cannot be found was lost in a restore, and would be announced for ever: then only time is waited for.
      const isInVain = wasWoken && isEmpty;
      wasWoken = await this.#wait(head === null || isInVain ? Number.POSITIVE_INFINITY : head);
    }
  }

  /** Waits for something after the seq. Answers whether it was announced. */
  async #wait(seq: number): Promise<boolean> {
    const { wakeUp, wallClock, stream, pollMs, checkpointMs } = this.#options;
    if (this.#closed.signal.aborted) return false;
    const interrupt = new AbortController();
    this.#interrupt = interrupt;
    const patience = Math.min(pollMs, checkpointMs);
    const since = wallClock.now();
    await wakeUp.wait(stream, seq, patience, interrupt.signal);
    this.#interrupt = null;
    return wallClock.now() - since < patience - EARLY_MS && !interrupt.signal.aborted;
  }
}

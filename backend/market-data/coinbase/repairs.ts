import type { Random } from '../../platform/random.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Timer } from '../pacing.ts';
import { Backoff } from '../venue/backoff.ts';
import type { MinuteBar } from './minute.ts';
import type { MinutesRequest } from './rest.ts';

type Options = {
  readonly fetch: (request: MinutesRequest, signal: AbortSignal) => Promise<readonly MinuteBar[]>;
  /** Told what the venue has of a span, in the order of time. */
  readonly onBars: (product: string, bars: readonly MinuteBar[]) => void;
  readonly isPassing: (error: unknown) => boolean;
  readonly random: Random;
  readonly timer: Timer;
  readonly log: Logger;
};

/** Between two tries, ms. */
const RETRY = { base: 500, cap: 15_000 };

/** Asks for the minutes that a stream told in part, one request after the other, each again and again until there is an answer. */
export class Repairs {
  readonly #options: Options;
  readonly #wanted: MinutesRequest[] = [];
  #running: Promise<void> | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Where the oldest minute begins that is not answered, ms; null when all are. */
  get oldest(): number | null {
    return this.#wanted.length === 0 ? null : Math.min(...this.#wanted.map(({ from }) => from));
  }

  /** `onFailed` is told of an error that does not pass. */
  ask(request: MinutesRequest, signal: AbortSignal, onFailed: (error: unknown) => void): void {
    // The first one is under way, and what it brings is known by its span.
    const last = this.#wanted.length > 1 ? this.#wanted.at(-1) : undefined;
    if (
      last !== undefined &&
      last.product === request.product &&
      request.from <= last.until &&
      last.from <= request.until
    )
      this.#wanted[this.#wanted.length - 1] = joined(last, request);
    else this.#wanted.push(request);
    this.#running ??= this.#run(signal)
      .catch(onFailed)
      .finally(() => {
        this.#running = null;
      });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { fetch, onBars, isPassing, random, timer, log } = this.#options;
    const backoff = new Backoff({ ...RETRY, random });
    for (let [request] = this.#wanted; request !== undefined && !signal.aborted; [request] = this.#wanted) {
      try {
        onBars(request.product, await fetch(request, signal));
        this.#wanted.shift();
        backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        if (!isPassing(error)) throw error;
        const retryInMs = backoff.next();
        log.warn('minutes of Coinbase that came in part have to wait', { product: request.product, error, retryInMs });
        await timer.sleep(retryInMs, signal).catch(() => undefined);
      }
    }
  }
}

function joined(a: MinutesRequest, b: MinutesRequest): MinutesRequest {
  return { product: a.product, from: Math.min(a.from, b.from), until: Math.max(a.until, b.until) };
}

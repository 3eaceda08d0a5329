export type BackoffOptions = {
  /** Before the first retry; doubled after each failure. Default 250 ms. */
  readonly firstMs?: number | undefined;
  /** Longest wait. Default 10,000 ms. */
  readonly maxMs?: number | undefined;
  /** From [0, 1). Default Math.random. */
  readonly random?: (() => number) | undefined;
};

/** Waits that double up to a limit. Each lies between half of its step and the whole, so that clients cut off together do not return together. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #failures = 0;

  constructor({ firstMs = 250, maxMs = 10_000, random = Math.random }: BackoffOptions = {}) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** Failures since the last reset. */
  get failures(): number {
    return this.#failures;
  }

  nextMs(): number {
    const step = Math.min(this.#firstMs * 2 ** this.#failures, this.#maxMs);
    this.#failures += 1;
    return Math.round(step * (0.5 + this.#random() / 2));
  }

  reset(): void {
    this.#failures = 0;
  }
}

/** Resolves after the time, or at once when the signal is aborted; never rejects. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

import type { Timer } from '../../pacing.ts';

const MINUTE = 60_000;

/** Keeps a limit of requests in any window of time, in the order in which they were asked for, and learns the true limit from the answers. */
export class RateLimit {
  readonly #timer: Timer;
  readonly #windowMs: number;
  #most: number;
  /** When the requests of the last window were sent, by the timer. */
  #sent: number[] = [];
  #closedUntil = Number.NEGATIVE_INFINITY;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ most, windowMs, timer }: { readonly most: number; readonly windowMs: number; readonly timer: Timer }) {
    this.#most = most;
    this.#windowMs = windowMs;
    this.#timer = timer;
  }

  /** Resolves when the next request may be sent. Throws the signal's reason when it is aborted. */
  async turn(signal: AbortSignal): Promise<void> {
    const before = this.#last;
    const mine = before.catch(() => {}).then(() => this.#wait(signal));
    this.#last = mine;
    await mine;
  }

  /**
   * What the headers of an answer say. https://docs.alpaca.markets/reference/stockbars: X-RateLimit-Limit and -Remaining are requests a
   * minute, -Reset is the second at which the quota changes, by the server's clock, which its Date header tells.
   */
  learn(headers: Readonly<Record<string, unknown>>): void {
    const limit = wholeNumber(headers['x-ratelimit-limit']);
    if (limit !== null && limit > 0) this.#most = limit;
    if (wholeNumber(headers['x-ratelimit-remaining']) !== 0) return;

    const reset = wholeNumber(headers['x-ratelimit-reset']);
    const date = Date.parse(String(headers['date']));
    const ms = reset === null || Number.isNaN(date) ? MINUTE : reset * 1000 - date;
    this.closeFor(Math.min(MINUTE, Math.max(0, ms)));
  }

  closeFor(ms: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, this.#timer.now() + ms);
  }

  async #wait(signal: AbortSignal): Promise<void> {
    for (let ms = this.#untilFree(); ms > 0; ms = this.#untilFree()) {
      signal.throwIfAborted();
      await this.#timer.sleep(ms, signal).catch(() => {});
    }
    signal.throwIfAborted();
    this.#sent.push(this.#timer.now());
  }

  #untilFree(): number {
    const now = this.#timer.now();
    this.#sent = this.#sent.filter((at) => at > now - this.#windowMs);
    const oldest = this.#sent[this.#sent.length - this.#most];
    const full = oldest === undefined ? 0 : oldest + this.#windowMs - now;
    return Math.max(full, this.#closedUntil - now);
  }
}

function wholeNumber(header: unknown): number | null {
  return typeof header === 'string' && /^\d{1,12}$/.test(header) ? Number(header) : null;
}

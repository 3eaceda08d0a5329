/**
 * Retries are paid for by requests: each request adds a share, each retry takes one. So an outage adds at most that share of load, however
 * many requests fail at the same time; the reserve lets a few be tried again in quiet times.
 */
export class RetryBudget {
  readonly #share: number;
  readonly #most: number;
  #held: number;

  constructor({ share, reserve }: { readonly share: number; readonly reserve: number }) {
    this.#share = share;
    this.#most = reserve;
    this.#held = reserve;
  }

  request(): void {
    this.#held = Math.min(this.#most, this.#held + this.#share);
  }

  /** Whether one more retry may be made; it is paid for then. */
  retry(): boolean {
    if (this.#held < 1) return false;
    this.#held -= 1;
    return true;
  }
}

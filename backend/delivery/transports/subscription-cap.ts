import type { Principal } from '../../access/principal.ts';

/** Counts the subscriptions of each principal over all transports of this process. */
export class SubscriptionCap {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  constructor(mostPerPrincipal: number) {
    this.#most = mostPerPrincipal;
  }

  /** The most that there may be, when that many are open; null while there is room for one more. A developer on his own machine has no limit. */
  reached({ id, kind }: Principal): number | null {
    return kind !== 'development' && (this.#open.get(id) ?? 0) >= this.#most ? this.#most : null;
  }

  begins({ id }: Principal): void {
    this.#open.set(id, (this.#open.get(id) ?? 0) + 1);
  }

  ends({ id }: Principal): void {
    const left = (this.#open.get(id) ?? 1) - 1;
    if (left > 0) this.#open.set(id, left);
    else this.#open.delete(id);
  }
}

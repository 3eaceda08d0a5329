import type { Principal } from '../../access/principal.ts';
import type { GatewaySubscription } from '../gateway/group.ts';
import type { Running } from './ports.ts';

/** Counts what is open. */
export interface SubscriptionCount {
  begins(principal: Principal): void;
  ends(principal: Principal): void;
}

/** A subscription, from before it has begun until it has ended, whoever ends it. */
export class RunningSubscription implements Running {
  readonly #count: SubscriptionCount;
  readonly #principal: Principal;
  /** Whoever executes it for its caller alone; null when the gateway serves it, or nobody. */
  #alone: AbortController | null;
  #shared: GatewaySubscription | null = null;
  hasLeft = false;

  constructor(count: SubscriptionCount, principal: Principal, alone: AbortController | null) {
    this.#count = count;
    this.#principal = principal;
    this.#alone = alone;
    count.begins(principal);
  }

  /** It is served by the gateway from now on. */
  join(subscription: GatewaySubscription): void {
    this.#shared = subscription;
    this.#alone = null;
  }

  leave(): void {
    if (this.hasLeft) return;
    this.hasLeft = true;
    this.#shared?.leave();
    this.#alone?.abort(LEFT);
    this.#count.ends(this.#principal);
  }

  /** One that nobody shares says farewell by itself: it is told of the reason when everybody is. */
  async farewell(...why: Parameters<Running['farewell']>): Promise<void> {
    await this.#shared?.farewell(...why);
  }
}

// One for all: to make an error each time costs more than all else that happens when somebody leaves.
const LEFT = new Error('The client left.');

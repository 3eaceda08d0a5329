import type { GatewaySubscription } from '../gateway/gateway.ts';
import type { Running } from './ports.ts';

/** A subscription, from before it has begun until it has ended, whoever ends it. */
export class RunningSubscription implements Running {
  /** Whoever executes it for its caller alone; null when the gateway serves it, or nobody. */
  #alone: AbortController | null;
  #shared: GatewaySubscription | null = null;
  readonly #onEnd: () => void;
  hasLeft = false;

  constructor(alone: AbortController, onEnd: () => void) {
    this.#alone = alone;
    this.#onEnd = onEnd;
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
    this.#alone?.abort();
    this.#onEnd();
  }

  /** One that nobody shares says farewell by itself: it is told of the reason when everybody is. */
  async farewell(...why: Parameters<Running['farewell']>): Promise<void> {
    await this.#shared?.farewell(...why);
  }
}

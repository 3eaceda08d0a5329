import type { Timer } from '../../pacing.ts';
import { VenueRefused } from '../../venue/errors.ts';
import type { RefusedMessage } from '../../venue/messages.ts';
import type { Ending } from '../../venue/stream/ending.ts';
import { LINK_LIMITS, Link, type LinkLimits } from '../../venue/stream/link.ts';
import { endingAfter } from '../protocol/errors.ts';
import type { DataMessage, Message } from '../protocol/messages.ts';
import { parseFrame } from '../protocol/parse.ts';

export type ConnectionLimits = LinkLimits & {
  /** Heartbeats come every second: after so long without any frame the connection is replaced, ms. */
  readonly heartbeatMs: number;
};

export const CONNECTION_LIMITS: ConnectionLimits = { ...LINK_LIMITS, heartbeatMs: 10_000 };

export type ConnectionOptions = {
  readonly url: string;
  readonly products: readonly string[];
  readonly limits: ConnectionLimits;
  readonly timer: Timer;
  readonly onStreaming: () => void;
  readonly onMessage: (message: DataMessage | RefusedMessage) => void;
};

const CHANNELS = ['matches', 'heartbeat'] as const;

/** One connection to Coinbase's stream: it subscribes, waits for the answer, and hands on what comes. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #link: Link;
  #phase: 'SUBSCRIBING' | 'STREAMING' = 'SUBSCRIBING';
  #heardAt: number;

  constructor(options: ConnectionOptions) {
    const { url, limits, timer } = options;
    this.#options = options;
    this.#heardAt = timer.now();
    this.#link = new Link({
      ...{ url, limits, timer },
      hide: (text) => text,
      onOpen: () => this.#subscribe(),
      onFrame: (bytes) => this.#onFrame(bytes),
      onRefused: () => null,
    });
  }

  get ended(): Promise<Ending> {
    return this.#link.ended;
  }

  get phase(): 'SUBSCRIBING' | 'STREAMING' {
    return this.#phase;
  }

  end(ending: Ending): void {
    this.#link.end(ending);
  }

  pause(): void {
    this.#link.pause();
  }

  resume(): void {
    this.#heardAt = this.#options.timer.now();
    this.#link.resume();
  }

  /** "You are disconnected if no subscribe has been received within 5 seconds": https://docs.cdp.coinbase.com/exchange/websocket-feed/overview#subscribe */
  #subscribe(): void {
    const { products: product_ids, limits } = this.#options;
    const channels = CHANNELS.map((name) => ({ name, product_ids }));
    this.#link.send(JSON.stringify({ type: 'subscribe', channels }));
    void this.#link.passed(limits.stepMs).then((passed) => {
      if (!passed || this.#phase === 'STREAMING') return;
      this.end({ kind: 'RETRY', reason: `its answer to our subscription did not come in ${limits.stepMs} ms` });
    });
  }

  #onFrame(bytes: Buffer): void {
    this.#heardAt = this.#options.timer.now();
    const message = parseFrame(bytes);
    if (message.kind === 'ERROR') this.end(endingAfter(message, this.#options.url));
    else if (message.kind === 'SUBSCRIPTIONS') this.#onSubscriptions(message.products);
    // The newest trade before the subscription may be told before the answer to it.
    else this.#options.onMessage(message);
  }

  #onSubscriptions(granted: Extract<Message, { kind: 'SUBSCRIPTIONS' }>['products']): void {
    if (this.#phase === 'STREAMING') return;
    const missing = this.#options.products.filter((product) =>
      CHANNELS.some((name) => !granted[name]?.includes(product)),
    );
    if (missing.length > 0) {
      const said = `subscriptions without ${missing.slice(0, 5).join(', ')}`;
      const refusal = {
        venue: 'Coinbase',
        variables: ['COINBASE_PRODUCTS'],
        code: null,
        said,
        where: this.#options.url,
      };
      const advice = 'expected products that Coinbase Exchange lists';
      this.end({ kind: 'FATAL', error: new VenueRefused({ ...refusal, advice }) });
      return;
    }
    this.#phase = 'STREAMING';
    this.#options.onStreaming();
    void this.#watchHeartbeat();
  }

  /** A socket may answer pings and say nothing: a quiet market has heartbeats all the same. */
  async #watchHeartbeat(): Promise<void> {
    const { limits, timer } = this.#options;
    while (await this.#link.passed(limits.heartbeatMs / 4)) {
      if (this.#link.isPaused || timer.now() - this.#heardAt < limits.heartbeatMs) continue;
      this.end({ kind: 'RETRY', reason: `no heartbeat came in ${limits.heartbeatMs} ms` });
    }
  }
}

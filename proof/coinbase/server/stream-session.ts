import type { WebSocket } from 'ws';
import { z } from 'zod';
import { error, type Frame, subscriptions } from './frames.ts';

/** https://docs.cdp.coinbase.com/exchange/websocket-feed/overview#subscribe */
const SUBSCRIPTION_MS = 5_000;
/** Those that this server has; the documentation knows more. */
const CHANNELS = ['matches', 'heartbeat'] as const;
export type Channel = (typeof CHANNELS)[number];

const channel = z.union([
  z.string().transform((name) => ({ name, product_ids: [] as string[] })),
  z.object({ name: z.string(), product_ids: z.array(z.string()).default([]) }),
]);
const request = z.object({
  type: z.enum(['subscribe', 'unsubscribe']),
  product_ids: z.array(z.string()).default([]),
  channels: z.array(channel).default([]),
});

type SessionOptions = {
  readonly socket: WebSocket;
  readonly products: readonly string[];
  /** What comes right after the answer to a subscription. */
  readonly onSubscribed: (added: readonly string[]) => void;
};

/** One connection as the documentation tells it: a subscription within five seconds, its answer, and then what is subscribed to. */
export class StreamSession {
  readonly #options: SessionOptions;
  readonly #subscribed = new Map<Channel, Set<string>>();
  readonly #late: NodeJS.Timeout;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#late = setTimeout(() => options.socket.close(), SUBSCRIPTION_MS);
    options.socket.on('close', () => clearTimeout(this.#late));
    options.socket.on('error', () => {});
    options.socket.on('message', (data) => this.#onMessage(String(data)));
  }

  get isFollowing(): boolean {
    return this.#subscribed.size > 0;
  }

  deliver(name: Channel, product: string, frame: Frame): void {
    if (this.#subscribed.get(name)?.has(product)) this.send(frame);
  }

  send(frame: Frame): void {
    this.sendRaw(JSON.stringify(frame));
  }

  sendRaw(text: string): void {
    if (this.#options.socket.readyState === this.#options.socket.OPEN) this.#options.socket.send(text);
  }

  #onMessage(text: string): void {
    const { success, data } = request.safeParse(parsed(text));
    const refusal = success ? this.#refusal(data) : null;
    if (!success) this.send(error('Malformed JSON'));
    else if (refusal !== null) this.send(error('Failed to subscribe', refusal));
    else this.#subscribe(data);
  }

  #subscribe(data: z.infer<typeof request>): void {
    clearTimeout(this.#late);
    const before = new Set(this.#subscribed.get('matches'));
    for (const { name, product_ids: own } of data.channels) {
      const known = CHANNELS.find((candidate) => candidate === name);
      if (known !== undefined) this.#change(known, data.type, own.length > 0 ? own : data.product_ids);
    }
    this.send(subscriptions(this.#subscribed));
    this.#options.onSubscribed([...(this.#subscribed.get('matches') ?? [])].filter((product) => !before.has(product)));
  }

  /** https://github.com/thrasher-corp/gocryptotrader/pull/1421, https://github.com/danpaquin/coinbasepro-python/pull/434 */
  #refusal({ channels, product_ids: all }: z.infer<typeof request>): string | null {
    if (channels.length === 0) return 'No channels provided';
    const stranger = channels.find(({ name }) => !CHANNELS.some((known) => known === name));
    if (stranger !== undefined) return `${stranger.name} is not a valid channel`;
    const wanted = channels.flatMap(({ product_ids: own }) => (own.length > 0 ? own : all));
    const wrong = wanted.find((product) => !this.#options.products.includes(product));
    return wrong === undefined ? null : `${wrong} is not a valid product`;
  }

  #change(name: Channel, type: 'subscribe' | 'unsubscribe', products: readonly string[]): void {
    const own = this.#subscribed.get(name) ?? new Set<string>();
    for (const product of products) {
      if (type === 'subscribe') own.add(product);
      else own.delete(product);
    }
    if (own.size > 0) this.#subscribed.set(name, own);
    else this.#subscribed.delete(name);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

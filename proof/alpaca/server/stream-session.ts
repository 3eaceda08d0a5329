import { decode } from '@msgpack/msgpack';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { type Account, accountOf } from './account.ts';
import { encodeFrames, error, type Frame, subscription, success } from './frames.ts';
import type { Emission } from './timeline.ts';

/** Channels of the stock stream. https://docs.alpaca.markets/docs/real-time-stock-pricing-data#channels */
const CHANNELS = ['trades', 'quotes', 'bars', 'updatedBars', 'dailyBars', 'statuses', 'lulds'] as const;
/** https://docs.alpaca.markets/docs/streaming-market-data#authenticate-via-message: "within 10 seconds". */
const AUTHENTICATION_MS = 10_000;

/** After these the connection is of no use. */
const ENDING = [402, 404, 406, 409];

export type StreamFeed = 'iex' | 'sip' | 'test';

export type SessionOptions = {
  readonly socket: WebSocket;
  readonly feed: StreamFeed;
  /** By the Content-Type of the handshake. */
  readonly binary: boolean;
  readonly accounts: readonly Account[];
  /** Keys that came in the headers of the handshake. */
  readonly headers: { readonly key: unknown; readonly secret: unknown };
  /** Whether the account has no other connection to this feed. */
  readonly isFree: (account: Account) => boolean;
};

const request = z.object({ action: z.enum(['auth', 'subscribe', 'unsubscribe']) }).catchall(z.unknown());
const lists = z.record(z.string(), z.array(z.string().regex(/^(\*|[A-Z0-9./]{1,16})$/)));

/** One connection as the documentation tells it: greeting, authentication, subscriptions, and then what is subscribed to. */
export class StreamSession {
  readonly feed: StreamFeed;
  #account: Account | null = null;
  #subscribed = new Map<string, Set<string>>();
  readonly #options: SessionOptions;
  readonly #late: NodeJS.Timeout;

  constructor(options: SessionOptions) {
    this.feed = options.feed;
    this.#options = options;
    this.#late = setTimeout(() => this.#tell(error(404)), AUTHENTICATION_MS);
    options.socket.on('close', () => clearTimeout(this.#late));
    options.socket.on('error', () => {});
    options.socket.on('message', (data, isBinary) => this.#onMessage(data as Buffer, isBinary));
    this.send([success('connected')]);
    const { key, secret } = options.headers;
    if (key !== undefined) this.#tell(this.#authenticate(key, secret));
  }

  /** Null until it is authenticated. */
  get account(): Account | null {
    return this.#account;
  }

  get isFollowing(): boolean {
    return [...this.#subscribed.values()].some(({ size }) => size > 0);
  }

  /** Sends what of it is subscribed to, in one list. */
  deliver(emissions: readonly Emission[]): void {
    const frames = emissions.filter((emission) => this.#wants(emission)).map(({ frame }) => this.#named(frame));
    if (frames.length > 0) this.send(frames);
  }

  send(frames: readonly Frame[]): void {
    this.sendRaw(encodeFrames(frames, this.#options.binary));
  }

  sendRaw(data: string | Uint8Array): void {
    if (this.#options.socket.readyState !== this.#options.socket.OPEN) return;
    this.#options.socket.send(data, { binary: typeof data !== 'string' });
  }

  get binary(): boolean {
    return this.#options.binary;
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    this.#tell(this.#answerTo(decoded(data, isBinary)));
  }

  #answerTo(content: unknown): Frame {
    const message = request.safeParse(content);
    if (!message.success) return error(400);

    const { action, ...rest } = message.data;
    if (action === 'auth') return this.#authenticate(rest['key'], rest['secret']);
    if (this.#account === null) return error(401);
    const channels = lists.safeParse(rest);
    return channels.success ? this.#change(action, channels.data) : error(400);
  }

  #authenticate(key: unknown, secret: unknown): Frame {
    if (this.#account !== null) return error(403);
    const account = accountOf(this.#options.accounts, key, secret);
    if (account === undefined) return error(402);
    if (this.feed !== 'test' && !account.feeds.includes(this.feed)) return error(409);
    if (!this.#options.isFree(account)) return error(406);

    clearTimeout(this.#late);
    this.#account = account;
    return success('authenticated');
  }

  #change(action: 'subscribe' | 'unsubscribe', channels: Readonly<Record<string, readonly string[]>>): Frame {
    if (Object.keys(channels).some((name) => !CHANNELS.some((channel) => channel === name))) return error(410);

    const next = new Map(CHANNELS.map((channel) => [channel, new Set(this.#subscribed.get(channel))]));
    for (const channel of CHANNELS) {
      for (const symbol of channels[channel] ?? []) {
        if (action === 'subscribe') next.get(channel)?.add(symbol);
        else next.get(channel)?.delete(symbol);
      }
    }
    const symbols = new Set([...next.values()].flatMap((own) => [...own]));
    if (symbols.size > (this.#account?.symbolLimit ?? 0)) return error(405);

    this.#subscribed = next;
    const told = Object.fromEntries([...next].map(([channel, own]) => [channel, [...own]]));
    return subscription({ ...told, corrections: told['trades'] ?? [], cancelErrors: told['trades'] ?? [] });
  }

  #wants({ channel, symbol }: Emission): boolean {
    const own = this.#subscribed.get(channel);
    return own !== undefined && (own.has('*') || own.has(this.feed === 'test' ? 'FAKEPACA' : symbol));
  }

  /** https://docs.alpaca.markets/docs/streaming-market-data#connection: the test stream has one symbol of its own. */
  #named(frame: Frame): Frame {
    return this.feed === 'test' ? { ...frame, S: 'FAKEPACA' } : frame;
  }

  #tell(frame: Frame): void {
    this.send([frame]);
    if (ENDING.some((code) => frame['code'] === code)) this.#options.socket.close();
  }
}

function decoded(data: Buffer, isBinary: boolean): unknown {
  try {
    return isBinary ? decode(data) : JSON.parse(data.toString());
  } catch {
    return undefined;
  }
}

import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { documented } from '../../backend/market-data/coinbase/protocol/documented.fixture.ts';
import { PAGES } from './server/frames.ts';
import { MINUTE, START, startServer } from './testing.ts';

/** A client that knows no protocol: it says what it is told to, and gives what it hears. */
class Wire {
  readonly #heard: (string | null)[] = [];
  #wake: () => void = () => {};
  readonly #socket: WebSocket;
  readonly #open: Promise<unknown>;

  constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#open = new Promise((resolve) => this.#socket.once('open', resolve));
    this.#socket.on('message', (data) => this.#hear(String(data)));
    this.#socket.on('close', () => this.#hear(null));
    this.#socket.on('error', () => {});
    onTestFinished(() => this.#socket.terminate());
  }

  async says(content: object | string): Promise<void> {
    await this.#open;
    this.#socket.send(typeof content === 'string' ? content : JSON.stringify(content));
  }

  async hears(): Promise<Record<string, unknown> | null> {
    while (this.#heard.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const text = this.#heard.shift() ?? null;
    return text === null ? null : JSON.parse(text);
  }

  #hear(text: string | null): void {
    this.#heard.push(text);
    this.#wake();
  }
}

const subscribe = (...product_ids: string[]) => ({
  type: 'subscribe',
  product_ids,
  channels: ['matches', 'heartbeat'],
});

describe('the server speaks as documented: it', () => {
  it('answers a subscription with all subscriptions, and then with the newest trade of each product', async () => {
    const server = await startServer({ startAt: START + 10 * MINUTE });
    const wire = new Wire(server.streamUrl);
    await wire.says(subscribe('BTC-USD', 'ETH-USD'));
    expect(await wire.hears()).toEqual({
      type: 'subscriptions',
      channels: [
        { name: 'matches', product_ids: ['BTC-USD', 'ETH-USD'] },
        { name: 'heartbeat', product_ids: ['BTC-USD', 'ETH-USD'] },
      ],
    });
    expect(await wire.hears()).toMatchObject({ type: 'last_match', product_id: 'BTC-USD', price: '7009.55' });
    expect(await wire.hears()).toMatchObject({ type: 'last_match', product_id: 'ETH-USD' });
    await wire.says({ type: 'unsubscribe', product_ids: ['ETH-USD'], channels: ['matches', 'heartbeat'] });
    expect(await wire.hears()).toMatchObject({
      channels: [{ product_ids: ['BTC-USD'] }, { product_ids: ['BTC-USD'] }],
    });
  });

  it('has the fields of the documentation in each frame', async () => {
    const server = await startServer();
    const wire = new Wire(server.streamUrl);
    await wire.says(subscribe('BTC-USD'));
    await wire.hears();
    void server.play(START + MINUTE);
    const seen = new Map<unknown, string[]>();
    while (seen.size < 2) {
      const frame = (await wire.hears()) ?? {};
      seen.set(frame['type'], Object.keys(frame).sort());
    }
    for (const type of ['match', 'heartbeat']) {
      const page = documented.map(({ frame }) => JSON.parse(frame)).find((frame) => frame.type === type);
      expect(seen.get(type)).toEqual(Object.keys(page).sort());
    }
    expect(Object.values(PAGES).every((page) => page.startsWith('https://docs.cdp.coinbase.com/exchange/'))).toBe(true);
  });

  it.each([
    [subscribe('FOO-USD'), { message: 'Failed to subscribe', reason: 'FOO-USD is not a valid product' }],
    [
      { type: 'subscribe', product_ids: ['BTC-USD'] },
      { message: 'Failed to subscribe', reason: 'No channels provided' },
    ],
    [
      { type: 'subscribe', product_ids: ['BTC-USD'], channels: ['gossip'] },
      { message: 'Failed to subscribe', reason: 'gossip is not a valid channel' },
    ],
    ['this is no JSON', { message: 'Malformed JSON' }],
  ])('answers %j with an error', async (request, means) => {
    const wire = new Wire((await startServer()).streamUrl);
    await wire.says(request);
    expect(await wire.hears()).toEqual({ type: 'error', ...means });
  });

  it('tells candles as recorded, the newest first, and refuses more than 300', async () => {
    const server = await startServer({ startAt: START + 10 * MINUTE });
    const ask = (start: string, end: string) =>
      fetch(`${server.httpUrl}/products/BTC-USD/candles?granularity=60&start=${start}&end=${end}`);
    expect(await (await ask('2018-04-05T12:00:00Z', '2018-04-05T12:01:00Z')).text()).toBe(
      '[[1522929660,7000.9,7002.1,7001.05,7001.55,2.12345679],[1522929600,6999.9,7001.1,7000.05,7000.55,1.12345678]]',
    );
    const refused = await ask('2018-04-05T12:00:00Z', '2018-04-05T17:00:00Z');
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { message: expect.stringContaining('Count of aggregations requested exceeds 300') },
    ]);
    expect((await ask('2018-04-05T12:00:00Z', '2018-04-05T16:59:00Z')).status).toBe(200);
  });

  it('tells trades by page, from the newest one back, with cursors', async () => {
    const server = await startServer({ startAt: START + 10 * MINUTE });
    const url = `${server.httpUrl}/products/BTC-USD/trades?limit=3`;
    const first = await fetch(url);
    const page = (await first.json()) as { trade_id: number; price: string }[];
    expect(page.map(({ trade_id: id }) => id - (page[2]?.trade_id ?? 0))).toEqual([2, 1, 0]);
    expect(page[0]?.price).toBe('7009.55');
    expect(first.headers.get('cb-after')).toBe(String(page[2]?.trade_id));
    const second = (await (await fetch(`${url}&after=${first.headers.get('cb-after')}`)).json()) as {
      trade_id: number;
    }[];
    expect(second[0]?.trade_id).toBe((page[2]?.trade_id ?? 0) - 1);
  });

  it('tells its time, its products, and what it does not know', async () => {
    const server = await startServer({ startAt: START });
    const json = async (path: string) => (await fetch(`${server.httpUrl}${path}`)).json();
    const time = (await json('/time')) as { iso: string; epoch: number };
    expect(Date.parse(time.iso)).toBe(START);
    expect(time.epoch).toBe(START / 1_000);
    expect(await json('/products')).toMatchObject([
      { id: 'BTC-USD', quote_currency: 'USD', quote_increment: '0.01000000', status: 'online' },
      { id: 'ETH-USD' },
    ]);
    expect(await json('/products/FOO-USD/trades')).toEqual({ message: 'NotFound' });
  });

  it('answers 429 to who asks too fast', async () => {
    const server = await startServer({ burst: 15 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${server.httpUrl}/time`)));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(5);
  });
});

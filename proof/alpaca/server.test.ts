import { decode } from '@msgpack/msgpack';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { documented, documentedErrors } from '../../backend/market-data/alpaca/protocol/documented.fixture.ts';
import { ERRORS, PAGES } from './server/frames.ts';
import type { AlpacaServer } from './server/server.ts';
import { account, MINUTE, OPEN, startServer } from './testing.ts';

const auth = `{"action":"auth","key":"${account.key}","secret":"${account.secret}"}`;

/** A client that knows no protocol: it says what it is told to, and gives what it hears. */
class Wire {
  readonly #heard: (Buffer | null)[] = [];
  #wake: () => void = () => {};
  readonly #socket: WebSocket;

  constructor(url: string, headers: Record<string, string> = {}) {
    this.#socket = new WebSocket(url, { headers });
    this.#socket.on('message', (data) => this.#hear(data as Buffer));
    this.#socket.on('close', () => this.#hear(null));
    this.#socket.on('error', () => {});
    onTestFinished(() => this.#socket.terminate());
  }

  say(text: string | Uint8Array): void {
    this.#socket.send(text);
  }

  async hears(): Promise<Buffer | null> {
    while (this.#heard.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#heard.shift() ?? null;
  }

  async hearsText(): Promise<string | null> {
    return (await this.hears())?.toString() ?? null;
  }

  #hear(data: Buffer | null): void {
    this.#heard.push(data);
    this.#wake();
  }
}

async function authenticated(server: AlpacaServer, feed: 'iex' | 'test' = 'iex'): Promise<Wire> {
  const wire = new Wire(server.streamUrl(feed));
  await wire.hears();
  wire.say(auth);
  await wire.hears();
  return wire;
}

describe('the server speaks as documented: it', () => {
  it('greets, lets in, and answers a subscription with all subscriptions', async () => {
    const server = await startServer();
    const wire = new Wire(server.streamUrl());
    expect(await wire.hearsText()).toBe('[{"T":"success","msg":"connected"}]');
    wire.say(auth);
    expect(await wire.hearsText()).toBe('[{"T":"success","msg":"authenticated"}]');
    wire.say(
      '{"action":"subscribe","trades":["AAPL"],"quotes":["AMD","CLDR"],"bars":["*"],"dailyBars":["VOO"],"statuses":["*"]}',
    );
    // The frame of streaming-market-data#subscription, to the letter.
    expect(await wire.hearsText()).toBe(documented.find(({ name }) => name === 'answer to a subscription')?.frame);
    wire.say('{"action":"unsubscribe","bars":["*"],"dailyBars":["VOO"]}');
    expect(JSON.parse((await wire.hearsText()) ?? '')).toMatchObject([
      { T: 'subscription', bars: [], dailyBars: [], trades: ['AAPL'] },
    ]);
  });

  it('has the names of the documentation in each bar, in one list for a minute', async () => {
    const server = await startServer();
    const wire = await authenticated(server);
    wire.say('{"action":"subscribe","bars":["SPY"],"dailyBars":["SPY"]}');
    await wire.hears();
    void server.play(OPEN + 3 * MINUTE);
    const [first, second] = [await wire.hearsText(), await wire.hearsText()].map((text) => JSON.parse(text ?? ''));
    const names = ['T', 'S', 'o', 'h', 'l', 'c', 'v', 'n', 'vw', 't'];
    expect(first.map((message: object) => Object.keys(message))).toEqual([names, names]);
    expect(first).toMatchObject([
      { T: 'd', S: 'SPY', v: 1_000, t: '2013-10-04T04:00:00Z' },
      { T: 'b', S: 'SPY', o: 100.05, h: 101.1, l: 99.9, c: 100.55, v: 1_000, t: '2013-10-04T13:30:00Z' },
    ]);
    expect(second).toMatchObject([
      { T: 'd', o: 100.05, h: 102.1, l: 99.9, c: 101.55, v: 2_001 },
      { T: 'b', t: '2013-10-04T13:31:00Z' },
    ]);
  });

  it('writes msgpack where the handshake asks for it, with instants as extension type -1', async () => {
    const server = await startServer();
    const wire = new Wire(server.streamUrl(), { 'content-type': 'application/msgpack' });
    expect(decode((await wire.hears()) ?? [])).toEqual([{ T: 'success', msg: 'connected' }]);
    wire.say(auth);
    await wire.hears();
    wire.say('{"action":"subscribe","bars":["AIG"]}');
    await wire.hears();
    void server.play(OPEN + 2 * MINUTE);
    const bytes = (await wire.hears()) ?? Buffer.alloc(0);
    expect(decode(bytes)).toMatchObject([{ T: 'b', S: 'AIG', o: 100.05, t: new Date(OPEN) }]);
    // fixext 4, type -1, seconds: https://github.com/msgpack/msgpack/blob/master/spec.md#timestamp-extension-type
    expect(
      bytes.includes(Buffer.from([0xd6, 0xff, ...new Uint8Array(new Uint32Array([OPEN / 1000]).buffer).reverse()])),
    ).toBe(true);
  });

  it('lets in by the headers of the handshake, too', async () => {
    const server = await startServer();
    const wire = new Wire(server.streamUrl(), {
      'apca-api-key-id': account.key,
      'apca-api-secret-key': account.secret,
    });
    expect([await wire.hearsText(), await wire.hearsText()]).toEqual([
      '[{"T":"success","msg":"connected"}]',
      '[{"T":"success","msg":"authenticated"}]',
    ]);
  });

  it('has a test stream with a symbol of its own', async () => {
    const server = await startServer();
    const wire = await authenticated(server, 'test');
    wire.say('{"action":"subscribe","bars":["FAKEPACA"]}');
    await wire.hears();
    void server.play(OPEN + 2 * MINUTE);
    expect(JSON.parse((await wire.hearsText()) ?? '')[0]).toMatchObject({ T: 'b', S: 'FAKEPACA' });
  });

  it.each([
    [400, 'this is no JSON'],
    [400, '{"action":"dance"}'],
    [400, '{"action":"subscribe","bars":["not a symbol"]}'],
    [403, auth],
    [410, '{"action":"subscribe","orderbooks":["BTC/USD"]}'],
  ] as const)('answers %i to %s, and goes on', async (code, message) => {
    const server = await startServer();
    const wire = await authenticated(server);
    wire.say(message);
    expect(await wire.hearsText()).toBe(`[{"T":"error","code":${code},"msg":"${ERRORS[code]}"}]`);
    wire.say('{"action":"subscribe","bars":["SPY"]}');
    expect(await wire.hearsText()).toContain('"bars":["SPY"]');
  });

  it.each([
    [401, '{"action":"subscribe","bars":["SPY"]}', false],
    [402, '{"action":"auth","key":"nobody","secret":"nothing"}', true],
  ] as const)('answers %i before it lets in', async (code, message, closes) => {
    const server = await startServer();
    const wire = new Wire(server.streamUrl());
    await wire.hears();
    wire.say(message);
    expect(await wire.hearsText()).toBe(`[{"T":"error","code":${code},"msg":"${ERRORS[code]}"}]`);
    if (closes) expect(await wire.hearsText()).toBeNull();
  });

  it('leaves subscriptions as they were when there are too many', async () => {
    const server = await startServer({ accounts: [{ ...account, symbolLimit: 2 }] });
    const wire = await authenticated(server);
    wire.say('{"action":"subscribe","bars":["SPY"]}');
    await wire.hears();
    wire.say('{"action":"subscribe","bars":["AIG","IBM"]}');
    expect(await wire.hearsText()).toBe('[{"T":"error","code":405,"msg":"symbol limit exceeded"}]');
    wire.say('{"action":"subscribe","bars":["AIG"]}');
    expect(await wire.hearsText()).toContain('"bars":["SPY","AIG"]');
  });

  it('says of each error what the documentation says', () => {
    const pages = new Map(
      documentedErrors.map((frame) => [JSON.parse(frame)[0].code as number, JSON.parse(frame)[0].msg]),
    );
    for (const [code, says] of Object.entries(ERRORS)) expect(says).toBe(pages.get(Number(code)));
    expect(Object.values(PAGES).every((page) => page.startsWith('https://docs.alpaca.markets/docs/'))).toBe(true);
  });
});

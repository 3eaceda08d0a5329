import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { CoinbaseFeed } from '../../backend/market-data/coinbase/feed.ts';
import { instrumentsOf } from '../../backend/market-data/coinbase/instruments.ts';
import type { LiveEvent } from '../../backend/market-data/live/feed.ts';
import { randomOf } from '../../backend/platform/random.ts';
import { createLogger, silentLogger } from '../../backend/platform/telemetry/logger.ts';
import { Listener, until } from '../live-feed/listener.ts';
import { feedOf, MINUTE, START, startServer, streamLimits } from './testing.ts';

const always = { from: 0, until: Number.POSITIVE_INFINITY };
const { signal } = new AbortController();

describe('what a person must change', () => {
  it('is told for a product that is not listed, by the name of the variable', async () => {
    const server = await startServer();
    const listener = new Listener<LiveEvent>(
      feedOf({
        ...server,
        clock: server.clock,
        httpUrl: server.httpUrl,
        streamUrl: server.streamUrl,
        products: ['BTC-USD', 'FOO-USD'],
      }),
    );
    expect(await listener.over).toMatchObject({
      name: 'VenueRefused',
      message: `COINBASE_PRODUCTS is refused: Coinbase said "Failed to subscribe: FOO-USD is not a valid product" to ${server.streamUrl}, expected products that Coinbase Exchange lists`,
    });
  });

  it('is told for a product that is looked up in vain', async () => {
    const server = await startServer();
    const parts = { streamUrl: server.streamUrl, dataUrl: server.httpUrl, random: randomOf('x'), log: silentLogger };
    const listed = () => CoinbaseFeed.products(parts, signal);
    expect(await instrumentsOf(['ETH-USD', 'BTC-USD'], [], listed)).toMatchObject([
      { id: 'eth-usd', symbol: 'ETH-USD', tick: '0.01', currency: 'USD', calendar: '24x7', assetClass: 'CRYPTO' },
      { id: 'btc-usd' },
    ]);
    await expect(instrumentsOf(['FOO-USD'], [], listed)).rejects.toThrow('COINBASE_PRODUCTS has "FOO-USD", expected');
  });

  it('is told for an address where nobody tells the time', async () => {
    const server = await startServer();
    await server.close();
    const feed = new CoinbaseFeed({
      ...{ streamUrl: 'ws://127.0.0.1:1', dataUrl: 'http://127.0.0.1:1', instruments: [] },
      ...{ random: randomOf('x'), log: silentLogger, restLimits: { retryMs: 1, mostRetryMs: 2 } },
    });
    await expect(feed.open(signal)).rejects.toThrow(
      'COINBASE_DATA_URL is "http://127.0.0.1:1", expected a server that',
    );
  });
});

describe('a connection', () => {
  it('is not ended by what cannot be read: that is counted, logged and told', async () => {
    const lines: string[] = [];
    const log = createLogger({
      level: 'debug',
      clock: { now: () => 0 },
      destination: { write: (line: string) => void lines.push(line) },
    });
    const server = await startServer({ faults: [{ kind: 'malformed', ...always }] });
    const listener = new Listener<LiveEvent>(feedOf(server, { log }));
    await listener.next('CONNECTED');
    await server.play(START + 3 * MINUTE);
    const reasons = new Set(listener.all('REFUSED').map(({ reason }) => reason));
    expect([...reasons].join('\n')).toContain('type is "news-of-tomorrow"');
    expect([...reasons].join('\n')).toContain('message of type match: ');
    expect(listener.all('DISCONNECTED')).toEqual([]);
    await until(() => listener.all('BAR').length >= 4);
    const logged = lines.filter((line) => line.includes('cannot be read'));
    expect(logged.length).toBeGreaterThan(3);
    expect(logged.length).toBeLessThan(40);
  });

  it('is made again after a frame that is too large', async () => {
    const server = await startServer({ faults: [{ kind: 'huge', from: START, until: START + 10_000 }] });
    const listener = new Listener<LiveEvent>(feedOf(server));
    await listener.next('CONNECTED');
    await server.play(START + 10_000);
    expect(await listener.next('DISCONNECTED')).toMatchObject({ reason: 'Max payload size exceeded' });
    await listener.next('CONNECTED');
  });

  it('that is open and mute is replaced: a quiet market has heartbeats', async () => {
    const server = await startServer({ faults: [{ kind: 'mute', ...always }] });
    const listener = new Listener<LiveEvent>(feedOf(server, { streamLimits: { ...streamLimits, heartbeatMs: 60 } }));
    await listener.next('CONNECTED');
    expect(await listener.next('DISCONNECTED')).toMatchObject({ reason: 'no heartbeat came in 60 ms' });
    await listener.next('CONNECTED');
  });

  it('is silent for two minutes: that is told once, and its end', async () => {
    const mute = { kind: 'mute', from: START + 5 * MINUTE, until: START + 9 * MINUTE } as const;
    const server = await startServer({ faults: [mute] });
    const listener = new Listener<LiveEvent>(feedOf(server));
    await listener.next('CONNECTED');
    await server.play(START + 8 * MINUTE);
    const { since } = await listener.next('STALLED');
    expect(Math.abs(since - mute.from)).toBeLessThan(2_000);
    await until(() => server.followers === 1);
    await server.play(START + 10 * MINUTE);
    expect(await listener.next('RECOVERED')).toMatchObject({ since });
    expect(listener.all('STALLED')).toHaveLength(1);
  });

  it('of a market without a single trade stays, and no silence is told', async () => {
    const server = await startServer();
    const listener = new Listener<LiveEvent>(feedOf(server));
    await listener.next('CONNECTED');
    // The recording has sixty minutes; then there are heartbeats alone.
    await server.play(START + 75 * MINUTE);
    expect(listener.all('STALLED')).toEqual([]);
    expect(listener.all('DISCONNECTED')).toEqual([]);
  });

  it('is replaced when nobody answers its pings', async () => {
    const server = await startServer({ faults: [{ kind: 'deaf', ...always }] });
    const limits = { ...streamLimits, pingMs: 30, pongMs: 60 };
    const listener = new Listener<LiveEvent>(feedOf(server, { streamLimits: limits }));
    await listener.next('CONNECTED');
    expect(await listener.next('DISCONNECTED')).toMatchObject({ reason: 'no answer to a ping in 60 ms' });
  });

  it.each([
    ['is replaced when its subscription is not answered', [], 'its answer to our subscription did not come in 60 ms'],
    ['is made again after an error that may pass', ['{"type":"error","message":"ErrSlowConsume"}'], 'ErrSlowConsume'],
  ])('%s', async (_title, answers, reason) => {
    const server = await startServer();
    const streamUrl = await rawServer(answers);
    const limits = { ...streamLimits, stepMs: 60 };
    const listener = new Listener<LiveEvent>(feedOf(server, { streamUrl, streamLimits: limits }));
    expect(await listener.next('DISCONNECTED')).toMatchObject({ reason: expect.stringContaining(reason) });
  });

  it('does not believe what is of another time: it would close minutes that run', async () => {
    const server = await startServer();
    const listener = new Listener<LiveEvent>(feedOf(server));
    await listener.next('CONNECTED');
    await server.play(START + 90_000);
    for (const time of ['2019-01-01T00:00:00Z', '2017-01-01T00:00:00Z'])
      server.sendRaw(`{"type":"heartbeat","sequence":1,"last_trade_id":1,"product_id":"BTC-USD","time":"${time}"}`);
    const stranger =
      '{"type":"heartbeat","sequence":1,"last_trade_id":1,"product_id":"XRP-USD","time":"2018-04-05T12:01:30Z"}';
    for (let count = 0; count < 5; count += 1) server.sendRaw(stranger);
    server.sendRaw('no JSON');
    await until(() => listener.all('REFUSED').some(({ raw }) => raw === 'no JSON'));
    // Two and five: the first, the second and the fourth are told.
    expect(
      listener
        .all('REFUSED')
        .slice(0, -1)
        .map(({ reason }) => reason),
    ).toEqual([
      'BTC-USD at 2019-01-01T00:00:00.000Z, expected not after 2018-04-05T12:01:30.000Z: the future',
      'BTC-USD at 2017-01-01T00:00:00.000Z, expected within an hour before 2018-04-05T12:01:30.000Z',
      'product is "XRP-USD", which was not asked for',
    ]);
  });
});

describe('the time', () => {
  it('of a recording is followed, and its error told', async () => {
    const server = await startServer({ speed: 60 });
    const feed = new CoinbaseFeed({
      ...{ streamUrl: server.streamUrl, dataUrl: server.httpUrl, instruments: [] },
      ...{ random: randomOf('x'), log: silentLogger },
    });
    onTestFinished(() => feed.close());
    await feed.open(signal);
    expect(Math.abs(feed.clock.now() - server.clock.now())).toBeLessThan(feed.clockError() + 1_000);
    expect(feed.clockError()).toBeGreaterThan(5_000);
  });
});

async function rawServer(answers: readonly string[]): Promise<string> {
  const http = createServer();
  new WebSocketServer({ server: http }).on('connection', (socket) => {
    socket.on('message', () => {
      for (const answer of answers) socket.send(answer);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

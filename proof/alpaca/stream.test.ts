import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { AlpacaRest } from '../../backend/market-data/alpaca/rest.ts';
import type { AlpacaStream } from '../../backend/market-data/alpaca/stream.ts';
import { VenueRefused } from '../../backend/market-data/venue/errors.ts';
import type { Clock } from '../../backend/platform/clock.ts';
import { randomOf } from '../../backend/platform/random.ts';
import { createLogger } from '../../backend/platform/telemetry/logger.ts';
import { Listener, until } from '../live-feed/listener.ts';
import { recordingOf } from '../recorded/recording.ts';
import { type Fault, randomFaults } from './server/faults.ts';
import { bar, encodeFrames } from './server/frames.ts';
import type { AlpacaServer } from './server/server.ts';
import { account, MINUTE, minutes, OPEN, restOf, startServer, streamOf } from './testing.ts';

const always = { from: 0, until: Number.POSITIVE_INFINITY };
/** When the bar that begins so many minutes after the open has been told. */
const told = (minute: number) => OPEN + (minute + 1) * MINUTE + 1_000;

describe('a stream', () => {
  it.each(['json', 'msgpack'] as const)(
    'connects, authenticates, subscribes and gives the bars as recorded: %s',
    async (encoding) => {
      const server = await startServer();
      const listener = new Listener(streamOf(server, { encoding }));
      expect(await listener.next('CONNECTED')).toEqual({ kind: 'CONNECTED', missedSince: null, missing: {}, at: OPEN });

      await server.play(told(2));
      await until(() => listener.all('BAR').length === 6);
      expect(listener.all('BAR')[5]).toEqual({
        kind: 'BAR',
        symbol: 'AIG',
        barStart: OPEN + 2 * MINUTE,
        open: '102.05',
        high: '103.1',
        low: '101.9',
        close: '102.55',
        volume: '1002',
        vwap: '102.516667',
        tradeCount: 1,
        at: OPEN + 3 * MINUTE + 200,
      });
    },
  );

  it('gives corrected bars and halts with their instants', async () => {
    const server = await startServer({
      faults: [
        { kind: 'correct', symbol: 'SPY', from: OPEN, until: OPEN + MINUTE },
        { kind: 'halt', symbol: 'AIG', from: OPEN + 5 * MINUTE, until: OPEN + 8 * MINUTE },
      ],
    });
    const listener = new Listener(streamOf(server));
    await listener.next('CONNECTED');
    await server.play(told(10));
    expect(await listener.next('BAR')).toMatchObject({ symbol: 'SPY', close: '100.05', volume: '500' });
    expect(await listener.next('BAR')).toMatchObject({ symbol: 'AIG', close: '100.55' });
    expect(await listener.next('UPDATED_BAR')).toMatchObject({ symbol: 'SPY', barStart: OPEN, close: '100.55' });
    expect(await listener.next('STATUS')).toMatchObject({
      trading: 'HALTED',
      reasonCode: 'T1',
      time: OPEN + 5 * MINUTE,
    });
    expect(await listener.next('STATUS')).toMatchObject({ trading: 'TRADING', time: OPEN + 8 * MINUTE });
    expect(listener.all('BAR').filter(({ symbol }) => symbol === 'AIG')).toHaveLength(8);
  });

  it('tells what was not granted', async () => {
    const { url } = await rawServer((socket, message) => {
      if (message === undefined) say(socket, { T: 'success', msg: 'connected' });
      if (message?.['action'] === 'auth') say(socket, { T: 'success', msg: 'authenticated' });
      if (message?.['action'] === 'subscribe') say(socket, { T: 'subscription', bars: ['SPY'], updatedBars: ['*'] });
    });
    const listener = new Listener(streamOf({ clock: { now: () => OPEN } as never, streamUrl: () => url }));
    const missing = { bars: ['AIG'], statuses: ['SPY', 'AIG'] };
    expect(await listener.next('CONNECTED')).toMatchObject({ missing });
  });

  it('ends at once and closes its connection when it is aborted, with the reason', async () => {
    const server = await startServer();
    const listener = new Listener(streamOf(server));
    await listener.next('CONNECTED');
    expect(server.connections).toBe(1);
    const begun = performance.now();
    await listener.close();
    expect(performance.now() - begun).toBeLessThan(500);
    expect(await listener.over).toMatchObject({ message: 'the test is over' });
    await until(() => server.connections === 0);
  });

  it('closes its connection when its reader leaves, and can be read once', async () => {
    const server = await startServer();
    const stream = streamOf(server);
    const { signal } = new AbortController();
    for await (const event of stream.events(signal)) if (event.kind === 'CONNECTED') break;
    await until(() => server.connections === 0);
    await expect(stream.events(signal).next()).rejects.toThrow('can be read once');
  });

  it('stops reading its socket while its reader is slow, and loses nothing', async () => {
    const server = await startServer();
    const stream = streamOf(server, { limits: { mostWaiting: 20, pingMs: 20, pongMs: 20 } });
    const events = stream.events(new AbortController().signal);
    expect((await events.next()).value).toMatchObject({ kind: 'CONNECTED' });
    const bars = minutes('SPY', OPEN, 10_000);
    for (const own of bars) server.sendRaw(encodeFrames([bar('b', own)], false));
    await setTimeout(200);
    expect(stream.status().bars).toBeLessThan(2_000);

    const starts: number[] = [];
    while (starts.length < bars.length) {
      const { value } = await events.next();
      expect(value).toMatchObject({ kind: 'BAR' });
      if (value?.kind === 'BAR') starts.push(value.barStart);
    }
    expect(starts).toEqual(bars.map(({ start }) => start));
    await events.return(undefined as never);
  });
});

describe('what a person must change', () => {
  const refusal = async (options: Parameters<typeof streamOf>[1], own = account) => {
    const server = await startServer({ accounts: [own] });
    const listener = new Listener(streamOf(server, options));
    const error = await listener.over;
    expect(error).toBeInstanceOf(VenueRefused);
    return (error as Error).message;
  };

  it('is told for wrong keys, by the names of the variables', async () => {
    expect(await refusal({}, { ...account, secret: 'another-one' })).toMatch(
      /^ALPACA_API_KEY and ALPACA_SECRET_KEY are refused: Alpaca said 402 "auth failed" to ws:\/\/127\.0\.0\.1:\d+\/v2\/iex, expected the key and secret of one account/,
    );
  });

  it('is told for a feed that the plan has not', async () => {
    const server = await startServer();
    const listener = new Listener(streamOf(server, { url: server.streamUrl('sip') }));
    expect(await listener.over).toMatchObject({
      message: expect.stringMatching(
        /^ALPACA_FEED is refused: Alpaca said 409 "insufficient subscription" to .*\/v2\/sip,/,
      ),
    });
  });

  it('is told for a feed that does not exist', async () => {
    const server = await startServer();
    const listener = new Listener(streamOf(server, { url: server.streamUrl().replace('iex', 'otc') }));
    expect(await listener.over).toMatchObject({
      message: expect.stringMatching(/^ALPACA_FEED is refused: Alpaca said 404 "Not Found" to /),
    });
  });

  it('is told for more symbols than the plan allows', async () => {
    expect(await refusal({}, { ...account, symbolLimit: 1 })).toMatch(
      /^ALPACA_SYMBOLS is refused: Alpaca said 405 "symbol limit exceeded"/,
    );
  });

  it('is told for symbols that are written wrongly', async () => {
    expect(await refusal({ subscription: { bars: ['not a symbol'] } })).toMatch(
      /^ALPACA_SYMBOLS is refused: Alpaca said 400 "invalid syntax"/,
    );
  });

  it('never shows the keys, not even when the server repeats them', async () => {
    const { url } = await rawServer((socket, message) => {
      if (message === undefined) return say(socket, { T: 'success', msg: 'connected' });
      say(socket, { T: String(message['key']), echo: message['secret'] });
      say(socket, { T: 'error', code: 402, msg: `auth failed for ${message['key']} and ${message['secret']}` });
    });
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const log = createLogger({ level: 'debug', clock: { now: () => 0 }, destination });
    const listener = new Listener(streamOf({ clock: { now: () => OPEN } as never, streamUrl: () => url }, { log }));
    const error = (await listener.over) as Error;
    expect(error.message).toContain('auth failed for *** and ***');
    const shown = [error.stack, JSON.stringify(listener.events), ...lines].join('\n');
    expect(lines.join()).toContain('cannot be read');
    expect(shown).not.toContain(account.key);
    expect(shown).not.toContain(account.secret);
  });
});

describe('a connection that ends', () => {
  it('waits for the one connection of the account, and tells so', async () => {
    const server = await startServer();
    const first = new Listener(streamOf(server));
    await first.next('CONNECTED');
    const second = new Listener(streamOf(server));
    expect(await second.next('DISCONNECTED')).toMatchObject({
      code: 406,
      reason: expect.stringMatching(
        /^ALPACA_API_KEY and ALPACA_SECRET_KEY are refused: Alpaca said 406 "connection limit exceeded"/,
      ),
    });
    expect(second.all('CONNECTED')).toEqual([]);
    await first.close();
    await second.next('CONNECTED');
    expect(server.connections).toBe(1);
  });

  it('is made again, subscribed again, and tells from when on bars may be missing; REST has them', async () => {
    const server = await startServer();
    const listener = new Listener(streamOf(server));
    await listener.next('CONNECTED');
    await server.play(told(9));
    await until(() => listener.all('BAR').length === 20);

    server.setFaults([{ kind: 'http', status: 500, times: 0, ...always }]);
    server.dropConnections();
    await server.play(told(14));
    expect(await listener.next('DISCONNECTED')).toMatchObject({ code: null, retryInMs: expect.any(Number) });
    const { missedSince } = await listener.next('CONNECTED');
    expect(missedSince).toBe(OPEN + 8 * MINUTE);

    const missed = [];
    const request = {
      symbols: ['SPY', 'AIG'],
      timeframe: '1m',
      from: missedSince ?? 0,
      until: server.clock.now(),
      feed: 'iex',
    } as const;
    for await (const page of restOf(server).bars(request, new AbortController().signal)) missed.push(...page);
    await server.play(told(59));
    await until(() => listener.all('BAR').length === 110);

    const starts = [...listener.all('BAR'), ...missed].map(({ symbol, barStart }) => `${symbol} ${barStart}`);
    expect(new Set(starts).size).toBe(120);
  });

  it.each([1, 2, 3])('loses nothing that REST does not give back from that instant on: seed %i', async (seed) => {
    const random = randomOf(`lost connections ${seed}`);
    const bars = [...minutes('SPY', OPEN, 60), ...minutes('AIG', OPEN, 60)];
    const told = new Set(['repeat', 'swap', 'correct']);
    const faults = randomFaults(seed, recordingOf(bars), OPEN).filter(({ kind }) => told.has(kind));
    const server = await startServer({ bars, faults });
    const keeper = new Keeper(server);
    // Steps of ten seconds; now and then the connection is gone for up to two minutes.
    let away = 0;
    for (let now = OPEN; now < OPEN + 64 * MINUTE; now += 10_000) {
      if (away > 0) away -= 1;
      else await until(() => server.followers === 1);
      if (away === 0 && random.chance(0.06)) {
        server.dropConnections();
        away = random.integer(0, 12);
      }
      await server.play(now);
    }
    const truth = new Map(bars.map((own) => [`${own.symbol} ${own.start}`, `${own.close} ${own.volume}`]));
    await until(() => isDeepStrictEqual(keeper.held, truth));
    expect(keeper.connections).toBeGreaterThan(3);
  });

  it('waits longer each time, and starts over after a stable time', async () => {
    const server = await startServer();
    const listener = new Listener(streamOf(server, { limits: { retryMs: 2, mostRetryMs: 60, stableMs: 150 } }));
    const waits: number[] = [];
    for (let time = 0; time < 12; time += 1) {
      await listener.next('CONNECTED');
      server.dropConnections();
      waits.push((await listener.next('DISCONNECTED')).retryInMs);
    }
    expect(Math.max(...waits)).toBe(60);
    await listener.next('CONNECTED');
    await setTimeout(200);
    server.dropConnections();
    expect((await listener.next('DISCONNECTED')).retryInMs).toBeLessThanOrEqual(6);
  });

  it('once a second costs nothing but the wait', async () => {
    const server = await startServer({ faults: [{ kind: 'flap', ...always }] });
    const stream = streamOf(server);
    const listener = new Listener(stream);
    for (let time = 0; time < 2; time += 1) {
      await listener.next('CONNECTED');
      await listener.next('DISCONNECTED');
    }
    expect(stream.status()).toMatchObject({ connections: 2 });
    expect(server.connections).toBeLessThanOrEqual(1);
  });

  it('is replaced when nobody answers its pings', async () => {
    const server = await startServer({ faults: [{ kind: 'deaf', ...always }] });
    const listener = new Listener(streamOf(server, { limits: { pingMs: 30, pongMs: 1_000 } }));
    await listener.next('CONNECTED');
    expect(await listener.next('DISCONNECTED')).toMatchObject({ reason: 'no answer to a ping in 1000 ms' });
    server.setFaults([]);
    await listener.next('CONNECTED');
    await setTimeout(300);
    expect(listener.all('DISCONNECTED')).toHaveLength(1);
  });

  it.each([
    ['its greeting', 0],
    ['its answer to our keys', 1],
    ['its answer to our subscription', 2],
  ])('is replaced when %s does not come', async (what, answers) => {
    let given = 0;
    const { url } = await rawServer((socket) => {
      if (given >= answers) return;
      given += 1;
      say(socket, { T: 'success', msg: given === 1 ? 'connected' : 'authenticated' });
    });
    const listener = new Listener(
      streamOf({ clock: { now: () => OPEN } as never, streamUrl: () => url }, { limits: { stepMs: 60 } }),
    );
    expect(await listener.next('DISCONNECTED')).toMatchObject({ reason: `${what} did not come in 60 ms` });
  });

  it('waits as long as a refused handshake asks for', async () => {
    const http = createServer();
    http.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nConnection: close\r\n\r\n');
    });
    const url = await listening(http);
    const listener = new Listener(streamOf({ clock: { now: () => OPEN } as never, streamUrl: () => url }));
    expect(await listener.next('DISCONNECTED')).toEqual({
      kind: 'DISCONNECTED',
      code: 429,
      reason: 'the handshake was answered with 429',
      retryInMs: 7_000,
      at: OPEN,
    });
  });

  it('is tried again when nobody listens', async () => {
    const gone = await startServer();
    const url = gone.streamUrl();
    await gone.close();
    const listener = new Listener(streamOf({ clock: gone.clock, streamUrl: () => url }));
    expect(await listener.next('DISCONNECTED')).toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') });
    await listener.next('DISCONNECTED');
  });
});

describe('frames that are wrong', () => {
  it.each(['json', 'msgpack'] as const)(
    'are refused with the reason, and the connection goes on: %s',
    async (encoding) => {
      const server = await startServer({ faults: [{ kind: 'malformed', from: 0, until: told(0) }] });
      const stream = streamOf(server, { encoding });
      const listener = new Listener(stream);
      await listener.next('CONNECTED');
      await server.play(told(3));
      await until(() => listener.all('BAR').length === 8);
      const reasons = listener.all('REFUSED').map(({ cause, reason }) => `${cause}: ${reason}`);
      expect(reasons).toEqual([
        expect.stringMatching(/^MALFORMED: frame of \d+ bytes is no (JSON|msgpack)/),
        'MALFORMED: frame is no list, expected a list of messages',
        'MALFORMED: message of type b: o is missing, expected a positive decimal number',
        'UNKNOWN_TYPE: T is "news-of-tomorrow"',
      ]);
      expect(stream.status()).toMatchObject({
        connections: 1,
        unreadable: { malformed: 3, unknown: 1 },
        unknownTypes: { 'T is "news-of-tomorrow"': 1 },
      });
      expect(listener.all('DISCONNECTED')).toEqual([]);
    },
  );

  it('are logged seldom, however many there are', async () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const log = createLogger({ level: 'warn', clock: { now: () => 0 }, destination });
    const server = await startServer();
    const stream = streamOf(server, { log });
    const listener = new Listener(stream);
    await listener.next('CONNECTED');
    server.sendRaw(JSON.stringify(Array.from({ length: 1_000 }, (_, index) => ({ T: `type ${index}` }))));
    server.sendRaw(JSON.stringify(Array.from({ length: 1_000 }, () => ({}))));
    await until(() => listener.all('REFUSED').length === 2_000);
    expect(lines.length).toBeLessThan(50);
    expect(Object.keys(stream.status().unknownTypes)).toHaveLength(21);
  });

  it('of 10 MB end the connection, and the next one is told', async () => {
    const server = await startServer({ faults: [{ kind: 'huge', from: OPEN, until: told(0) }] });
    const listener = new Listener(streamOf(server));
    await listener.next('CONNECTED');
    await server.play(told(0));
    expect(await listener.next('DISCONNECTED')).toMatchObject({ reason: 'Max payload size exceeded' });
    await listener.next('CONNECTED');
    await server.play(told(1));
    expect(await listener.next('BAR')).toMatchObject({ barStart: OPEN + MINUTE });
  });

  it('of 10 MB are not waited for: their head is enough', async () => {
    const { url } = await rawServer((socket, message) => {
      if (message !== undefined) return;
      // A text frame of 10 MB, of which the server sends no byte.
      const head = Buffer.from([0x81, 127, 0, 0, 0, 0, 0, 0xa0, 0, 0]);
      (socket as unknown as { _socket: { write(data: Buffer): void } })._socket.write(head);
    });
    const listener = new Listener(streamOf({ clock: { now: () => OPEN } as never, streamUrl: () => url }));
    expect(await listener.next('DISCONNECTED')).toMatchObject({ reason: 'Max payload size exceeded' });
  });
});

describe('a socket that is open and mute', () => {
  const muteFrom = (instant: number): Fault[] => [{ kind: 'mute', from: instant, until: Number.POSITIVE_INFINITY }];

  it('is told in session after two bars, replaced, and told to be over', async () => {
    const server = await startServer({ faults: muteFrom(told(5)) });
    const stream = streamOf(server);
    const listener = new Listener(stream);
    await listener.next('CONNECTED');
    await server.play(told(5));
    await until(() => listener.all('BAR').length === 12);
    await server.play(told(7));
    await setTimeout(20);
    expect(listener.all('STALLED')).toEqual([]);

    await server.play(told(8));
    const { since } = await listener.next('STALLED');
    expect(stream.status().stalledSince).toBe(since);
    expect(await listener.next('DISCONNECTED')).toMatchObject({ reason: 'the connection is open and mute in session' });
    expect(await listener.next('CONNECTED')).toMatchObject({ missedSince: OPEN + 4 * MINUTE });

    server.setFaults([]);
    await server.play(told(9));
    expect(await listener.next('RECOVERED')).toMatchObject({ since, by: 'BAR' });
    expect(await listener.next('BAR')).toMatchObject({ barStart: OPEN + 9 * MINUTE });
    expect(listener.all('STALLED')).toHaveLength(1);
    expect(stream.status().stalledSince).toBeNull();
  });

  it.each([
    ['before the open', '2013-10-04T09:00:00Z', '2013-10-04T13:29:00Z'],
    ['after the close', '2013-10-04T20:00:00Z', '2013-10-07T13:29:00Z'],
    ['after the close of a half day', '2013-11-29T18:00:00Z', '2013-11-29T21:00:00Z'],
  ])('is normal %s', async (_when, from, until) => {
    const start = Date.parse(from);
    const server = await startServer({ startAt: start, faults: muteFrom(start) });
    const listener = new Listener(streamOf(server));
    await listener.next('CONNECTED');
    for (let now = start; now < Date.parse(until); now += 30 * MINUTE) {
      await server.play(now);
      await setTimeout(4);
    }
    expect(listener.events.map(({ kind }) => kind)).toEqual(['CONNECTED']);
  });

  it('is told on a half day, until its close', async () => {
    const close = Date.parse('2013-11-29T18:00:00Z');
    const server = await startServer({ startAt: close - 10 * MINUTE, faults: muteFrom(0) });
    const listener = new Listener(streamOf(server));
    await listener.next('CONNECTED');
    await server.play(close - 5 * MINUTE);
    await listener.next('STALLED');
    await server.play(close);
    expect(await listener.next('RECOVERED')).toMatchObject({ by: 'CLOSE', since: close - 10 * MINUTE });
  });

  it('is normal while every symbol is halted, and told when trading goes on without bars', async () => {
    const halt: Fault = { kind: 'halt', symbol: '*', from: OPEN + 5 * MINUTE, until: OPEN + 30 * MINUTE };
    const server = await startServer({ faults: [halt] });
    const listener = new Listener(streamOf(server));
    await listener.next('CONNECTED');
    for (let minute = 0; minute < 30; minute += 1) {
      await server.play(OPEN + minute * MINUTE);
      await setTimeout(4);
    }
    expect(listener.all('STALLED')).toEqual([]);

    server.setFaults([halt, ...muteFrom(OPEN + 30 * MINUTE + 1)]);
    await server.play(OPEN + 30 * MINUTE);
    await until(() => listener.all('STATUS').length === 4);
    await server.play(OPEN + 33 * MINUTE);
    expect(await listener.next('STALLED')).toMatchObject({ since: OPEN + 30 * MINUTE });
  });
});

/** What an adapter would do with the events: keep the newest version of each bar, and ask REST for what was missed before going on. */
class Keeper {
  readonly held = new Map<string, string>();
  connections = 0;
  readonly #rest: AlpacaRest;
  readonly #clock: Clock;

  constructor(server: AlpacaServer) {
    this.#rest = restOf(server);
    this.#clock = server.clock;
    const abort = new AbortController();
    const over = this.#follow(streamOf(server), abort.signal);
    onTestFinished(async () => {
      abort.abort(new Error('the test is over'));
      await expect(over).rejects.toThrow('the test is over');
    });
  }

  async #follow(stream: AlpacaStream, signal: AbortSignal): Promise<void> {
    for await (const event of stream.events(signal)) {
      if (event.kind === 'BAR' || event.kind === 'UPDATED_BAR') this.#hold(event);
      if (event.kind !== 'CONNECTED') continue;
      this.connections += 1;
      await this.#fill(event.missedSince ?? OPEN, signal);
    }
  }

  async #fill(from: number, signal: AbortSignal): Promise<void> {
    const request = { symbols: ['SPY', 'AIG'], timeframe: '1m', from, until: this.#clock.now(), feed: 'iex' } as const;
    for await (const page of this.#rest.bars(request, signal)) for (const own of page) this.#hold(own);
  }

  #hold(own: {
    readonly symbol: string;
    readonly barStart: number;
    readonly close: string;
    readonly volume: string;
  }): void {
    this.held.set(`${own.symbol} ${own.barStart}`, `${own.close} ${own.volume}`);
  }
}

type Told = Readonly<Record<string, unknown>>;

/** A server of its own: `answer` is called for each connection, and for each message of it. */
async function rawServer(answer: (socket: WebSocket, message?: Told) => void): Promise<{ url: string }> {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  sockets.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data) => answer(socket, JSON.parse(String(data)) as Told));
    answer(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
  });
  return { url: await listening(http) };
}

async function listening(http: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}/v2/iex`;
}

function say(socket: WebSocket, message: Told): void {
  socket.send(JSON.stringify([message]));
}

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AlpacaRest } from '../../backend/market-data/alpaca/rest.ts';
import { VenueMalformed, VenueRefused, VenueUnavailable } from '../../backend/market-data/venue/errors.ts';
import { ManualClock } from '../../backend/platform/clock.ts';
import { until } from '../live-feed/listener.ts';
import type { Fault } from './server/faults.ts';
import { account, MINUTE, minutes, OPEN, restOf, startServer } from './testing.ts';

const always = { from: 0, until: Number.POSITIVE_INFINITY };
const { signal } = new AbortController();
const failing = (status: number, more: Partial<Extract<Fault, { kind: 'http' }>> = {}): Fault[] => [
  { kind: 'http', status, ...always, ...more },
];

async function bars(rest: AlpacaRest, symbols: string[], from: number, end: number) {
  const pages = [];
  for await (const page of rest.bars({ symbols, timeframe: '1m', from, until: end, feed: 'iex' }, signal))
    pages.push(page);
  return pages;
}

describe('bars', () => {
  it('come by page until there is no more, by symbol and then by time', async () => {
    const recorded = [...minutes('AIG', OPEN, 6_000), ...minutes('SPY', OPEN, 6_000)];
    const server = await startServer({ bars: recorded, startAt: OPEN + 20_000 * MINUTE });
    const pages = await bars(restOf(server), ['SPY', 'AIG'], OPEN, server.clock.now());
    expect(pages.map((page) => page.length)).toEqual([5_000, 5_000, 2_000]);
    expect(pages.flat().map(({ symbol, barStart }) => [symbol, barStart])).toEqual(
      recorded.map(({ symbol, start }) => [symbol, start]),
    );
    expect(server.rest.requests.get('/v2/stocks/bars')).toBe(3);
  });

  it('are those from the first instant on and before the second, with the digits of the recording', async () => {
    const server = await startServer({ startAt: OPEN + 60 * MINUTE });
    const [page = []] = await bars(restOf(server), ['SPY'], OPEN + MINUTE, OPEN + 3 * MINUTE);
    expect(page.map(({ barStart }) => barStart)).toEqual([OPEN + MINUTE, OPEN + 2 * MINUTE]);
    expect(page[0]).toMatchObject({ open: '101.05', high: '102.1', low: '100.9', close: '101.55', volume: '1001' });
  });

  it('of no time at all are none, and nobody is asked', async () => {
    const server = await startServer();
    expect(await bars(restOf(server), ['SPY'], OPEN, OPEN)).toEqual([]);
    expect(server.rest.requests.size).toBe(0);
  });

  it('hold the newest version of a corrected minute, and those that the stream dropped', async () => {
    const server = await startServer({
      faults: [
        { kind: 'correct', symbol: 'SPY', from: OPEN, until: OPEN + MINUTE },
        { kind: 'drop', symbol: 'SPY', from: OPEN + MINUTE, until: OPEN + 2 * MINUTE },
      ],
    });
    const closes = async (now: number) => {
      await server.play(now);
      return (await bars(restOf(server), ['SPY'], OPEN, now)).flat().map(({ close }) => close);
    };
    expect(await closes(OPEN + MINUTE + 1_000)).toEqual(['100.05']);
    expect(await closes(OPEN + MINUTE + 40_000)).toEqual(['100.55']);
    expect(await closes(OPEN + 2 * MINUTE + 1_000)).toEqual(['100.55', '101.55']);
  });

  it('of days are joined from the session', async () => {
    const server = await startServer({ startAt: OPEN + 61 * MINUTE });
    const request = {
      symbols: ['SPY'],
      timeframe: '1d',
      from: OPEN - 86_400_000,
      until: server.clock.now(),
      feed: 'iex',
    } as const;
    const { value } = await restOf(server).bars(request, signal).next();
    expect(value).toMatchObject([
      { barStart: Date.parse('2013-10-04T04:00:00Z'), open: '100.05', high: '160.1', low: '99.9', close: '159.55' },
    ]);
  });
});

describe('the market', () => {
  it('has a clock, from which ours is told to differ', async () => {
    const server = await startServer();
    const rest = restOf(server, { clock: new ManualClock(OPEN + 90_000) });
    const reading = await rest.clock(signal);
    expect(reading).toMatchObject({
      time: OPEN,
      isOpen: true,
      nextOpen: Date.parse('2013-10-07T13:30:00Z'),
      nextClose: Date.parse('2013-10-04T20:00:00Z'),
    });
    expect(Math.abs(reading.skewMs - 90_000)).toBeLessThanOrEqual(reading.uncertaintyMs + 1);
    expect(reading.headerSkewMs).toBeLessThan(-300 * 86_400_000);
  });

  it('has a clock that may be wrong', async () => {
    const server = await startServer({ faults: [{ kind: 'clock', seconds: 3_600, ...always }] });
    const { skewMs, uncertaintyMs } = await restOf(server).clock(signal);
    expect(Math.abs(skewMs + 3_600_000)).toBeLessThanOrEqual(uncertaintyMs + 1);
  });

  it('has a calendar with half days', async () => {
    const server = await startServer();
    const days = await restOf(server).calendar({ start: '2013-11-27', end: '2013-12-02' }, signal);
    expect(days).toEqual([
      { sessionDate: '2013-11-27', open: '09:30', close: '16:00' },
      { sessionDate: '2013-11-29', open: '09:30', close: '13:00' },
      { sessionDate: '2013-12-02', open: '09:30', close: '16:00' },
    ]);
  });

  it('has assets', async () => {
    const server = await startServer();
    const assets = await restOf(server).assets(signal);
    expect(assets.map(({ symbol, tradable }) => [symbol, tradable])).toEqual([
      ['AIG', true],
      ['SPY', true],
    ]);
  });

  it('has corporate actions by the page', async () => {
    const split = (index: number) => ({
      id: String(index),
      symbol: 'AAPL',
      cusip: '037833100',
      new_rate: 7,
      old_rate: 1,
      process_date: '2014-06-09',
      ex_date: '2014-06-09',
    });
    const forward_splits = Array.from({ length: 1_001 }, (_, index) => split(index));
    const server = await startServer({ corporateActions: { forward_splits } });
    const request = { symbols: ['AAPL'], start: '2014-01-01', end: '2014-12-31' };
    const pages = [];
    for await (const page of restOf(server).corporateActions(request, signal)) pages.push(page);
    expect(pages.map(({ actions }) => actions.length)).toEqual([1_000, 1]);
    expect(pages[1]?.actions[0]).toMatchObject({ kind: 'SPLIT', id: '1000', newRate: '7' });
    const other = { ...request, symbols: ['SPY'] };
    expect((await restOf(server).corporateActions(other, signal).next()).value?.actions).toEqual([]);
  });
});

describe('what a person must change', () => {
  it('is told for wrong keys, without showing them', async () => {
    const server = await startServer({ accounts: [{ ...account, key: 'another-one' }] });
    const error: unknown = await restOf(server)
      .clock(signal)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(VenueRefused);
    expect((error as Error).message).toMatch(
      /^ALPACA_API_KEY and ALPACA_SECRET_KEY are refused: Alpaca said 401 "unauthorized\." to http:\/\/127\.0\.0\.1:\d+\/v2\/clock, expected/,
    );
    await expect(bars(restOf(server), ['SPY'], OPEN, OPEN + 1)).rejects.toThrow('Alpaca said 403 "forbidden."');
    expect(String((error as Error).stack)).not.toContain(account.secret);
  });

  it('is told for a feed that the plan has not', async () => {
    const server = await startServer();
    const asked = restOf(server).bars(
      { symbols: ['SPY'], timeframe: '1m', from: OPEN, until: OPEN + 1, feed: 'sip' },
      signal,
    );
    await expect(asked.next()).rejects.toThrow(
      'ALPACA_FEED is refused: Alpaca said 403 "subscription does not permit querying recent SIP data"',
    );
  });

  it('is told in their words for anything else', async () => {
    const server = await startServer();
    await expect(bars(restOf(server), [''], OPEN, OPEN + 1)).rejects.toThrow(
      /^Alpaca said 400 "invalid parameters" to /,
    );
    const elsewhere = restOf({ clock: server.clock, httpUrl: `${server.httpUrl}/elsewhere` });
    await expect(elsewhere.clock(signal)).rejects.toThrow('Alpaca said 404 "endpoint not found."');
    expect(server.rest.requests.get('/v2/stocks/bars')).toBe(1);
  });
});

describe('a request that fails', () => {
  it('is tried again after 429, not before Retry-After', async () => {
    const server = await startServer({ faults: failing(429, { times: 1, retryAfter: 1 }) });
    const begun = performance.now();
    await restOf(server).clock(signal);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(990);
    expect(server.rest.requests.get('/v2/clock')).toBe(2);
  });

  it('is tried again after 500, until there are no tries left', async () => {
    const server = await startServer({ faults: failing(500, { times: 4 }) });
    await restOf(server, { limits: { failuresToOpen: 9 } }).clock(signal);
    expect(server.rest.requests.get('/v2/clock')).toBe(5);

    server.setFaults(failing(500));
    const error: unknown = await restOf(server, { limits: { failuresToOpen: 9 } })
      .clock(signal)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(VenueUnavailable);
    expect(error).toMatchObject({ message: 'Alpaca is not available: GET /v2/clock: it answered 500 (tried 5 times)' });
    expect(server.rest.requests.get('/v2/clock')).toBe(10);
  });

  it('opens the circuit, which fails at once and closes when the service is back', async () => {
    const server = await startServer({ faults: failing(503) });
    const rest = restOf(server, { limits: { failuresToOpen: 3, openMs: 150 } });
    expect(rest.circuit).toBe('CLOSED');
    await expect(rest.clock(signal)).rejects.toThrow('its circuit is open, because it answered 503');
    expect(rest.circuit).toBe('OPEN');
    await expect(rest.clock(signal)).rejects.toThrow(VenueUnavailable);
    expect(server.rest.requests.get('/v2/clock')).toBe(3);

    server.setFaults([]);
    await new Promise((resolve) => setTimeout(resolve, 160));
    await rest.clock(signal);
    expect(rest.circuit).toBe('CLOSED');
  });

  it('leaves the circuit closed when the limit was the reason', async () => {
    const server = await startServer({ faults: failing(429) });
    const rest = restOf(server, { limits: { failuresToOpen: 2 } });
    await expect(rest.clock(signal)).rejects.toThrow('it answered 429, too many requests (tried 5 times)');
    expect(rest.circuit).toBe('CLOSED');
  });

  it('adds little to an outage: retries have a budget', async () => {
    const server = await startServer({ faults: failing(500) });
    const rest = restOf(server, { limits: { failuresToOpen: 1_000, retryReserve: 3 } });
    for (let time = 0; time < 40; time += 1) await rest.clock(signal).catch(() => {});
    expect(server.rest.requests.get('/v2/clock')).toBeLessThanOrEqual(40 + 3 + 4);
  });

  it('is given up when a body drips', async () => {
    const server = await startServer({ faults: [{ kind: 'slow', ...always }] });
    const rest = restOf(server, { limits: { totalMs: 250, attempts: 1 } });
    await expect(rest.clock(signal)).rejects.toThrow('GET /v2/clock: no whole answer in 250 ms');
  });

  it('is told to be malformed when a body is no JSON, after it was tried again', async () => {
    const server = await startServer({ faults: [{ kind: 'garbled', ...always }] });
    const error: unknown = await restOf(server)
      .clock(signal)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(VenueMalformed);
    expect(error).toMatchObject({ endpoint: 'GET /v2/clock', field: 'body' });
    expect((error as Error).message).toContain('body begins with "{\\"timestamp\\":');
    expect(server.rest.requests.get('/v2/clock')).toBe(5);
  });

  it('names endpoint and field of an answer that is not as documented', async () => {
    const server = await rawServer((_request, response) => response.end('{"timestamp":"now","is_open":true}'));
    const error: unknown = await restOf(server)
      .clock(signal)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(VenueMalformed);
    expect(error).toMatchObject({ endpoint: 'GET /v2/clock', field: 'timestamp' });
    expect((error as Error).message).toContain('timestamp is "now", expected an instant');
  });

  it('does not turn in circles when pages do', async () => {
    const server = await rawServer((_request, response) => response.end('{"bars":{},"next_page_token":"again"}'));
    await expect(bars(restOf(server), ['SPY'], OPEN, OPEN + 1)).rejects.toThrow('next_page_token came before');
  });

  it('reads no more than it may', async () => {
    const server = await rawServer((_request, response) => response.end(`"${'x'.repeat(100_000)}"`));
    const rest = restOf(server, { limits: { answerBytes: 10_000, attempts: 1 } });
    await expect(rest.clock(signal)).rejects.toThrow('its answer is larger than may be read');
  });

  it('follows no redirect: the keys stay where they are sent', async () => {
    const server = await rawServer((_request, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end('{}'),
    );
    await expect(restOf(server).clock(signal)).rejects.toThrow('Alpaca said 302');
  });

  it('tells that nobody listens', async () => {
    const gone = await startServer();
    const { httpUrl, clock } = { httpUrl: gone.httpUrl, clock: gone.clock };
    await gone.close();
    await expect(restOf({ httpUrl, clock }, { limits: { attempts: 1 } }).clock(signal)).rejects.toThrow(
      'it does not listen',
    );
  });

  it('ends at once when it is aborted: while it is sent, waits for a retry, or for its turn', async () => {
    const server = await startServer({ faults: [{ kind: 'slow', ...always }] });
    const abortedAfter = async (rest: AlpacaRest) => {
      const abort = new AbortController();
      const asked = rest.clock(abort.signal);
      setTimeout(() => abort.abort(new Error('no more')), 50);
      await expect(asked).rejects.toThrow('no more');
    };
    await abortedAfter(restOf(server));
    server.setFaults(failing(500));
    await abortedAfter(restOf(server, { limits: { retryMs: 60_000, mostRetryMs: 60_000 } }));
    server.setFaults(failing(429, { retryAfter: 60 }));
    await abortedAfter(restOf(server));
  });
});

describe('the quota of the account', () => {
  it('is kept: what is too much waits for the next minute', async () => {
    // The quota changes with the minute: not while this runs.
    await new Promise((resolve) => setTimeout(resolve, Date.now() % MINUTE > 59_000 ? 1_100 : 0));
    const server = await startServer({ accounts: [{ ...account, requestsPerMinute: 2 }] });
    const rest = restOf(server);
    await rest.clock(signal);
    await rest.clock(signal);
    const abort = new AbortController();
    const third = rest.clock(abort.signal).catch((error: unknown) => error);
    await until(() => server.rest.requests.get('/v2/clock') === 2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    abort.abort(new Error('not today'));
    expect(await third).toMatchObject({ message: 'not today' });
    expect(server.rest.requests.get('/v2/clock')).toBe(2);
  });
});

async function rawServer(listener: RequestListener): Promise<{ httpUrl: string; clock: never }> {
  const http = createServer(listener);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  return { httpUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, clock: new ManualClock(OPEN) as never };
}

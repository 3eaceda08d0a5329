import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { follow } from '../../../client/follow.ts';
import { TestIssuer } from '../../access/key-set.fixture.ts';
import { BarIngest } from '../../market-data/store/ingest.ts';
import { writeTick } from '../../signals/publishing.fixture.ts';
import type { TickResult } from '../../signals/tick.ts';
import { startTestApi, type TestApi } from '../../testing/api.ts';
import { batchesOf, feedNamed, minuteBar } from '../../testing/bars.ts';
import type { TestStore } from '../../testing/database.ts';
import { EventReader } from '../../testing/event-reader.ts';
import type { TestMarket } from '../../testing/market.ts';
import { openMarketStore } from '../../testing/market-store.ts';

const LISTED = 'https://app.example';
let market: TestMarket;
let ticks: readonly TickResult[];
let store: TestStore;
let issuer: TestIssuer;
let api: TestApi;
let closed: TestApi;
let written = 0;
let head = 0;
beforeAll(async () => {
  ({ market, ticks, store } = await openMarketStore('events'));
  issuer = await TestIssuer.start();
  api = await startTestApi(store, {}, { allowedOrigins: [LISTED] });
  closed = await startTestApi(
    store,
    { AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: 'heliograph', AUTH_JWKS_URL: `${issuer.url}/keys` },
    { caps: { perConnection: 50, perPrincipal: 2, unknownPerAddress: 1_000 } },
  );
}, 60_000);
beforeEach(() => write(2));
afterAll(async () => {
  await closed?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
  await issuer?.[Symbol.asyncDispose]();
  await store?.dispose();
});

/** The next ticks of the engine, as it writes them. */
async function write(count: number): Promise<void> {
  for (const tick of ticks.slice(written, written + count)) {
    await writeTick(await store.em(), market.source, tick, written);
    written += 1;
    head += tick.events.length;
  }
  for (const one of [api, closed]) one.wakeUp.notify('public', head);
}

const ITEM = `__typename ... on SignalEventBatch { events { seq cursor signal { id } } cursor previousCursor }
  ... on StreamCheckpoint { cursor live } ... on StreamProblem { code }`;
const SUBSCRIPTION = `subscription ($after: Cursor, $from: StreamStart = BEGINNING, $maxBatch: Int = 1) {
  signalEvents(after: $after, from: $from, maxBatch: $maxBatch) { ${ITEM} } }`;
type Item = {
  readonly __typename: string;
  readonly cursor?: string;
  readonly code?: string;
  readonly events?: { seq: number }[];
};
type Headers = Record<string, string>;

const asking = (query: string, variables: object = {}): string =>
  `${api.url}?query=${encodeURIComponent(query)}&variables=${encodeURIComponent(JSON.stringify(variables))}`;
const seqsOf = (reader: EventReader): number[] =>
  reader.items<Item>().flatMap(({ events = [] }) => events.map(({ seq }) => seq));
const upTo = (last: number, from = 1): number[] => Array.from({ length: last - from + 1 }, (_, at) => from + at);
const bearer = async (claims: Record<string, unknown> = {}): Promise<Headers> => ({
  authorization: `Bearer ${await issuer.token(Date.now(), claims)}`,
});
const told = async (url: string, init: RequestInit): Promise<unknown[]> => {
  const answer = await fetch(url, init);
  const { errors } = (await answer.json()) as { errors: { extensions: { code: string } }[] };
  return [answer.status, ...errors.map(({ extensions }) => extensions.code)];
};

async function metric(of: TestApi, series: string): Promise<number> {
  const line = (await of.metrics.render()).split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length) ?? Number.NaN);
}
const ACTIVE = 'graphql_subscriptions_active{operation="other",transport="sse"}';

describe('a stream of events', () => {
  it('has each item under its cursor, and is neither kept nor held back', async () => {
    await using reader = await EventReader.open(api.url, { query: SUBSCRIPTION });
    await eventually(() => seqsOf(reader)).toEqual(upTo(head));
    expect(reader.response.status).toBe(200);
    const { headers } = reader.response;
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect([headers.get('cache-control'), headers.get('x-accel-buffering')]).toEqual(['no-store', 'no']);
    expect(reader.text).toMatch(/^retry: [12]\d{3}\nevent: next\n/);
    expect(reader.events.map(({ id }) => id)).toEqual(reader.items<Item>().map(({ cursor }) => cursor));
    expect(reader.events.every(({ event }) => event === 'next')).toBe(true);
  });

  it('answers a query or a mutation with one event and its end', async () => {
    for (const [query, data] of [
      ['{ __typename }', { __typename: 'Query' }],
      ['mutation { __typename }', { __typename: 'Mutation' }],
    ] as const) {
      await using reader = await EventReader.open(api.url, { query });
      await eventually(() => reader.hasEnded).toBe(true);
      expect(reader.events).toEqual([
        { event: 'next', id: null, data: JSON.stringify({ data }) },
        { event: 'complete', id: null, data: '' },
      ]);
    }
  });

  it('is for subscriptions alone where JSON would do as well', async () => {
    const headers = { accept: 'application/json, text/event-stream;q=0.5' };
    await using reader = await EventReader.open(api.url, { query: SUBSCRIPTION }, headers);
    await eventually(() => seqsOf(reader)).toEqual(upTo(head));
    const answer = await fetch(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"query":"{ __typename }"}',
    });
    expect(await answer.json()).toEqual({ data: { __typename: 'Query' } });
    const unwanted = {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream;q=0' },
    };
    expect(await told(api.url, { ...unwanted, body: JSON.stringify({ query: SUBSCRIPTION }) })).toEqual([
      400,
      'BAD_REQUEST',
    ]);
  });

  it('goes on after Last-Event-ID without a gap, whatever the words say that it began with', async () => {
    const begun = await EventReader.open(asking(SUBSCRIPTION), null);
    await eventually(() => seqsOf(begun)).toEqual(upTo(head));
    begun.leave();
    const last = begun.events[head - 3]?.id ?? '';
    const first = begun.events[0]?.id ?? '';
    const before = head;
    await write(2);
    const rest = upTo(head, before - 1);
    for (const open of [
      (headers: Headers) => EventReader.open(asking(SUBSCRIPTION, { after: first }), null, headers),
      (headers: Headers) => EventReader.open(api.url, { query: SUBSCRIPTION, variables: { after: first } }, headers),
      (headers: Headers) =>
        EventReader.open(api.url, { query: `subscription { signalEvents(maxBatch: 1) { ${ITEM} } }` }, headers),
    ]) {
      await using again = await open({ 'last-event-id': last });
      await eventually(() => seqsOf(again)).toEqual(rest);
    }
  });

  it('of bars has ids, too, and goes on after them', async () => {
    const feed = feedNamed('bars of events');
    const bars = new BarIngest(store.pool);
    await bars.register(feed);
    await bars.store(feed, batchesOf(upTo(10).map((minute) => minuteBar(minute, `10${minute}`))));
    const query = `subscription { bars(instrument: "ins_spy-us", from: BEGINNING, maxBatch: 1) { __typename
      ... on BarBatch { bars { close } cursor } ... on StreamCheckpoint { cursor live } } }`;
    type Bars = { readonly __typename: string; readonly bars?: { close: string }[] };
    const closesOf = (reader: EventReader) =>
      reader.items<Bars>().flatMap(({ bars: some = [] }) => some.map(({ close }) => close));
    await using whole = await EventReader.open(api.url, { query });
    await eventually(() => closesOf(whole).length).toBe(10);
    await using again = await EventReader.open(asking(query), null, { 'last-event-id': whole.events[3]?.id ?? '' });
    await eventually(() => closesOf(again)).toEqual(closesOf(whole).slice(4));
  });

  it('tells a place that is none, and ends', async () => {
    await using reader = await EventReader.open(asking(SUBSCRIPTION), null, { 'last-event-id': 'nonsense' });
    await eventually(() => reader.hasEnded).toBe(true);
    expect(reader.events.map(({ event }) => event)).toEqual(['next', 'complete']);
    expect(reader.next()).toMatchObject([{ errors: [{ extensions: { code: 'BAD_CURSOR' } }] }]);
  });

  it('is over when its client leaves', async () => {
    const readers = await Promise.all(
      Array.from({ length: 10 }, () => EventReader.open(api.url, { query: SUBSCRIPTION })),
    );
    await eventually(() => metric(api, ACTIVE)).toBe(10);
    expect(await metric(api, 'http_requests_inprogress')).toBe(0);
    for (const reader of readers) reader.leave();
    await eventually(() => metric(api, ACTIVE)).toBe(0);
    expect(await metric(api, 'graphql_subscription_groups')).toBe(0);
  });

  it('is followed by our client', async () => {
    const heard: number[] = [];
    for await (const { events } of follow({ url: api.url, from: 'BEGINNING' })) {
      heard.push(...events.map(({ seq }) => seq));
      if (heard.length >= head) break;
    }
    expect(heard).toEqual(upTo(head));
  });
});

describe('a WebSocket and a stream', () => {
  it('that ask the same are one group, of which each item is made once', async () => {
    // LIVE may begin where a look at the log found its end a moment ago.
    await sleep(200);
    await using reader = await EventReader.open(api.url, { query: SUBSCRIPTION, variables: { from: 'LIVE' } });
    await eventually(() => reader.events.length).toBeGreaterThan(0);
    const socket = await overWebSocket(api, { query: SUBSCRIPTION, variables: { from: 'LIVE' } });
    await eventually(() => socket.payloads.length).toBeGreaterThan(0);
    expect(await metric(api, 'graphql_subscription_groups')).toBe(1);
    const isBatch = (text: string): boolean => text.includes('SignalEventBatch');
    const executed = await metric(api, 'graphql_subscription_executions_total');
    const before = head;
    await write(1);
    const events = head - before;
    const batches = () => reader.events.filter(({ data }) => isBatch(data)).map(({ data }) => data);
    await eventually(() => batches().length).toBe(events);
    await eventually(() => socket.payloads.filter(isBatch)).toEqual(batches());
    const made = (await metric(api, 'graphql_subscription_executions_total')) - executed;
    const checkpoints = reader.items<Item>().length - events;
    expect(made).toBeLessThanOrEqual(events + checkpoints);
    expect(made).toBeGreaterThanOrEqual(events);
    socket.leave();
  });

  it('of two audiences are two groups', async () => {
    const query = { query: SUBSCRIPTION };
    const [one, same, other] = await Promise.all([
      bearer({ sub: 'one', scope: 'signals:read' }),
      bearer({ sub: 'same', scope: 'signals:read' }),
      bearer({ sub: 'other', scope: 'signals:read models:read' }),
    ]);
    await using first = await EventReader.open(closed.url, query, one);
    await using second = await EventReader.open(closed.url, query, other);
    const socket = await overWebSocket(closed, query, same);
    for (const reader of [first, second]) await eventually(() => seqsOf(reader)).toEqual(upTo(head));
    await eventually(() => socket.payloads.length).toBeGreaterThan(0);
    expect(await metric(closed, 'graphql_subscription_groups')).toBe(2);
    socket.leave();
  });

  it('count together against what one principal may have open', async () => {
    const mine = await bearer({ sub: 'many' });
    const query = { query: SUBSCRIPTION };
    const socket = await overWebSocket(closed, query, mine);
    await eventually(() => socket.payloads.length).toBeGreaterThan(0);
    await using second = await EventReader.open(closed.url, query, mine);
    await eventually(() => second.events.length).toBeGreaterThan(0);
    await using third = await EventReader.open(closed.url, query, mine);
    expect(third.response.status).toBe(429);
    await eventually(() => third.text).toContain('TOO_MANY_SUBSCRIPTIONS');
    // What a page asks with gives up for good at any other status.
    const address = `${closed.url}?query=${encodeURIComponent(SUBSCRIPTION)}`;
    const page = await fetch(address, { headers: { ...mine, accept: 'text/event-stream' } });
    expect([page.status, await page.text()]).toEqual([200, expect.stringMatching(/^retry: \d{4}\n\n$/)]);
    second.leave();
    await eventually(async () => (await EventReader.open(closed.url, query, mine)).response.status).toBe(200);
    socket.leave();
  });
});

describe('a GET', () => {
  const get = (query: string, headers: Headers = {}) => told(asking(query), { headers });
  const accept = 'text/event-stream';

  it('is for subscriptions alone, and for those who take events', async () => {
    expect(await get('{ __typename }', { accept })).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(await get('mutation { __typename }', { accept })).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(await get(SUBSCRIPTION)).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(await get(SUBSCRIPTION, { accept: 'application/json' })).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(await get('subscription { nope }', { accept })).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
    for (const search of ['', '?query=', '?query=a&query=b', '?query=%7Ba%7D&variables=%7B', '?variables=1'])
      expect(await told(`${api.url}${search}`, { headers: { accept } }), search).toEqual([400, 'BAD_REQUEST']);
    const poisoned = encodeURIComponent('{"after":{"__proto__":{"a":1}}}');
    const search = `?query=${encodeURIComponent(SUBSCRIPTION)}&variables=${poisoned}`;
    expect(await told(`${api.url}${search}`, { headers: { accept } })).toEqual([400, 'BAD_REQUEST']);
    expect((await fetch(api.url, { method: 'HEAD', headers: { accept } })).status).toBe(405);
  });

  it.each([
    ['a page of somewhere else', { origin: 'https://evil.example' }],
    ['a page that looks like ours', { origin: `${LISTED}.evil.example` }],
    ['a page without an address', { origin: 'null' }],
    ['a page of somewhere else that is not told the answer', { 'sec-fetch-site': 'cross-site' }],
    ['a page of a sister that is not told the answer', { 'sec-fetch-site': 'same-site' }],
  ])('of %s is refused', async (_what, headers) => {
    expect(await get(SUBSCRIPTION, { accept, ...(headers as Headers) })).toEqual([403, 'FORBIDDEN']);
  });

  it('of a page of our own, or of a listed origin with its credential, is answered', async () => {
    await using own = await EventReader.open(asking(SUBSCRIPTION), null, { origin: new URL(api.url).origin });
    await eventually(() => seqsOf(own)).toEqual(upTo(head));
    await using silent = await EventReader.open(asking(SUBSCRIPTION), null, { 'sec-fetch-site': 'same-origin' });
    await eventually(() => seqsOf(silent)).toEqual(upTo(head));
    // It may ask, and is nobody as long as it does not say who it is.
    const stranger = await fetch(asking(SUBSCRIPTION), { headers: { accept, origin: LISTED } });
    expect([stranger.status, stranger.headers.get('access-control-allow-origin')]).toEqual([401, LISTED]);
    expect(stranger.headers.get('vary')).toContain('origin');
  });

  it('needs a credential where everything does', async () => {
    const search = `?query=${encodeURIComponent(SUBSCRIPTION)}`;
    expect(await told(`${closed.url}${search}`, { headers: { accept } })).toEqual([401, 'UNAUTHENTICATED']);
    const inAddress = `${search}&access_token=${(await issuer.token(Date.now())).toString()}`;
    expect(await told(`${closed.url}${inAddress}`, { headers: { accept } })).toEqual([401, 'UNAUTHENTICATED']);
    await using known = await EventReader.open(`${closed.url}${search}`, null, await bearer());
    await eventually(() => seqsOf(known)).toEqual(upTo(head));
  });

  it('may show its credential in a cookie, and nothing else may', async () => {
    const token = await issuer.token(Date.now());
    const cookie = `theme=dark; __Host-heliograph=${token}`;
    const url = `${closed.url}?query=${encodeURIComponent(SUBSCRIPTION)}`;
    await using page = await EventReader.open(url, null, { cookie, 'sec-fetch-site': 'same-origin' });
    await eventually(() => seqsOf(page)).toEqual(upTo(head));
    const refused = [401, 'UNAUTHENTICATED'];
    for (const wrong of [`heliograph=${token}`, '__Host-heliograph=', `${cookie}; __Host-heliograph=${token}`])
      expect(await told(url, { headers: { accept, cookie: wrong } }), wrong).toEqual(refused);
    expect(await told(url, { headers: { accept, cookie, authorization: 'Bearer nonsense' } })).toEqual(refused);
    for (const taken of [accept, 'application/json']) {
      const headers = { 'content-type': 'application/json', accept: taken, cookie };
      expect(await told(closed.url, { method: 'POST', headers, body: '{"query":"{ __typename }"}' })).toEqual(refused);
    }
    const foreign = { accept, cookie, origin: 'https://evil.example' };
    expect(await told(url, { headers: foreign })).toEqual([403, 'FORBIDDEN']);
    const listed = await fetch(asking(SUBSCRIPTION), { headers: { accept, origin: LISTED, cookie } });
    expect(listed.headers.get('access-control-allow-credentials')).toBe('true');
    await listed.body?.cancel();
  });
});

describe('a stream ends', () => {
  const goodbye = async (reader: EventReader, code: string): Promise<void> => {
    await expect.poll(() => reader.hasEnded, { timeout: 5_000 }).toBe(true);
    expect(reader.items<Item>().at(-1)).toMatchObject({ __typename: 'StreamProblem', code });
    expect(reader.events.at(-1)).toMatchObject({ event: 'next', id: null });
  };

  it('with its token, within a second or so', async () => {
    const expiring = await bearer({ exp: Math.floor(Date.now() / 1_000) + 2 });
    await using reader = await EventReader.open(closed.url, { query: SUBSCRIPTION }, expiring);
    await goodbye(reader, 'REAUTHENTICATE');
  });

  it('with its key, and others go on', async () => {
    const admin = await bearer({ scope: 'keys:manage signals:read', sub: 'root', jti: 'root' });
    const asked = async (query: string) => {
      const headers = { 'content-type': 'application/json', ...admin };
      const answer = await fetch(closed.url, { method: 'POST', headers, body: JSON.stringify({ query }) });
      return (await answer.json()) as { data: { createApiKey: { text: string; key: { prefix: string } } } };
    };
    const create = 'mutation { createApiKey(name: "bot", scopes: [SIGNALS_READ]) { text key { prefix } } }';
    const [gone, stays] = [(await asked(create)).data.createApiKey, (await asked(create)).data.createApiKey];
    await using ending = await EventReader.open(closed.url, { query: SUBSCRIPTION }, { 'x-api-key': gone.text });
    await using going = await EventReader.open(closed.url, { query: SUBSCRIPTION }, { 'x-api-key': stays.text });
    await eventually(() => seqsOf(ending)).toEqual(upTo(head));
    await asked(`mutation { revokeApiKey(prefix: "${gone.key.prefix}") { prefix } }`);
    await goodbye(ending, 'REAUTHENTICATE');
    expect(going.hasEnded).toBe(false);
  });

  it('with its process: all are told, and none is completed', async () => {
    const own = await startTestApi(store);
    const query = { query: SUBSCRIPTION };
    const readers = await Promise.all(Array.from({ length: 10 }, () => EventReader.open(own.url, query)));
    for (const reader of readers) await eventually(() => reader.events.length).toBeGreaterThan(0);
    await own[Symbol.asyncDispose]();
    for (const reader of readers) await goodbye(reader, 'SHUTTING_DOWN');
  });
});

/** A machine may be busy; what takes long is not what is looked at. */
function eventually<T>(look: () => T) {
  return expect.poll(look, { timeout: 20_000, interval: 20 });
}

/** A subscription over a WebSocket, and the payloads of its messages as they came. */
async function overWebSocket(to: TestApi, payload: object, connectionParams: Headers = {}) {
  const socket = new WebSocket(to.webSocketUrl, 'graphql-transport-ws');
  const payloads: string[] = [];
  socket.on('message', (data) => {
    const next = /^\{"id":"1","type":"next","payload":(.*)\}$/.exec(String(data))?.[1];
    if (next !== undefined) payloads.push(next);
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: connectionParams }));
  await once(socket, 'message');
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
  return { payloads, leave: () => socket.terminate() };
}

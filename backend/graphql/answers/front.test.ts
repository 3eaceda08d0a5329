import { afterAll, beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { TestIssuer } from '../../access/key-set.fixture.ts';
import { writeTick } from '../../signals/publishing.fixture.ts';
import type { TickResult } from '../../signals/tick.ts';
import { startTestApi, type TestApi } from '../../testing/api.ts';
import type { TestStore } from '../../testing/database.ts';
import type { TestMarket } from '../../testing/market.ts';
import { openMarketStore } from '../../testing/market-store.ts';

let market: TestMarket;
let ticks: readonly TickResult[];
let store: TestStore;
let issuer: TestIssuer;
let api: TestApi;
let closed: TestApi;
let queries: MockInstance;
let written = 0;
beforeAll(async () => {
  ({ market, ticks, store } = await openMarketStore('answers'));
  issuer = await TestIssuer.start();
  api = await startTestApi(store);
  closed = await startTestApi(store, {
    ...{ AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: 'heliograph', AUTH_JWKS_URL: `${issuer.url}/keys` },
  });
}, 60_000);
beforeEach(async () => {
  queries = vi.spyOn(store.pool, 'query');
  await write(2);
  return () => queries.mockRestore();
});
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
  }
}

type Headers = Record<string, string>;

async function post(to: TestApi, request: object, headers: Headers = {}) {
  const response = await fetch(to.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(request),
  });
  const shown = Object.fromEntries([...response.headers].filter(([name]) => !VARYING.has(name)));
  return { status: response.status, headers: shown, text: (await response.text()).replaceAll(ERROR_ID, '') };
}
const ERROR_ID = /(?<=as |"errorId":")[0-9a-f-]{36}/g;
const VARYING = new Set(['date', 'x-correlation-id', 'content-length']);
/** Too long for the short way, and the same question. */
const byApollo = (to: TestApi, request: object) =>
  post(to, { ...request, extensions: { filling: 'x'.repeat(20_000) } });

const INSTRUMENT = 'id symbol mic figi';
const EVERYTHING = `id dedupKey type instrument { ${INSTRUMENT} } assetClass side timeframe state actionable entry { kind referencePrice } stop
  targets { price fraction } priceScale confidence edge publishedAt expiresAt modelVersion { id trainingWindow { from to } codeCommit }
  topContributions { feature contribution } featuresSnapshot { values hash } provenance { source bars gaps } supersedes outcome { label netR settledAt }`;
const QUERIES = [
  '{ __typename }',
  '{ signals { nodes { id state outcome { netR } } pageInfo { endCursor hasNextPage } } }',
  `query All($n: Int) { signals(first: $n) { edges { cursor node { ${EVERYTHING} } } } }`,
  '{ signals(states: [PUBLISHED, TRIGGERED], last: 3) { nodes { ...F __typename } } } fragment F on Signal { stop }',
  '{ signal(id: "sig_00000000-0000-8000-8000-000000000000") { id } }',
  '{ signalEvents(first: 5) { nodes { seq type signal { id } } } }',
  '{ instruments { nodes { id tick tickers { ticker } } } models { nodes { id } } }',
  '{ health { status } }',
  '{ a: signals(first: 0) { nodes { id } } }',
  '{ signals(after: "nonsense") { nodes { id } } health { status } }',
  '{ nothing }',
  'nonsense {',
  'mutation { revokeApiKey(prefix: "000000000000") { prefix } }',
  '{ __schema { queryType { name } } }',
];

describe('an answer', () => {
  it.each(QUERIES)('is the same whichever way it goes: %s', async (query) => {
    const request = { query, variables: { n: 7 } };
    const long = await byApollo(api, request);
    for (let time = 0; time < 3; time++) expect(await post(api, request)).toEqual(long);
  });

  it('carries the id that the request came with', async () => {
    const response = await fetch(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-correlation-id': 'mine-1' },
      body: '{"query":"{ signals { nodes { id } } }"}',
    });
    expect(response.headers.get('x-correlation-id')).toBe('mine-1');
  });

  it('is timed with the trace that its caller keeps', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await post(api, { query: '{ __typename }' }, { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    const page = (await api.metrics.openMetrics?.render()) ?? '';
    expect(page).toMatch(
      new RegExp(`http_request_duration_seconds_bucket.*endpoint="/graphql".*trace_id="${traceId}"`),
    );
  });

  it('knows whatever was written before it was asked for', async () => {
    const request = { query: '{ signals(first: 100) { nodes { id state outcome { label } } } }' };
    const seen = new Set<string>();
    for (let round = 0; round < 10; round++) {
      await write(1);
      const { text } = await post(api, request);
      expect(await post(api, request)).toMatchObject({ text });
      expect(text).toBe((await byApollo(api, request)).text);
      seen.add(text);
    }
    expect(seen.size).toBe(10);
  });

  it('is made once for many who ask while nothing happens, and each of them is counted', async () => {
    const request = { query: '{ signals(first: 9) { nodes { id } } }' };
    for (let time = 0; time < 2; time++) await post(api, request);
    const before = await page(api);
    const statements = listReadings();
    await Promise.all(Array.from({ length: 20 }, () => post(api, request)));
    expect(listReadings()).toBe(statements);
    const after = await page(api);
    for (const series of [
      'graphql_requests_total{operation="other",kind="query",outcome="ok"}',
      'http_requests_total{method="POST",endpoint="/graphql",status="200"}',
      'graphql_query_cost_count{transport="http"}',
      'http_request_duration_seconds_count{method="POST",endpoint="/graphql"}',
    ])
      expect(metricOf(after, series) - metricOf(before, series), series).toBe(20);
    expect(metricOf(after, 'http_requests_inprogress')).toBe(0);
  });
});

describe('an answer that is not there yet', () => {
  it('is made once for all who ask for it at the same time', async () => {
    const request = { query: '{ signals(first: 11) { nodes { id state } } }' };
    for (let time = 0; time < 2; time++) await post(api, request);
    await write(1);
    const statements = listReadings();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(api, request)));
    // They come over several sockets, so that not all ask at once; and a reading of the head lies in between.
    expect(listReadings() - statements).toBeLessThanOrEqual(2);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it('is not kept for what is asked once', async () => {
    const request = { query: '{ signals(first: 12) { nodes { id } } }' };
    const statements = listReadings();
    for (let time = 0; time < 3; time++) await post(api, request);
    expect(listReadings() - statements).toBe(2);
  });

  it('asks nothing twice when a part of it is wrong', async () => {
    const request = {
      query: '{ good: signals(first: 13) { nodes { id } } bad: signals(after: "nonsense") { nodes { id } } }',
    };
    const statements = listReadings();
    const { text } = await post(api, request);
    expect(listReadings() - statements).toBe(1);
    expect(text).toBe((await byApollo(api, request)).text);
  });
});

const page = (of: TestApi): Promise<string> => of.metrics.render();

function metricOf(text: string, series: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  if (line === undefined) throw new Error(`no ${series} in the metrics`);
  return Number(line.slice(series.length));
}

/** How often a list of signals was read since the spy was set. */
const listReadings = (): number => queries.mock.calls.filter(([given]) => isPage(given)).length;

function isPage(statement: unknown): boolean {
  return (
    typeof statement === 'object' &&
    statement !== null &&
    'name' in statement &&
    /^signal-page/.test(String(statement.name))
  );
}

describe('somebody else', () => {
  const request = { query: '{ signals { nodes { id } } }' };
  const bearer = async (claims: Record<string, unknown>): Promise<Headers> => ({
    authorization: `Bearer ${await issuer.token(Date.now(), claims)}`,
  });

  it('is not given what was made for those who may have it', async () => {
    const allowed = await bearer({ scope: 'signals:read', sub: 'a', jti: 'a' });
    const other = await bearer({ scope: 'models:read', sub: 'b', jti: 'b' });
    for (let time = 0; time < 2; time++) {
      const given = await post(closed, request, allowed);
      expect(given.status).toBe(200);
      expect(given.text).toContain('sig_');
      for (const headers of [other, {}]) {
        const { status, text } = await post(closed, request, headers);
        expect(status).toBe(headers === other ? 403 : 401);
        expect(text).not.toContain('sig_');
      }
    }
  });

  it('of another tenant is not given what was made for the first', async () => {
    const tenants = await Promise.all(
      ['one', 'two'].map((tenant) => bearer({ scope: 'signals:read', sub: tenant, jti: tenant, tenant })),
    );
    for (let time = 0; time < 2; time++)
      for (const headers of tenants) expect((await post(closed, request, headers)).status).toBe(200);
    const before = listReadings();
    for (const headers of tenants) expect((await post(closed, request, headers)).status).toBe(200);
    expect(listReadings()).toBe(before);
    // A third one is not given theirs: the list is read for it.
    await post(closed, request, await bearer({ scope: 'signals:read', sub: 'three', jti: 'three', tenant: 'three' }));
    expect(listReadings()).toBeGreaterThan(before);
  });
});

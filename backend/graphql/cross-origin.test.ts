import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestIssuer } from '../access/key-set.fixture.ts';
import { startTestApi, type TestApi } from '../testing/api.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';

const LISTED = 'https://app.example';
const STRANGERS = ['https://evil.example', `${LISTED}.evil.example`, 'http://app.example', 'null'];
const WANTED = 'authorization, content-type, x-tenant';

let store: TestStore;
let issuer: TestIssuer;
let api: TestApi;
beforeAll(async () => {
  store = await openTestStore('cross-origin');
  issuer = await TestIssuer.start();
  api = await startTestApi(
    store,
    { AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: 'heliograph', AUTH_JWKS_URL: `${issuer.url}/keys` },
    { allowedOrigins: [LISTED] },
  );
}, 60_000);
afterAll(async () => {
  await api?.[Symbol.asyncDispose]();
  await issuer?.[Symbol.asyncDispose]();
  await store?.dispose();
});

function preflight(origin: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const wanted = { 'access-control-request-method': 'POST', 'access-control-request-headers': WANTED };
  return fetch(api.url, { method: 'OPTIONS', headers: { origin, ...wanted, ...headers } });
}

type Asking = {
  readonly origin: string;
  readonly query?: string;
  readonly accept?: string;
  readonly isKnown?: boolean;
};

async function ask({ origin, query = '{ __typename }', accept = '*/*', isKnown = true }: Asking): Promise<Response> {
  const who = isKnown ? { authorization: `Bearer ${await issuer.token(Date.now())}` } : {};
  const headers = { origin, accept, 'content-type': 'application/json', ...who };
  return fetch(api.url, { method: 'POST', headers, body: JSON.stringify({ query }) });
}

const sharedWith = ({ headers }: Response): (string | null)[] => [
  headers.get('access-control-allow-origin'),
  headers.get('access-control-allow-credentials'),
];

describe('a page of a listed origin', () => {
  it('is told by a preflight that it may ask, with what headers, and for how long that holds', async () => {
    const answer = await preflight(LISTED);
    expect([answer.status, await answer.text(), ...sharedWith(answer)]).toEqual([204, '', LISTED, null]);
    expect(answer.headers.get('access-control-allow-methods')).toBe('POST');
    expect(answer.headers.get('access-control-allow-headers')).toBe(WANTED);
    expect(answer.headers.get('access-control-max-age')).toBe('7200');
    expect(answer.headers.get('vary')).toBe('origin');
  });

  it.each([
    ['an answer of the fast way', {}, 200],
    ['an answer of the long way', { accept: 'application/graphql-response+json' }, 200],
    ['a stream', { accept: 'text/event-stream' }, 200],
    ['what the gate refuses', { query: '{ nothing }' }, 400],
    ['that nobody knows who it is', { isKnown: false }, 401],
  ])('may read %s, and no cookie is meant by it', async (_what, given, status) => {
    const answer = await ask({ origin: LISTED, ...given });
    await answer.text();
    expect([answer.status, ...sharedWith(answer)]).toEqual([status, LISTED, null]);
    expect(answer.headers.get('access-control-expose-headers')).toBe('retry-after, x-correlation-id');
  });

  it('is told no names of headers that are none', async () => {
    const answer = await preflight(LISTED, { 'access-control-request-headers': 'a b; c' });
    expect([answer.status, answer.headers.get('access-control-allow-headers')]).toEqual([204, null]);
  });
});

describe('a page of any other origin', () => {
  it.each(STRANGERS)('is told nothing of it: %s', async (origin) => {
    const asked = await preflight(origin);
    expect([asked.status, ...sharedWith(asked)]).toEqual([405, null, null]);
    const answer = await ask({ origin });
    expect([answer.status, ...sharedWith(answer)]).toEqual([200, null, null]);
  });

  it('is no matter elsewhere than where GraphQL is', async () => {
    const answer = await fetch(new URL('/nowhere', api.url), { headers: { origin: LISTED } });
    expect([answer.status, ...sharedWith(answer)]).toEqual([404, null, null]);
  });
});

it('OPTIONS without an origin or a method is refused as any other method is', async () => {
  for (const headers of [{}, { origin: LISTED }])
    expect((await fetch(api.url, { method: 'OPTIONS', headers })).status).toBe(405);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BAD_REQUESTS, INTROSPECTIONS } from './gate/worst-documents.fixture.ts';
import { openGraphql, type TestGraphql } from './testing.ts';

describe.each([true, false])('a request that the gate refuses, open %s,', (open) => {
  let graphql: TestGraphql;
  beforeAll(async () => {
    graphql = await openGraphql({ open });
  });
  afterAll(() => graphql[Symbol.asyncDispose]());

  it.each(BAD_REQUESTS)(
    'is told the same by HTTP, by WebSocket and instead of events: $what',
    async ({ what: _what, rule, code, isDomain: _isDomain, ...request }) => {
      const [overHttp, overWebSocket] = [await graphql.post(request), await graphql.send(request)];
      const insteadOfEvents = await graphql.post(request, { accept: 'text/event-stream' });
      expect(overHttp.status).toBe(400);
      expect(overHttp.headers.get('cache-control')).toBe('no-store');
      expect(overHttp.body.errors?.map(({ extensions }) => extensions)).toEqual([{ code }]);
      expect(overWebSocket).toEqual(overHttp.body);
      expect([insteadOfEvents.status, insteadOfEvents.body]).toEqual([overHttp.status, overHttp.body]);
      expect(JSON.stringify(overHttp.body).length).toBeLessThan(2_000);
      const page = await graphql.metrics.render();
      for (const transport of ['http', 'websocket', 'sse'])
        expect(page).toMatch(new RegExp(`graphql_rejected_total\\{reason="${rule}",transport="${transport}"\\} [1-9]`));
    },
  );

  it('lets introspection through where the schema is shown, and nowhere else', async () => {
    for (const query of INTROSPECTIONS) {
      const [overHttp, overWebSocket] = [await graphql.post({ query }), await graphql.send({ query })];
      expect(overHttp.status).toBe(open ? 200 : 400);
      expect(overWebSocket).toEqual(overHttp.body);
      expect(overHttp.body.errors?.[0]?.extensions['code']).toBe(open ? undefined : 'INTROSPECTION_DISABLED');
    }
  });
});

describe('HTTP', () => {
  let graphql: TestGraphql;
  beforeAll(async () => {
    graphql = await openGraphql();
  });
  afterAll(() => graphql[Symbol.asyncDispose]());
  const query = '{ __typename }';

  it.each([[[{ query }]], [[{ query }, { query }]], [[]], [null], ['text'], [{}]])(
    'answers %j with 400',
    async (body) => {
      const { status, body: answer } = await graphql.post(JSON.stringify(body));
      expect([status, answer.errors?.[0]?.extensions]).toEqual([400, { code: 'BAD_REQUEST' }]);
    },
  );

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'message/rfc822',
    'application/graphql',
  ])('does not take %s', async (type) => {
    const { status } = await graphql.post({ query }, { 'content-type': type });
    expect(status).toBe(415);
  });

  it.each([`?query=${encodeURIComponent(query)}`, '?query=mutation%7Bx%7D', ''])(
    'answers no GET of "%s"',
    async (search) => {
      for (const headers of [{}, { 'apollo-require-preflight': 'yes' }, { 'content-type': 'message/json' }]) {
        const answer = await fetch(`${graphql.url}/graphql${search}`, { headers: headers as Record<string, string> });
        expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
      }
    },
  );

  it('has room for 100 kB of a body, and none for what unpacks to more', async () => {
    expect((await graphql.post({ query, extensions: { x: 'y'.repeat(1_000_000) } })).status).toBe(413);
    expect((await graphql.post('x', { 'content-encoding': 'gzip' })).status).toBeGreaterThanOrEqual(400);
  });

  it('executes what was let in without reading it again', async () => {
    expect((await graphql.post({ query: 'query A { __typename }', operationName: 'A', variables: {} })).body).toEqual({
      data: { __typename: 'Query' },
    });
    expect(
      (await graphql.post({ query: 'query A { __typename } query B { b: __typename }', operationName: 'B' })).body,
    ).toEqual({
      data: { b: 'Query' },
    });
  });

  it('tells in the form of GraphQL what never becomes a request of GraphQL', async () => {
    const told = async (init: RequestInit) => {
      const answer = await fetch(`${graphql.url}/graphql`, init);
      const { errors } = (await answer.json()) as { errors: { extensions: { code: string } }[] };
      return [
        answer.status,
        errors.map(({ extensions }) => extensions.code).join(),
        answer.headers.get('cache-control'),
      ];
    };
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
    expect(await told({ ...json, body: '{' })).toEqual([400, 'BAD_JSON', 'no-store']);
    expect(await told({ ...json, body: ' '.repeat(100_001) })).toEqual([413, 'BODY_TOO_LARGE', 'no-store']);
    expect(await told({ method: 'POST', body: '{}' })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE', 'no-store']);
    expect(await told({ method: 'DELETE' })).toEqual([405, 'METHOD_NOT_ALLOWED', 'no-store']);
    expect(await told({})).toEqual([405, 'METHOD_NOT_ALLOWED', 'no-store']);
    expect(await told({ headers: { accept: 'text/html' } })).toEqual([406, 'NOT_ACCEPTABLE', 'no-store']);
  });

  it('sends no subscription', async () => {
    const { status, body } = await graphql.post({ query: 'subscription { signalEvents { __typename } }' });
    expect([status, body.errors?.[0]?.extensions['code']]).toEqual([400, 'BAD_REQUEST']);
  });
});

describe('who asks too much', () => {
  it('is told when to come back, on every transport by the same account', async () => {
    await using graphql = await openGraphql({ rate: { burst: 200, perSecond: 10, remembered: 10 } });
    const body = { query: '{ __typename }' };
    let last = await graphql.post(body);
    // An address that a stranger writes into a header is nobody's.
    for (let count = 1; last.status === 200 && count < 30; count++)
      last = await graphql.post(body, { 'x-forwarded-for': `192.0.2.${count}` });
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(last.body.errors?.[0]?.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) });
    const overWebSocket = await graphql.send(body);
    expect(overWebSocket.errors?.[0]?.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) });
    const insteadOfEvents = await graphql.post(body, { accept: 'text/event-stream' });
    expect([insteadOfEvents.status, insteadOfEvents.body.errors?.[0]?.extensions['code']]).toEqual([
      429,
      'RATE_LIMITED',
    ]);
    expect(Number(insteadOfEvents.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const query = encodeURIComponent('subscription { signalEvents { __typename } }');
    const headers = { accept: 'text/event-stream' };
    const page = await fetch(`${graphql.url}/graphql?query=${query}`, { headers });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(await page.text()).toMatch(/^retry: \d+\n\n$/);
  });
});

describe('while a process drains', () => {
  const query = 'subscription { signalEvents { __typename } }';

  it('a client is let in no more: a program is told so, and a browser comes back', async () => {
    await using graphql = await openGraphql({ draining: AbortSignal.abort(0) });
    const { status, headers, body } = await graphql.post({ query }, { accept: 'text/event-stream' });
    expect([status, headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[123]$/)]);
    expect(body.errors?.[0]?.extensions).toEqual({ code: 'UNAVAILABLE', retryAfterMs: expect.any(Number) });
    const page = await fetch(`${graphql.url}/graphql?query=${encodeURIComponent(query)}`, {
      headers: { accept: 'text/event-stream' },
    });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(await page.text()).toMatch(/^retry: \d{4}\n\n$/);
  });
});

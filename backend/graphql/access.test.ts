import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, type ClientOptions, createClient } from 'graphql-ws/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { follow } from '../../client/follow.ts';
import { TestIssuer } from '../access/key-set.fixture.ts';
import { startTestApi, type TestApi } from '../testing/api.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';

let store: TestStore;
let issuer: TestIssuer;
let closed: TestApi;
let development: TestApi;
beforeAll(async () => {
  [store, issuer] = await Promise.all([openTestStore('access'), TestIssuer.start()]);
  development = await startTestApi(store);
  closed = await startTestApi(store, {
    ...{ AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: 'heliograph', AUTH_JWKS_URL: `${issuer.url}/keys` },
  });
});
afterAll(async () => {
  await closed?.[Symbol.asyncDispose]();
  await development?.[Symbol.asyncDispose]();
  await issuer?.[Symbol.asyncDispose]();
  await store?.dispose();
});

type Answer = { data?: Record<string, never> | null; errors?: { message: string; extensions: { code: string } }[] };
type Headers = Record<string, string>;

async function post(
  api: TestApi,
  query: string,
  headers: Headers = {},
): Promise<{ status: number; body: Answer; answer: Response }> {
  const answer = await fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return { status: answer.status, body: (await answer.json()) as Answer, answer };
}

const bearer = async (claims: Record<string, unknown> = {}): Promise<Headers> => ({
  authorization: `Bearer ${await issuer.token(Date.now(), claims)}`,
});
const admin = () => bearer({ scope: 'keys:manage signals:read models:read', sub: 'root', jti: 'root' });

async function newKey(scopes = '[SIGNALS_READ]'): Promise<{ prefix: string; text: string }> {
  const query = `mutation { createApiKey(name: "bot", scopes: ${scopes}) { text key { prefix } } }`;
  const { body } = await post(closed, query, await admin());
  expect(body.errors).toBeUndefined();
  const made = body.data?.['createApiKey'] as unknown as { text: string; key: { prefix: string } };
  return { text: made.text, prefix: made.key.prefix };
}

describe('over HTTP', () => {
  it('a developer needs no credential, and a stranger who says nothing gets nothing', async () => {
    expect((await post(development, '{ signals { nodes { id } } }')).body).toEqual({
      data: { signals: { nodes: [] } },
    });
    for (const query of [
      '{ signals { nodes { id } } }',
      '{ __typename }',
      '{ __schema { types { name } } }',
      'nonsense {',
    ]) {
      const { status, body, answer } = await post(closed, query);
      expect(status).toBe(401);
      expect(body).toEqual({ errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }] });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('a page of somewhere else is not the developer', async () => {
    const { status } = await post(development, '{ __typename }', { origin: 'http://evil.example' });
    expect(status).toBe(401);
  });

  it('a credential in the address is none', async () => {
    const token = await issuer.token(Date.now());
    const answer = await fetch(`${closed.url}?access_token=${token}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    });
    expect(answer.status).toBe(401);
  });

  it('a token and a key let in with what they allow, and no further', async () => {
    const { text } = await newKey();
    for (const headers of [await bearer(), { 'x-api-key': text }, { authorization: `Bearer ${text}` }]) {
      const { body } = await post(closed, '{ signals { nodes { id } } }', headers);
      expect(body).toEqual({ data: { signals: { nodes: [] } } });
      const denied = await post(closed, 'mutation { revokeApiKey(prefix: "000000000000") { prefix } }', headers);
      expect(denied.status).toBe(403);
      expect(denied.body.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' });
      expect(denied.body.errors?.[0]?.message).toBe('The credential does not allow this.');
    }
  });

  it('who would hand on more than he has is told so, and it stands in the audit log', async () => {
    const { prefix } = await newKey();
    const maker = await bearer({ scope: 'keys:manage', sub: 'maker', jti: 'maker' });
    for (const mutation of [
      'createApiKey(name: "x", scopes: [KEYS_MANAGE, SIGNALS_READ]) { text }',
      `rotateApiKey(prefix: "${prefix}") { text }`,
    ])
      expect((await post(closed, `mutation { ${mutation} }`, maker)).body.errors?.[0]?.extensions.code).toBe(
        'FORBIDDEN',
      );
    const denied = async () => {
      const sql = `select body from event_log where stream = 'audit' and body like '%#maker"%' order by seq`;
      const { rows } = await store.pool.query<{ body: string }>(sql);
      return rows.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    };
    await expect
      .poll(denied)
      .toMatchObject(
        ['createApiKey', 'rotateApiKey'].map((name) => ({ action: `Mutation.${name}`, outcome: 'denied' })),
      );
  });

  it('an alias or a fragment is no way round a permission', async () => {
    const query =
      'query { signals { nodes { id } } ...F } fragment F on Query { ... { harmless: apiKeys { prefix } } }';
    const { status, body } = await post(closed, query, await bearer());
    expect({ status, body }).toEqual({
      status: 403,
      body: { errors: [{ message: 'The credential does not allow this.', extensions: { code: 'FORBIDDEN' } }] },
    });
  });

  it('keys are made, rotated and revoked, and the list of them shows no secret', async () => {
    const { prefix, text } = await newKey();
    const rotated = await post(
      closed,
      `mutation { rotateApiKey(prefix: "${prefix}", overlapMinutes: 60) { text key { prefix scopes } } }`,
      await admin(),
    );
    const fresh = rotated.body.data?.['rotateApiKey'] as unknown as { text: string; key: { prefix: string } };
    expect(fresh.key).toMatchObject({ scopes: ['SIGNALS_READ'] });
    const asking = '{ signals { nodes { id } } }';
    for (const key of [text, fresh.text]) expect((await post(closed, asking, { 'x-api-key': key })).status).toBe(200);

    await post(closed, `mutation { revokeApiKey(prefix: "${prefix}") { revokedAt } }`, await admin());
    expect((await post(closed, asking, { 'x-api-key': text })).status).toBe(401);
    expect((await post(closed, asking, { 'x-api-key': fresh.text })).status).toBe(200);

    const listed = await post(
      closed,
      '{ apiKeys { prefix name createdBy revokedAt rotatedTo lastUsedAt } }',
      await admin(),
    );
    const keys = listed.body.data?.['apiKeys'] as unknown as { prefix: string }[];
    expect(keys.find((key) => key.prefix === prefix)).toMatchObject({
      ...{ name: 'bot', createdBy: `user:${issuer.url}#root`, rotatedTo: fresh.key.prefix },
      ...{ revokedAt: expect.any(String), lastUsedAt: expect.any(String) },
    });
    expect(JSON.stringify(listed.body)).not.toContain(text.slice(16));
    const elsewhere = await post(
      closed,
      '{ apiKeys { prefix } }',
      await bearer({ scope: 'keys:manage', tenant: 'other' }),
    );
    expect(elsewhere.body.data).toEqual({ apiKeys: [] });
  });

  it('somebody who names another tenant is told that he may not, and not served as his own', async () => {
    const named = async (tenant: string) =>
      (await post(closed, '{ signals { nodes { id } } }', { ...(await bearer()), 'x-tenant': tenant })).status;
    expect(await named('acme')).toBe(200);
    expect(await named('other')).toBe(403);
    await using socket = new Subscription(closed, {
      connectionParams: { ...(await bearer()), 'X-Tenant': 'other' },
    }).open();
    await socket.end();
    expect(socket.close).toMatchObject({ code: 4403, reason: 'FORBIDDEN' });
  });

  it('no database means no answer, and never an open door', async () => {
    await using own = await openTestStore('access-away');
    await using api = await startTestApi(own);
    const key = 'hg_000000000000_'.padEnd(59, 'a');
    expect((await post(api, '{ __typename }', { 'x-api-key': key })).status).toBe(401);
    const connection = await own.owner.connect();
    await connection.query('begin; lock table api_key in access exclusive mode');
    const { status, body, answer } = await post(api, '{ __typename }', { 'x-api-key': key });
    expect(answer.headers.get('retry-after')).toBe('2');
    expect({ status, code: body.errors?.[0]?.extensions.code }).toEqual({ status: 503, code: 'UNAVAILABLE' });
    // The EventSource of a browser is not let in either, and comes back.
    const page = await fetch(api.url, { headers: { accept: 'text/event-stream', 'x-api-key': key } });
    expect([page.status, await page.text()]).toEqual([200, expect.stringMatching(/^retry: \d{4}\n\n$/)]);
    await connection.query('rollback');
    connection.release();
  });
});

/** One subscription, and what became of it and of its socket. */
class Subscription {
  readonly items: Record<string, unknown>[] = [];
  readonly errors: unknown[] = [];
  completed = false;
  close: { code: number; reason: string } | null = null;
  readonly #client: Client;

  constructor(api: TestApi, options: Partial<ClientOptions> = {}, headers: Headers = {}) {
    class WithHeaders extends WebSocket {
      constructor(url: string, protocols: string) {
        super(url, protocols, { headers });
      }
    }
    this.#client = createClient({
      ...{ url: api.webSocketUrl, webSocketImpl: WithHeaders, retryAttempts: 0, lazy: true },
      on: { closed: (event) => (this.close = event as { code: number; reason: string }) },
      ...options,
    });
  }

  open(query = 'subscription { signalEvents { __typename ... on StreamProblem { code headCursor } } }'): this {
    this.#client.subscribe(
      { query },
      {
        next: ({ data, errors }) => {
          if (errors !== undefined) this.errors.push(errors);
          else this.items.push((Object.values(data ?? {})[0] ?? {}) as Record<string, unknown>);
        },
        error: (error) => this.errors.push(error),
        complete: () => {
          this.completed = true;
        },
      },
    );
    return this;
  }

  async live(): Promise<this> {
    await expect.poll(() => this.items.length, { timeout: 10_000 }).toBeGreaterThan(0);
    return this;
  }

  /** How long it took until the socket was closed, in ms. */
  async end(): Promise<number> {
    const begin = performance.now();
    await expect.poll(() => this.close, { timeout: 20_000, interval: 20 }).not.toBeNull();
    return performance.now() - begin;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.dispose();
  }
}

describe('over a WebSocket', () => {
  it('a developer needs no credential, but a page of somewhere else is not the developer', async () => {
    await using mine = new Subscription(development).open();
    await mine.live();
    await using foreign = new Subscription(development, {}, { origin: 'http://evil.example' }).open();
    await foreign.end();
    // It is not even opened.
    expect(foreign.close).toMatchObject({ code: 1006 });
    expect(foreign.items).toEqual([]);
  });

  it.each([
    ['nothing', {}],
    ['a token that is none', { authorization: 'Bearer nonsense' }],
    ['a key that nobody has', { 'x-api-key': 'hg_000000000000_'.padEnd(59, 'a') }],
    ['two credentials', { authorization: 'Bearer a', 'x-api-key': 'b' }],
    ['no text', { authorization: { a: 1 } }],
    ['a prototype', JSON.parse('{"__proto__": {"authorization": "Bearer a"}}')],
  ])('is closed to whoever shows %s', async (_what, connectionParams) => {
    await using stranger = new Subscription(closed, { connectionParams }).open();
    await stranger.end();
    expect(stranger.close).toMatchObject({ code: 4403 });
    expect(stranger.items).toEqual([]);
  });

  it('takes a credential in the payload of connection_init, and in the headers', async () => {
    const { text } = await newKey();
    const shown = [
      [{ connectionParams: { Authorization: (await bearer())['authorization'] } }, {}],
      [{ connectionParams: { 'x-api-key': text } }, {}],
      [{}, await bearer()],
      [{}, { 'x-api-key': text }],
    ] as const;
    for (const [options, headers] of shown) {
      await using subscription = new Subscription(closed, options, headers).open();
      await subscription.live();
      expect(subscription.errors).toEqual([]);
    }
  });

  it('acknowledges up to a cursor of a subscription', async () => {
    const asking = await bearer({ scope: 'signals:read signals:acknowledge' });
    await using subscription = new Subscription(closed, { connectionParams: asking });
    await subscription.open('subscription { signalEvents { ... on StreamCheckpoint { cursor } } }').live();
    const cursor = String(subscription.items[0]?.['cursor']);
    const { body } = await post(closed, `mutation { acknowledgeSignals(cursor: "${cursor}") { cursor } }`, asking);
    expect(body).toEqual({ data: { acknowledgeSignals: { cursor } } });
  });

  it('refuses one operation and leaves the socket to the others', async () => {
    await using client = new Subscription(closed, { connectionParams: await bearer(), lazyCloseTimeout: 500 });
    client.open('subscription { bars(instrument: "ins_x") { __typename } }');
    await expect.poll(() => client.errors.length).toBe(1);
    expect(client.errors[0]).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    client.open();
    await client.live();
    client.open('mutation { createApiKey(name: "x", scopes: [SIGNALS_READ]) { text } }');
    await expect.poll(() => client.errors.length).toBe(2);
    expect(client.errors[1]).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(client.close).toBeNull();
  });
});

describe('an open subscription', () => {
  const goodbye = async (subscription: Subscription, within: number): Promise<void> => {
    expect(await subscription.end()).toBeLessThan(within);
    expect(subscription.items.at(-1)).toMatchObject({ __typename: 'StreamProblem', code: 'REAUTHENTICATE' });
    expect(subscription.close).toMatchObject({ code: 4403, reason: 'REAUTHENTICATE' });
    expect(subscription.completed).toBe(false);
  };
  const opened = async (connectionParams: Record<string, unknown>): Promise<Subscription> =>
    new Subscription(closed, { connectionParams }).open().live();

  it('ends within a second or so when its token expires', async () => {
    await using subscription = await opened(await bearer({ exp: Math.floor(Date.now() / 1_000) + 3 }));
    await goodbye(subscription, 4_500);
  });

  it('goes on under a new token where the client has one', async () => {
    const given: string[] = [];
    const stop = new AbortController();
    const following = follow({
      url: closed.webSocketUrl,
      signal: stop.signal,
      from: 'BEGINNING',
      credential: async () => {
        given.push('token');
        return issuer.token(Date.now(), { exp: Math.floor(Date.now() / 1_000) + 2 });
      },
    });
    const problems: unknown[] = [];
    const all = (async () => {
      for await (const delivery of following) await delivery.ack();
    })().catch((error: unknown) => problems.push(error));
    await expect.poll(() => given.length, { timeout: 20_000 }).toBeGreaterThan(2);
    stop.abort();
    await all;
    expect(problems).toEqual([]);
  });

  it('ends within five seconds when its key is revoked, and others go on', async () => {
    const [one, two] = [await newKey(), await newKey()];
    await using gone = await opened({ 'x-api-key': one.text });
    await using stays = await opened({ 'x-api-key': two.text });
    await post(closed, `mutation { revokeApiKey(prefix: "${one.prefix}") { prefix } }`, await admin());
    await goodbye(gone, 5_000);
    await sleep(1_500);
    expect(stays.close).toBeNull();
  });

  it('ends within five seconds when its user may do less, is shut out, or has lost the token', async () => {
    const open = await Promise.all(
      ['less', 'out', 'lost'].map(async (sub) =>
        opened(await bearer({ sub, jti: sub, scope: 'signals:read models:read' })),
      ),
    );
    await store.owner.query(
      `insert into user_restriction (issuer, subject, disabled_at, allowed_permissions) values
         ($1, 'less', null, '{models:read}'), ($1, 'out', now(), null)`,
      [issuer.url],
    );
    await store.owner.query(`insert into revoked_token (issuer, token_id) values ($1, 'lost')`, [issuer.url]);
    for (const subscription of open) {
      await goodbye(subscription, 5_000);
      await subscription[Symbol.asyncDispose]();
    }
  });
});

it('each attempt is counted by what was shown and what became of it', async () => {
  const page = await closed.metrics.render();
  for (const labels of [
    'credential="none",outcome="refused"',
    'credential="token",outcome="ok"',
    'credential="key",outcome="ok"',
  ])
    expect(page).toMatch(new RegExp(`authentications_total\\{${labels}\\} [1-9]`));
});

import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { createClient } from 'graphql-ws/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool, type Pool } from '../platform/database/pool.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { openGraphql, type TestGraphql } from './testing.ts';

let store: TestStore;
let pool: Pool;
let graphql: TestGraphql;
beforeAll(async () => {
  store = await openTestStore('cancellation');
  pool = createPool({
    ...{ url: store.database.applicationUrl, name: 'slow', size: 2 },
    statementTimeoutMs: 20_000,
    onError: () => undefined,
  });
  graphql = await openGraphql({ schema: slowSchema(), timeoutMs: 3_000 });
});
afterAll(async () => {
  await graphql?.[Symbol.asyncDispose]();
  await pool?.end();
  await store?.dispose();
});

/** A query that takes as many seconds as it is asked for, in the database. */
function slowSchema(): GraphQLSchema {
  const sleepField = {
    type: GraphQLInt,
    args: { seconds: { type: new GraphQLNonNull(GraphQLInt) } },
    resolve: async (_source: unknown, { seconds }: { seconds: number }) => {
      await pool.query('select pg_sleep($1)', [seconds]);
      return seconds;
    },
  };
  return new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { sleep: sleepField } }) });
}

/** Statements that sleep in the database now. */
async function sleeping(): Promise<number> {
  const { rows } = await store.pool.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity where state = 'active' and application_name = 'heliograph-slow'`,
  );
  return rows[0]?.n ?? 0;
}

const body = { query: '{ sleep(seconds: 10) }' };
const TOO_LONG = {
  message: 'The answer took too long to find; ask for less.',
  path: ['sleep'],
  extensions: { code: 'TIMEOUT' },
};

describe('a query that takes too long', () => {
  beforeEach(() => expect.poll(sleeping).toBe(0));

  it.each(['post', 'send'] as const)('is given up, in the database too (%s)', async (transport) => {
    const begin = performance.now();
    const answer = graphql[transport](body);
    await expect.poll(sleeping).toBe(1);
    const given = await answer;
    const { errors, data } = 'body' in given ? given.body : given;
    expect(performance.now() - begin).toBeLessThan(8_000);
    expect(data).toEqual({ sleep: null });
    expect(errors).toEqual([expect.objectContaining(TOO_LONG)]);
    await expect.poll(sleeping, { timeout: 2_500 }).toBe(0);
  });

  it('waits for a connection no longer than for its answer, and leaves the pool as good as it was', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => graphql.post(body)));
    for (const { body: answer } of answers) expect(answer.errors).toEqual([expect.objectContaining(TOO_LONG)]);
    expect((await graphql.post({ query: '{ sleep(seconds: 0) }' })).body).toEqual({ data: { sleep: 0 } });
    expect(pool.waitingCount).toBe(0);
  });
});

describe('a client that leaves', () => {
  beforeEach(() => expect.poll(sleeping).toBe(0));

  it('over HTTP has its statement cancelled', async () => {
    const leaving = new AbortController();
    const asked = fetch(`${graphql.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: leaving.signal,
    });
    await expect.poll(sleeping).toBe(1);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(sleeping, { timeout: 2_500 }).toBe(0);
  });

  it.each(['wants it no more', 'closes its socket'])(
    'over a WebSocket has its statement cancelled when it %s',
    async (how) => {
      const client = createClient({
        url: `${graphql.url.replace('http', 'ws')}/graphql`,
        lazy: false,
        retryAttempts: 0,
        onNonLazyError: () => undefined,
      });
      const leave = client.subscribe(body, {
        next: () => undefined,
        error: () => undefined,
        complete: () => undefined,
      });
      await expect.poll(sleeping).toBe(1);
      if (how === 'wants it no more') leave();
      else client.terminate();
      await expect.poll(sleeping, { timeout: 2_500 }).toBe(0);
      await client.dispose();
    },
  );
});

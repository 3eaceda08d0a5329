import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { openGraphql, type TestGraphql } from './testing.ts';

const INTROSPECTION = '{ __schema { queryType { name } } }';
const QUERY = '{ __typename }';
const MUTATION = 'mutation { __typename }';
const SUBSCRIPTION = 'subscription { signalEvents { __typename } }';

let graphql: TestGraphql;
beforeEach(async () => {
  graphql = await openGraphql({ limitMs: 100 });
});
afterEach(async () => {
  await graphql[Symbol.asyncDispose]();
});

function overload(seconds: number): void {
  for (let second = 0; second < seconds; second += 1) graphql.load.observe({ delayMs: 200, utilisation: 1 });
}

/** What is turned away at each level, over HTTP. */
async function statuses(): Promise<number[]> {
  const answers = [INTROSPECTION, QUERY, MUTATION].map((query) => graphql.post({ query }));
  return (await Promise.all(answers)).map(({ status }) => status);
}

it('answers everybody while there is room, and turns the least away first when there is none', async () => {
  expect(await statuses()).toEqual([200, 200, 200]);
  overload(1);
  expect(await statuses()).toEqual([503, 200, 200]);
  overload(1);
  expect(await statuses()).toEqual([503, 503, 200]);
  overload(1);
  expect(await statuses()).toEqual([503, 503, 503]);
});

it('says when to come back, in the same words on each transport', async () => {
  overload(2);
  const { status, headers, body } = await graphql.post({ query: QUERY });
  expect(status).toBe(503);
  expect(headers.get('retry-after')).toBe('2');
  expect(body.errors).toEqual([
    {
      message: 'There is more to do here than can be done in time.',
      extensions: { code: 'UNAVAILABLE', retryAfterMs: 2_000 },
    },
  ]);
  expect((await graphql.send({ query: QUERY })).errors).toEqual(body.errors);
  const page = await graphql.metrics.render();
  expect(page).toContain('load_shed_total{class="query"} 2\n');
  expect(page).toContain('graphql_rejected_total{reason="overload",transport="http"} 1\n');
  expect(page).toContain('graphql_rejected_total{reason="overload",transport="websocket"} 1\n');
  expect(page).toContain('graphql_requests_total{operation="other",kind="query",outcome="server_error"} 2\n');
});

it('keeps subscriptions longer than queries, and new connections longest', async () => {
  overload(2);
  // It comes to its resolver, which these tests do not have.
  expect((await graphql.send({ query: SUBSCRIPTION })).errors?.[0]?.extensions['code']).toBe('INTERNAL_SERVER_ERROR');
  overload(1);
  expect((await graphql.send({ query: SUBSCRIPTION })).errors?.[0]?.extensions['code']).toBe('UNAVAILABLE');
  overload(1);
  const socket = new WebSocket(`${graphql.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  expect(response.statusCode).toBe(503);
  expect(response.headers['retry-after']).toBe('2');
  socket.on('error', () => undefined);
  socket.terminate();
});

it('turns away at the door without reading anything what would be turned away behind it', async () => {
  overload(3);
  expect((await graphql.post('this is no request')).status).toBe(503);
  // A stream over HTTP might be one that goes on, so its operation is looked at.
  const stream = await graphql.post({ query: QUERY }, { accept: 'text/event-stream, application/json' });
  expect(stream.status).toBe(503);
  const page = await graphql.metrics.render();
  expect(page).toContain('graphql_rejected_total{reason="overload",transport="http"} 1\n');
});

it.each([3, 4])(
  'tells the EventSource of a browser to come back, which would else give up for good: level %i',
  async (level) => {
    overload(level);
    const answer = await fetch(`${graphql.url}/graphql?query=${encodeURIComponent(SUBSCRIPTION)}`, {
      headers: { accept: 'text/event-stream' },
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(await answer.text()).toBe('retry: 2000\n\n');
    expect((await graphql.post({ query: SUBSCRIPTION }, { accept: 'text/event-stream' })).status).toBe(503);
  },
);

it('turns away GraphQL alone: everything else is answered, whatever the load', async () => {
  overload(4);
  expect((await graphql.post({ query: QUERY })).status).toBe(503);
  expect((await fetch(`${graphql.url}/nowhere`)).status).toBe(404);
});

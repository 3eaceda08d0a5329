import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RefusedError } from './errors.ts';
import { AwayError, query } from './query.ts';

let server: Server;
let answer: { readonly status: number; readonly body: string };
let asked: string;

beforeEach(async () => {
  server = createServer(async (request, response) => {
    asked = '';
    for await (const chunk of request.setEncoding('utf8')) asked += chunk;
    response.writeHead(answer.status).end(answer.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => server.close());

function ask(status: number, body: unknown): Promise<unknown> {
  answer = { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
  const { port } = server.address() as AddressInfo;
  return query(`ws://127.0.0.1:${port}/graphql`, 'query Q($n: Int) { f }', { n: 1 }, new AbortController().signal);
}

it('asks over HTTP at the address of the subscription and answers the data', async () => {
  expect(await ask(200, { data: { f: 2 } })).toEqual({ f: 2 });
  expect(JSON.parse(asked)).toEqual({ query: 'query Q($n: Int) { f }', variables: { n: 1 } });
});

it.each([
  [503, 'starting'],
  [429, { errors: [{ message: 'slowly' }] }],
  [200, { errors: [{ message: 'oops', path: ['f'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }], data: null }],
  [200, { errors: [{ message: 'no database', path: ['f'] }], data: null }],
])('may be tried again after %i %j', async (status, body) => {
  await expect(ask(status, body)).rejects.toBeInstanceOf(AwayError);
});

it.each([
  [404, 'not here', /^http:\/\/127\.0\.0\.1:\d+\/graphql answered with status 404 and no GraphQL/],
  [200, '<html>', /answered with status 200 and no GraphQL/],
  [
    400,
    { errors: [{ message: 'Cannot query field "f".', locations: [] }] },
    /^The server refused the query: Cannot query field "f"$/,
  ],
  [
    400,
    { errors: [{ message: 'a' }, { message: 'b', extensions: { code: 'FORBIDDEN' } }] },
    /refused the query: a \(and 1 more\)$/,
  ],
])('is refused for good with %i %j', async (status, body, message) => {
  const error = await ask(status, body).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RefusedError);
  expect((error as Error).message).toMatch(message);
});

it('may be tried again when nobody listens', async () => {
  server.close();
  await once(server, 'close');
  await expect(query('ws://127.0.0.1:1/graphql', '{ f }', {}, new AbortController().signal)).rejects.toMatchObject({
    code: 'AWAY',
    message: 'the server is away',
  });
});

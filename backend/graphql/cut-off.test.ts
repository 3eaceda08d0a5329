import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../platform/telemetry/logger.ts';
import { startTestApi, type TestApi } from '../testing/api.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';

let store: TestStore;
let api: TestApi;
const warnings: unknown[] = [];
beforeAll(async () => {
  store = await openTestStore('cut off');
  const warn = (message: string, fields: object = {}): void => void warnings.push({ message, ...fields });
  api = await startTestApi(store, {}, { log: { ...silentLogger, warn } });
});
afterAll(async () => {
  await api?.[Symbol.asyncDispose]();
  await store?.dispose();
});

const SUBSCRIBE = { type: 'subscribe', payload: { query: 'subscription { signalEvents { __typename } }' } };

it('tells once whose connection it is that takes nothing and answers no ping, and ends it', {
  timeout: 60_000,
}, async () => {
  const { prefix, text } = await newKey();
  const client = await deaf({ 'x-api-key': text });
  for (const id of ['1', '2', '3']) client.say({ ...SUBSCRIBE, id });
  await client.ended;
  const cutOff = { message: 'a client was cut off as too slow', actor: `key:${prefix}`, tenant: 'development' };
  expect(warnings.filter((warning) => JSON.stringify(warning).includes('cut off'))).toEqual([cutOff]);
});

it('ends the connection of a revoked key though its client reads nothing', { timeout: 30_000 }, async () => {
  const { prefix, text } = await newKey();
  const client = await deaf({ 'x-api-key': text });
  client.say({ ...SUBSCRIBE, id: '1' });
  const before = warnings.length;
  await ask(`mutation { revokeApiKey(prefix: "${prefix}") { revokedAt } }`);
  await client.ended;
  // It was not the missing sign of life that ended it.
  expect(warnings.slice(before)).toEqual([]);
});

async function ask<T>(query: string): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(api.url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return ((await answer.json()) as { data: T }).data;
}

async function newKey(): Promise<{ readonly prefix: string; readonly text: string }> {
  const { createApiKey } = await ask<{ createApiKey: { text: string; key: { prefix: string } } }>(
    'mutation { createApiKey(name: "deaf", scopes: [SIGNALS_READ], days: 1) { text key { prefix } } }',
  );
  return { prefix: createApiKey.key.prefix, text: createApiKey.text };
}

/** Somebody who asks and reads nothing, and finds out only by writing that the connection has ended. */
async function deaf(credential: object) {
  const { hostname, port, host } = new URL(api.url);
  const socket: Socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const head = `GET /graphql HTTP/1.1\r\nhost: ${host}\r\nupgrade: websocket\r\nconnection: upgrade\r\n`;
  const rest = 'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n';
  socket.write(`${head}${rest}sec-websocket-protocol: graphql-transport-ws\r\n\r\n`);
  const heard = async (text: string): Promise<void> => {
    while (!String((await once(socket, 'data'))[0]).includes(text));
  };
  await heard('101');
  const say = (message: object): void => void socket.write(frame(0x81, JSON.stringify(message)));
  say({ type: 'connection_init', payload: credential });
  await heard('connection_ack');
  socket.pause();
  const timer = setInterval(() => socket.write(frame(0x89, '')), 500);
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  }).finally(() => clearInterval(timer));
  return { say, ended };
}

/** A short frame of a client, with a mask of zeros. */
function frame(first: number, payload: string): Buffer {
  const body = Buffer.from(payload);
  return Buffer.concat([Buffer.from([first, 0x80 | body.length, 0, 0, 0, 0]), body]);
}

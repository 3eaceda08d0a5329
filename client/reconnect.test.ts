import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { GraphQLError } from 'graphql';
import { expect, it } from 'vitest';
import { WebSocket as WsWebSocket } from 'ws';
import { FollowError } from './errors.ts';
import type { Delivery } from './follow.ts';
import type { Status } from './status.ts';
import { logServerPerTest, until, upTo } from './testing/following.ts';

const fixture = logServerPerTest();

it('goes on without a gap when sockets are dropped again and again', async () => {
  const dropping = (async () => {
    for (let round = 0; round < 20; round++) {
      fixture.append(10);
      await wait(5);
      for (const socket of fixture.server.connections) socket.terminate();
    }
  })();
  expect(await fixture.seqs(200, { from: 'BEGINNING', maxBatch: 4 })).toEqual(upTo(200));
  await dropping;
});

it.each([undefined, 1000, 1001, 1011, 1012, 1013, 4408, 4429, 4500])(
  'goes on from the last cursor after a restart (close code %s)',
  async (code) => {
    fixture.append(3);
    const restart = async ({ events }: Delivery) => {
      if (events.at(-1)?.seq !== 3) return;
      await fixture.server.stop(code);
      fixture.append(3);
      await fixture.server.start();
    };
    expect(await fixture.seqs(6, { from: 'BEGINNING' }, restart)).toEqual(upTo(6));
    expect(fixture.server.requests.map(({ after }) => after)).toEqual([undefined, fixture.server.log.cursor(3)]);
  },
);

it('tells each change once, and how long it waits', async () => {
  fixture.append(1);
  const states: Status[] = [];
  const onStatus = (status: Status) => states.push(status);
  const following = fixture.seqs(2, { from: 'BEGINNING', onStatus, retry: { firstMs: 20, random: () => 0.5 } });
  await until(() => states.at(-1)?.state === 'live');
  await wait(3 * fixture.server.checkpointMs);
  for (const socket of fixture.server.connections) socket.close(1012);
  await until(() => states.filter(({ state }) => state === 'live').length === 2);
  fixture.append(1);
  await following;
  expect(states).toEqual([
    { state: 'connecting' },
    { state: 'catching-up' },
    { state: 'live' },
    { state: 'disconnected', reason: 'the server is restarting', retryInMs: 15 },
    { state: 'connecting' },
    { state: 'live' },
  ]);
});

it('waits longer after each failure, and anew after progress', async () => {
  const waits: number[] = [];
  const onStatus = (status: Status) => status.state === 'disconnected' && waits.push(status.retryInMs);
  fixture.append(1);
  fixture.server.failures = [1, 2, 3, 4].map((n) => new Error(`database is starting, ${n}`));
  const retry = { firstMs: 4, maxMs: 16, random: () => 0 };
  let came = 0;
  const following = fixture.seqs(2, { from: 'BEGINNING', onStatus, retry }, () => (came += 1));
  await until(() => waits.length === 4 && came === 1);
  for (const socket of fixture.server.connections) socket.terminate();
  fixture.append(1);
  expect(await following).toEqual([1, 2]);
  expect(waits).toEqual([2, 4, 8, 8, 2]);
});

it('waits longer each time when a connection breaks after its first sign of life', async () => {
  const waits: number[] = [];
  fixture.append(1);
  const following = fixture.seqs(2, {
    from: 'BEGINNING',
    retry: { firstMs: 4, maxMs: 16, random: () => 0 },
    onStatus(status) {
      if (status.state === 'disconnected') waits.push(status.retryInMs);
      if (status.state === 'live' && waits.length < 4)
        for (const socket of fixture.server.connections) socket.terminate();
    },
  });
  await until(() => waits.length === 4);
  fixture.append(1);
  expect(await following).toEqual([1, 2]);
  expect(waits).toEqual([2, 4, 8, 8]);
});

it('comes back after a normal close, too, and not with the old cursor', async () => {
  fixture.append(3);
  const close = ({ events }: Delivery) => {
    if (events.at(-1)?.seq !== 3) return;
    for (const socket of fixture.server.connections) socket.close(1000);
    fixture.append(1);
  };
  expect(await fixture.seqs(4, { from: 'BEGINNING' }, close)).toEqual(upTo(4));
  expect(fixture.server.requests.map(({ after }) => after)).toEqual([undefined, fixture.server.log.cursor(3)]);
});

it('comes back when the server says that it cannot answer at the moment', async () => {
  fixture.append(1);
  fixture.server.failures = [
    new GraphQLError('The database does not answer.', { extensions: { code: 'UNAVAILABLE' } }),
  ];
  const states: Status[] = [];
  expect(await fixture.seqs(1, { from: 'BEGINNING', onStatus: (status) => states.push(status) })).toEqual([1]);
  expect(states).toContainEqual(expect.objectContaining({ reason: 'the server failed: The database does not answer' }));
});

it.each([
  ['the global WebSocket', undefined],
  ['the package ws', WsWebSocket],
])('leaves no socket behind at a server that accepts and never answers (%s)', async (_name, webSocket) => {
  let opened = 0;
  const open = new Set<Socket>();
  const mute = createServer((socket) => {
    opened += 1;
    socket.resume();
    open.add(socket.on('error', () => {}).once('close', () => open.delete(socket)));
  }).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const abort = new AbortController();
  const url = `ws://127.0.0.1:${(mute.address() as AddressInfo).port}/graphql`;
  const following = fixture.seqs(1, { url, webSocket, stallAfterMs: 20, signal: abort.signal });
  await until(() => opened > 3);
  abort.abort();
  expect(await following).toEqual([]);
  await until(() => open.size === 0);
  mute.close();
});

it('gives up only when told after how many failures', async () => {
  await fixture.server.stop();
  const error = await fixture.failure({ retry: { firstMs: 10, maxMs: 40, attempts: 3 } });
  expect(error).toBeInstanceOf(FollowError);
  expect(error).toMatchObject({ code: 'GAVE_UP', message: 'Gave up after 3 retries: the server is away' });
});

it('notices a connection that says nothing', async () => {
  fixture.append(1);
  const states: Status[] = [];
  const onStatus = (status: Status) => states.push(status);
  const following = fixture.seqs(2, { from: 'BEGINNING', stallAfterMs: 3 * fixture.server.checkpointMs, onStatus });
  await until(() => states.at(-1)?.state === 'live');
  fixture.server.silent = true;
  fixture.append(1);
  await until(() => states.some(({ state }) => state === 'disconnected'));
  fixture.server.silent = false;
  expect(await following).toEqual([1, 2]);
  expect(states).toContainEqual({ state: 'stalled', silentForMs: 300 });
  expect(states).toContainEqual({
    state: 'disconnected',
    reason: 'the server fell silent',
    retryInMs: expect.any(Number),
  });
});

it('stays connected as long as checkpoints come', async () => {
  const states: Status[] = [];
  const following = fixture.seqs(1, {
    stallAfterMs: 4 * fixture.server.checkpointMs,
    onStatus: (status) => states.push(status),
  });
  await wait(10 * fixture.server.checkpointMs);
  fixture.append(1);
  await following;
  expect(states.map(({ state }) => state)).toEqual(['connecting', 'live']);
});

it('works with the sockets of the package ws, also while they connect', async () => {
  await fixture.server.stop();
  const states: Status[] = [];
  const following = fixture.seqs(3, {
    from: 'BEGINNING',
    webSocket: WsWebSocket,
    stallAfterMs: 250,
    onStatus: (status) => states.push(status),
  });
  await until(() => states.length > 3);
  fixture.append(2);
  await fixture.server.start();
  await until(() => states.at(-1)?.state === 'live');
  fixture.server.silent = true;
  await until(() => states.filter(({ state }) => state === 'stalled').length > 1);
  fixture.server.silent = false;
  fixture.append(1);
  expect(await following).toEqual([1, 2, 3]);
});

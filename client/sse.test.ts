import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { execute, subscribe, validate } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { expect, it, onTestFinished } from 'vitest';
import { RefusedError } from './errors.ts';
import type { Delivery } from './follow.ts';
import type { Status } from './status.ts';
import { eventBody } from './testing/events.ts';
import { logServerPerTest, until, upTo } from './testing/following.ts';
import { MemoryLog } from './testing/memory-log.ts';
import { schema } from './testing/schema.ts';

const fixture = logServerPerTest();
const overSse = () => ({ url: fixture.server.httpUrl });

it('delivers the whole log over server-sent events, and moves the cursor over what the filter leaves out', async () => {
  fixture.append(7);
  expect(await fixture.seqs(7, { ...overSse(), from: 'BEGINNING', maxBatch: 3 })).toEqual(upTo(7));
  const filter = { instruments: ['qqq-us'] };
  const cursors: string[] = [];
  const leave = new AbortController();
  await fixture.seqs(1, { ...overSse(), from: 'BEGINNING', filter, signal: leave.signal }, ({ cursor }) => {
    cursors.push(cursor);
    leave.abort();
  });
  expect(cursors).toEqual([fixture.server.log.cursor(7, filter)]);
});

it('goes on without a gap when connections are dropped again and again', async () => {
  const dropping = (async () => {
    for (let round = 0; round < 20; round++) {
      fixture.append(10);
      await wait(5);
      fixture.server.dropAll();
    }
  })();
  expect(await fixture.seqs(200, { ...overSse(), from: 'BEGINNING', maxBatch: 4 })).toEqual(upTo(200));
  await dropping;
});

it('goes on from the last cursor after a restart, which it may have waited for', async () => {
  fixture.append(3);
  const states: Status[] = [];
  const restart = async ({ events }: Delivery) => {
    if (events.at(-1)?.seq !== 3) return;
    await fixture.server.stop();
    fixture.append(3);
    const isAway = () => states.some((one) => one.state === 'disconnected' && one.reason === 'the server is away');
    void until(isAway).then(() => fixture.server.start());
  };
  const onStatus = (status: Status) => states.push(status);
  expect(await fixture.seqs(6, { ...overSse(), from: 'BEGINNING', onStatus }, restart)).toEqual(upTo(6));
  expect(fixture.server.requests.map(({ after }) => after)).toEqual([undefined, fixture.server.log.cursor(3)]);
  expect(states).toContainEqual(expect.objectContaining({ reason: 'connection lost' }));
  expect(states).toContainEqual(expect.objectContaining({ reason: 'the server is away' }));
});

it('notices a connection that says nothing, and closes it', async () => {
  fixture.append(1);
  const states: Status[] = [];
  const onStatus = (status: Status) => states.push(status);
  const stallAfterMs = 3 * fixture.server.checkpointMs;
  const following = fixture.seqs(2, { ...overSse(), from: 'BEGINNING', stallAfterMs, onStatus });
  await until(() => states.at(-1)?.state === 'live');
  fixture.server.silent = true;
  fixture.append(1);
  await until(() => states.some(({ state }) => state === 'disconnected'));
  fixture.server.silent = false;
  expect(await following).toEqual([1, 2]);
  expect(states).toContainEqual({ state: 'stalled', silentForMs: 300 });
  await until(() => fixture.server.eventStreams.size === 0);
});

it('comes back when the stream is told to be complete, and after what fails for a moment', async () => {
  fixture.append(2);
  fixture.server.failures = [new Error('the database is starting')];
  const states: Status[] = [];
  const onStatus = (status: Status) => states.push(status);
  expect(await fixture.seqs(2, { ...overSse(), from: 'BEGINNING', onStatus })).toEqual([1, 2]);
  expect(states).toContainEqual(expect.objectContaining({ reason: 'the server failed: the database is starting' }));
});

it('tells what the server will never accept', async () => {
  const error = await fixture.failure({ ...overSse(), filter: { sides: ['UP' as 'LONG'] } });
  expect(error).toBeInstanceOf(RefusedError);
  expect((error as Error).message).toContain(
    'The server refused the subscription: Variable "$filter" got invalid value',
  );
});

it('reads what the published server of graphql-sse writes', async () => {
  const log = new MemoryLog();
  log.append([eventBody(), eventBody('TRIGGERED')]);
  const signalEvents = async function* () {
    const reader = log.reader({ from: 'BEGINNING', maxBatch: 1 });
    if ('problem' in reader) return;
    for (let item = 0; item < 3; item++) yield { signalEvents: reader.read() };
  };
  const roots = { signalEvents };
  const published = createHandler({
    schema,
    validate,
    execute,
    subscribe: (args) => subscribe({ ...args, rootValue: roots }),
  });
  const server = createServer((request, response) => void published(request, response)).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  expect(await fixture.seqs(2, { url, from: 'BEGINNING' })).toEqual([1, 2]);
});

it('tells what answers without events, and shows its credential', async () => {
  const shown: unknown[] = [];
  const server = createServer(({ headers }, response) => {
    shown.push(headers.authorization);
    response.writeHead(shown.length === 1 ? 503 : 200, { 'content-type': 'text/html' }).end('<p>Hello</p>');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  let tokens = 0;
  const error = await fixture.failure({ url, credential: async () => `token-${++tokens}` });
  expect(error).toMatchObject({
    code: 'REFUSED',
    message: 'What answers is not the signal stream: status 200 and no event stream',
  });
  expect(shown).toEqual(['Bearer token-1', 'Bearer token-2']);
});

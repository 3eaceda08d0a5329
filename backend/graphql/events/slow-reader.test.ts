import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { appendBodies } from '../../log/testing.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { publishing, writeTick } from '../../signals/publishing.fixture.ts';
import type { Signal } from '../../signals/signal.ts';
import { factsOf } from '../../signals/signal-event.ts';
import { startTestApi, type TestApi } from '../../testing/api.ts';
import type { TestStore } from '../../testing/database.ts';
import { openMarketStore } from '../../testing/market-store.ts';

/** So many that no buffer of the kernel holds them all: some 2 kB each. */
const EVENTS = 8_000;
let store: TestStore;
let api: TestApi;
beforeAll(async () => {
  const opened = await openMarketStore('slow_reader');
  store = opened.store;
  const signal = opened.ticks[0]?.published[0] as Signal;
  await writeTick(await store.em(), opened.market.source, publishing([signal]));
  const body = canonicalJson({ type: 'TRIGGERED', facts: factsOf(signal), occurredAt: signal.publishedAt });
  await appendBodies(store.pool, 'public', Array<string>(EVENTS - 1).fill(body));
  api = await startTestApi(store);
});
afterAll(async () => {
  await api?.[Symbol.asyncDispose]();
  await store?.dispose();
});

const LIGHT =
  'subscription { signalEvents(from: BEGINNING, maxBatch: 500) { ... on SignalEventBatch { events { seq } } } }';
const HEAVY = `subscription { signalEvents(from: BEGINNING, maxBatch: 50) { ... on SignalEventBatch { events { seq
  signal { id dedupKey type side entry { kind referencePrice } targets { price fraction } featuresSnapshot { values hash }
    topContributions { feature contribution } provenance { source bars contentHash } modelVersion { id codeCommit } disclaimer } } } } }`;

/** How many events the service has handed to sockets. */
async function sent(): Promise<number> {
  const page = await api.metrics.render();
  return Number(/^graphql_subscription_events_total\{operation="other",result="sent"\} (\d+)/m.exec(page)?.[1] ?? 0);
}

it('is sent no more than it takes, keeps nobody waiting, and has every event once when it reads on', async () => {
  const slow = await reader(HEAVY);
  slow.socket.pause();
  let before = -1;
  await expect
    .poll(
      async () => {
        const now = await sent();
        const rests = now === before;
        before = now;
        return rests && now > 0;
      },
      { timeout: 20_000, interval: 500 },
    )
    .toBe(true);
  expect(before).toBeLessThan(EVENTS);

  const quick = await reader(LIGHT);
  await expect.poll(() => quick.seqs().length, { timeout: 30_000, interval: 200 }).toBe(EVENTS);
  slow.socket.resume();
  await expect.poll(() => slow.seqs().length, { timeout: 30_000, interval: 200 }).toBe(EVENTS);
  const all = Array.from({ length: EVENTS }, (_, at) => at + 1);
  for (const one of [slow, quick]) expect(one.seqs()).toEqual(all);
});

/** Somebody who asks for all events, over a socket that can be left unread. */
async function reader(query: string) {
  const { hostname, port, host } = new URL(api.url);
  const socket: Socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  const search = encodeURIComponent(query);
  socket.write(`GET /graphql?query=${search} HTTP/1.1\r\nhost: ${host}\r\naccept: text/event-stream\r\n\r\n`);
  const seqs = (): number[] =>
    [
      ...Buffer.concat(parts)
        .toString()
        .matchAll(/"seq":(\d+)/g),
    ].map(([, digits]) => Number(digits));
  return { socket, seqs };
}

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiKeys } from '../../access/api-keys.ts';
import { DEVELOPER } from '../../access/development.ts';
import { appendEvents, executeOn } from '../../log/append.ts';
import { PUBLIC_STREAM } from '../../log/event.ts';
import { type Tamper, TamperingProxy } from '../../operations/synthetic/tampering-proxy.fixture.ts';
import { wallClock } from '../../platform/clock.ts';
import { publishing, writeTick } from '../../signals/publishing.fixture.ts';
import type { Signal } from '../../signals/signal.ts';
import { changeEvent, factsOf } from '../../signals/signal-event.ts';
import type { TestStore } from '../../testing/database.ts';
import type { TestMarket } from '../../testing/market.ts';
import { openMarketStore } from '../../testing/market-store.ts';
import { freePort } from '../../testing/ports.ts';
import { RoleProcess } from '../../testing/role.ts';

const within = { timeout: 30_000, interval: 100 };
const TRANSPORTS = ['websocket', 'sse'] as const;
const QUIET = { LOG_LEVEL: 'warn' };

let market: TestMarket;
let signals: Signal[];
let store: TestStore;
let api: RoleProcess;
let proxy: TamperingProxy;
let key: string;
/** Of the engine, and of the log. */
let position = 0;
let head = 0;
beforeAll(async () => {
  const opened = await openMarketStore('synthetic');
  ({ market, store } = opened);
  signals = opened.ticks.flatMap(({ published }) => published);
  const asking = { principal: DEVELOPER, requestId: null };
  const keys = new ApiKeys(store.pool, wallClock, randomBytes);
  key = (await keys.create(asking, { name: 'synthetic', scopes: ['signals:read'], days: 1 })).text;
  const port = await freePort();
  const settings = { PORT: String(port), SUBSCRIPTION_CHECKPOINT_MS: '500', POLL_INTERVAL_MS: '250' };
  const closed = { DEVELOPMENT_PRINCIPAL: 'false', DATABASE_URL: store.database.applicationUrl };
  api = await RoleProcess.start('api', { settings: { ...QUIET, ...settings, ...closed } });
  proxy = await TamperingProxy.start(`http://127.0.0.1:${port}/graphql`);
  await publish();
}, 120_000);
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  api?.[Symbol.dispose]();
  await store?.dispose();
});

/** A signal of live data, as the engine writes it at this moment. */
async function publish(): Promise<void> {
  const [invented] = signals.splice(0, 1);
  if (invented === undefined) throw new Error('the market has no more signals');
  const provenance = invented.provenance.map((one) => ({ ...one, provenance: 'LIVE' as const }));
  const publishedAt = new Date().toISOString();
  const expiresAt = new Date(Date.now() + 300_000).toISOString();
  const signal: Signal = { ...invented, provenance, publishedAt, expiresAt };
  await writeTick(await store.em(), market.source, publishing([signal], position + 1), position);
  position += 1;
  head += 1;
  latest = signal;
}
let latest: Signal;

/** Something that happens to the newest signal. */
async function change(reason: string): Promise<void> {
  const event = changeEvent(factsOf(latest), {
    ...{ signalId: latest.id, type: 'TRIGGERED', occurredAt: Date.now(), reason },
  });
  await appendEvents(executeOn(store.pool), PUBLIC_STREAM, [event]);
  head += 1;
}

const startRole = (settings: Readonly<Record<string, string>>): Promise<RoleProcess> =>
  RoleProcess.start('synthetic', { settings: { ...QUIET, ...settings } });

async function startSubscriber(): Promise<RoleProcess> {
  const subscriber = await startRole({ SYNTHETIC_URL: proxy.url, SYNTHETIC_API_KEY: key });
  for (const transport of TRANSPORTS)
    await expect
      .poll(() => subscriber.metric('synthetic_last_checkpoint_timestamp_seconds', { transport }), within)
      .toBeGreaterThan(0);
  return subscriber;
}

/** One after the other, each when both have the one before. */
async function write(subscriber: RoleProcess, count: number): Promise<void> {
  for (let written = 0; written < count; written += 1) {
    const known = await subscriber.metric('synthetic_events_total');
    await change('as usual');
    await expect.poll(() => subscriber.metric('synthetic_events_total'), within).toBe(known + 2);
  }
}

const holds = (frame: string, seq: number): boolean => new RegExp(`"seq":${seq}[,}]`).test(frame);

/** Whose stream has been changed. */
const tampered = new Set<string>();

/** Lets each frame through but does something else, once, with the one that holds an event. */
function tamperOnce(seq: number, how: Tamper): void {
  tampered.clear();
  for (const transport of TRANSPORTS) {
    proxy.tamper[transport] = (frame) => {
      if (tampered.has(transport) || !holds(frame, seq)) return [frame];
      tampered.add(transport);
      return how(frame);
    };
  }
}

/** The frame of the event comes after the next one that holds events. */
function swapAfter(seq: number): void {
  tampered.clear();
  for (const transport of TRANSPORTS) {
    let held: string | null = null;
    proxy.tamper[transport] = (frame) => {
      if (holds(frame, seq)) {
        held = frame;
        tampered.add(transport);
        return [];
      }
      // A sign of life in between would say that it was sent.
      if (held === null || !holds(frame, seq + 1)) return held === null ? [frame] : [];
      const frames = [frame, held];
      held = null;
      return frames;
    };
  }
}

async function faults(subscriber: RoleProcess): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const fault of ['missing', 'repeated', 'reordered', 'altered', 'silent', 'refused'])
    for (const transport of TRANSPORTS) {
      const count = await subscriber.metric('synthetic_faults_total', { fault, transport });
      if (count > 0) found[`${fault} ${transport}`] = count;
    }
  return found;
}

describe('the role synthetic', () => {
  it('finds nothing wrong with a service that is well, also when the network cuts it off, and stops when it is asked to', async () => {
    const subscriber = await startSubscriber();
    try {
      await write(subscriber, 3);
      await publish();
      await expect.poll(() => subscriber.metric('synthetic_events_total'), within).toBe(8);
      for (const transport of TRANSPORTS)
        expect(await subscriber.metric('synthetic_delivery_latency_seconds_count', { transport })).toBe(1);
      expect(await subscriber.metric('synthetic_delivery_latency_seconds_sum')).toBeGreaterThan(0);
      proxy.cut();
      await change('while nobody listens');
      await expect.poll(() => subscriber.metric('synthetic_events_total'), within).toBe(10);
      expect(await subscriber.metric('synthetic_reconnects_total')).toBeGreaterThanOrEqual(2);
      expect(await subscriber.metric('synthetic_queries_total', { outcome: 'ok' })).toBeGreaterThan(0);
      expect(await faults(subscriber)).toEqual({});
      expect(await subscriber.metric('synthetic_watched_seconds_total', { result: 'good' })).toBeGreaterThan(1);
      expect(await subscriber.metric('synthetic_watched_seconds_total', { result: 'bad' })).toBe(0);
      const health = await (await fetch(`${subscriber.internalUrl}/health/detailed`)).json();
      expect(health).toMatchObject({ checks: { external_api: { details: { websocket: true, sse: true } } } });
      expect(await subscriber.stop(), subscriber.output).toEqual([0, null]);
      expect(subscriber.output).not.toContain(key);
    } finally {
      subscriber[Symbol.dispose]();
    }
  }, 120_000);

  it.each([
    ['missing', () => tamperOnce(head + 1, () => [])],
    ['repeated', () => tamperOnce(head + 1, (frame) => [frame, frame])],
    ['reordered', () => swapAfter(head + 1)],
    ['altered', () => tamperOnce(head + 1, (frame) => [frame.replace(/"hash":"..../, '"hash":"beef')])],
  ])(
    'counts an event that is %s on the way, over each transport',
    async (fault, tamper) => {
      const subscriber = await startSubscriber();
      try {
        await write(subscriber, 1);
        tamper();
        await change('tampered with');
        // Each has it in a frame of its own before there is another event.
        await expect.poll(() => tampered.size, within).toBe(TRANSPORTS.length);
        await change('the next one');
        const wanted = Object.fromEntries(TRANSPORTS.map((transport) => [`${fault} ${transport}`, expect.any(Number)]));
        await expect.poll(() => faults(subscriber), within).toEqual(wanted);
        await expect
          .poll(() => subscriber.metric('synthetic_watched_seconds_total', { result: 'bad' }), within)
          .toBeGreaterThan(0);
        expect(subscriber.output).toContain('the subscription is not what was promised');
      } finally {
        subscriber[Symbol.dispose]();
        for (const transport of TRANSPORTS) proxy.tamper[transport] = (frame) => [frame];
      }
    },
    120_000,
  );

  it('counts that its key is refused', async () => {
    const environment = { SYNTHETIC_URL: proxy.url, SYNTHETIC_API_KEY: `${key}x` };
    const subscriber = await startRole(environment);
    try {
      await expect
        .poll(() => subscriber.metric('synthetic_queries_total', { outcome: 'failed' }), within)
        .toBeGreaterThan(0);
      await expect
        .poll(() => subscriber.metric('synthetic_watched_seconds_total', { result: 'bad' }), within)
        .toBeGreaterThan(0);
      expect(subscriber.output).not.toContain(key);
    } finally {
      subscriber[Symbol.dispose]();
    }
  }, 60_000);
});

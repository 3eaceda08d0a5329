import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BadCursor, CursorCodec } from '../../log/cursor.ts';
import { appendBodies as append, openEpoch, openStream } from '../../log/testing.ts';
import { createMetrics, type Metrics } from '../../metrics/registry.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { wallClock } from '../../platform/clock.ts';
import type { Pool } from '../../platform/database/pool.ts';
import { silentLogger } from '../../platform/telemetry/logger.ts';
import { writeStep } from '../../signals/engine-store.ts';
import type { Signal } from '../../signals/signal.ts';
import { factsOf, publishedEvent, type SignalEventBody } from '../../signals/signal-event.ts';
import { filterHash, normaliseFilter, type SignalFilter } from '../../signals/signal-filter.ts';
import { SignalsService } from '../../signals/signals.service.ts';
import { openTestStore, type TestStore, testPool } from '../../testing/database.ts';
import { eventfulTicks, inventMarket, storeMarket, trainOn } from '../../testing/market.ts';
import { DatabaseProxy } from '../../testing/proxy.ts';
import type { StreamItem } from '../stream-item.ts';
import { InProcessWakeUp } from '../wake-up.ts';
import type { Gateway, SubscribeRequest } from './gateway.ts';
import type { GatewaySubscription } from './group.ts';
import { type GatewayParts, openGateway } from './open-gateway.ts';
import type { Outlet } from './ports.ts';

const codec = new CursorCodec('a secret of at least 32 characters');
const CHECKPOINT_MS = 200;
const POLL_MS = 20;

let store: TestStore;
let signal: Signal;
let stream = '';
let opened = 0;
const subscribers: Subscriber[] = [];
const gateways: Gateway[] = [];
beforeAll(async () => {
  const market = await inventMarket({ historySessions: 4, liveSessions: 1 });
  const model = await trainOn(market);
  signal = eventfulTicks(market, model)[0]?.published[0] as Signal;
  store = await openTestStore('follow', (connections) => storeMarket(connections, market, model));
  const first = { ingestSeq: 1, changes: [], withheld: null, published: [signal], events: [publishedEvent(signal)] };
  await writeStep(
    await store.em(),
    { shard: `${market.source.sourceId}/0`, fromSeq: 0, upToSeq: 1, cancellations: 0, ticks: [first] },
    { beforeCommit: () => undefined },
  );
});
afterAll(() => store.dispose());
beforeEach(async () => {
  stream = `stream-${++opened}`;
  await openStream(store.owner, stream);
});
afterEach(async () => {
  for (const subscriber of subscribers.splice(0)) subscriber.leave();
  await Promise.all(gateways.splice(0).map((gateway) => gateway.close()));
});

/** A client that takes an item at a time. `waiting` are the bytes that it has not taken. */
class Subscriber implements Outlet {
  readonly items: StreamItem[] = [];
  readonly gateway: Gateway;
  subscription: GatewaySubscription;
  completed = false;
  failure: unknown;
  closed = false;
  waiting = 0;
  #arrived: StreamItem[] = [];
  #wake = (): void => undefined;
  #drained = (): void => undefined;

  constructor(request: Partial<SubscribeRequest> & { readonly filter?: SignalFilter } = {}, context: Context = {}) {
    this.gateway = context.gateway ?? gatewayWith(context);
    const filter = request.filter ?? {};
    this.subscription = this.gateway.subscribe(
      {
        ...{ after: null, from: 'BEGINNING', maxBatch: 50 },
        group: {
          ...{ key: filterHash(filter), filter, filterHash: filterHash(filter) },
          render: async (item) => Buffer.from(JSON.stringify(item)),
        },
        ...request,
      },
      this,
    );
    subscribers.push(this);
  }

  next(payload: Buffer): void {
    this.#arrived.push(JSON.parse(payload.toString()) as StreamItem);
    this.#wake();
  }

  complete(): void {
    this.completed = true;
    this.#wake();
  }

  fail(error: unknown): void {
    this.failure = error;
    this.#wake();
  }

  tooSlow(): void {
    this.closed = true;
    this.#wake();
  }

  onDrained(run: () => void): void {
    this.#drained = run;
  }

  inTurn(work: () => Promise<void>): Promise<void> {
    return work();
  }

  /** Takes what it was sent. */
  drain(): void {
    this.waiting = 0;
    this.#drained();
  }

  /** The next item; null when there will be none. */
  async take(): Promise<StreamItem | null> {
    for (;;) {
      if (this.failure !== undefined) throw this.failure;
      const item = this.#arrived.shift();
      if (item !== undefined) this.items.push(item);
      if (item !== undefined || this.completed || this.closed) return item ?? null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async until(isIt: (item: StreamItem) => boolean): Promise<StreamItem> {
    for (;;) {
      const item = await this.take();
      if (item === null) throw new Error(`ended after ${JSON.stringify(this.items.at(-1))}`);
      if (isIt(item)) return item;
    }
  }

  untilLive = () => this.until((item) => item.kind === 'checkpoint' && item.live);

  get seqs(): number[] {
    return this.items.flatMap((item) => (item.kind === 'batch' ? item.events.map(({ event }) => event.seq) : []));
  }

  leave(): void {
    this.subscription.leave();
  }
}

type Context = Partial<GatewayParts> & { readonly gateway?: Gateway };

function gatewayWith(context: Partial<GatewayParts>): Gateway {
  const gateway = openGateway({
    pool: store.pool,
    signals: new SignalsService(context.pool ?? store.pool, codec, wallClock),
    ...{ stream, codec, wakeUp: new InProcessWakeUp(), metrics: createMetrics(), log: silentLogger },
    dataClock: { now: () => Date.parse(signal.publishedAt) },
    ...{ pollMs: POLL_MS, checkpointMs: CHECKPOINT_MS, flush: () => undefined },
    ...context,
  });
  gateways.push(gateway);
  return gateway;
}

/** The nth event about the one signal: every third is about SPY, the others about something else. */
function body(n: number): string {
  const facts = { ...factsOf(signal), instrumentId: n % 3 === 0 ? 'spy-us' : `other-${n % 3}` };
  const event: SignalEventBody = {
    type: n % 2 === 0 ? 'TRIGGERED' : 'STOP_HIT',
    facts,
    occurredAt: signal.publishedAt,
  };
  return canonicalJson(event);
}
const put = (from: number, to: number, pool: Pool = store.pool) =>
  append(
    pool,
    stream,
    Array.from({ length: to - from + 1 }, (_, index) => body(from + index)),
  );
const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
const cursorAt = (
  seq: number,
  { filter = {}, epoch = `${stream}-first` }: { filter?: SignalFilter; epoch?: string } = {},
) => codec.encode({ positions: { [stream]: { epoch, seq } }, filterHash: filterHash(normaliseFilter(filter)) });
const placeOf = (cursor: string | null | undefined) => (cursor == null ? null : codec.decode(cursor).positions[stream]);

/** Each item continues the one before. */
function expectChain(items: readonly StreamItem[], after: string | null): void {
  let last = after;
  for (const item of items) {
    if (item.kind === 'problem') continue;
    expect(item.previousCursor).toBe(last);
    last = item.cursor;
  }
}

describe('where a subscription begins', () => {
  it('is the first event that is held, when it asks for the BEGINNING', async () => {
    await put(1, 5);
    const subscriber = new Subscriber();
    await subscriber.untilLive();
    expect(subscriber.seqs).toEqual([1, 2, 3, 4, 5]);
    expectChain(subscriber.items, null);

    await store.owner.query('delete from event_log where stream = $1 and seq <= 2', [stream]);
    const later = new Subscriber();
    await later.untilLive();
    expect(later.seqs).toEqual([3, 4, 5]);
  });

  it('is the present, when it asks for LIVE: it is told where that is before anything happens', async () => {
    await put(1, 5);
    const subscriber = new Subscriber({ from: 'LIVE' });
    const first = await subscriber.take();
    expect(first).toMatchObject({
      kind: 'checkpoint',
      live: true,
      previousCursor: null,
      cursor: cursorAt(5),
      headCursor: cursorAt(5),
    });
    await put(6, 7);
    await subscriber.until(({ kind }) => kind === 'batch');
    expect(subscriber.seqs).toEqual([6, 7]);
    expectChain(subscriber.items, null);
  });

  it('is right after its cursor, whatever from says', async () => {
    await put(1, 5);
    const subscriber = new Subscriber({ after: cursorAt(3), from: 'BEGINNING' });
    await subscriber.untilLive();
    expect(subscriber.seqs).toEqual([4, 5]);
    expectChain(subscriber.items, cursorAt(3));
  });

  it('is an empty stream as well', async () => {
    for (const from of ['BEGINNING', 'LIVE'] as const) {
      const subscriber = new Subscriber({ from });
      expect(await subscriber.take()).toMatchObject({ kind: 'checkpoint', live: true, cursor: cursorAt(0) });
    }
  });
});

describe('a batch', () => {
  it('holds as many events as the client takes at most, and the last one moves the cursor to the end of the page', async () => {
    await put(1, 7);
    const filter = normaliseFilter({ not: { instruments: ['other-1'] } });
    const subscriber = new Subscriber({ maxBatch: 3, filter });
    await subscriber.untilLive();
    const batches = subscriber.items.filter((item) => item.kind === 'batch');
    expect(batches.map((batch) => batch.events.map(({ event }) => event.seq))).toEqual([[2, 3, 5], [6]]);
    expect(batches.map(({ cursor }) => placeOf(cursor)?.seq)).toEqual([5, 7]);
    expectChain(subscriber.items, null);
  });

  it('carries each event with its own cursor and its signal, and how long it lay', async () => {
    await put(1, 2);
    const subscriber = new Subscriber();
    const batch = await subscriber.until(({ kind }) => kind === 'batch');
    if (batch.kind !== 'batch') throw new Error('no batch');
    expect(batch.events.map(({ event }) => event.cursor)).toEqual([cursorAt(1), cursorAt(2)]);
    expect(batch.events[0]).toMatchObject({
      event: { body: JSON.parse(body(1)) },
      signal: { signal: { id: signal.id }, state: 'PUBLISHED' },
    });
    expect(batch.lagMs).toBeGreaterThanOrEqual(0);
    expect(batch.lagMs).toBeLessThan(20_000);
  });
});

describe('a filter', () => {
  const filter = normaliseFilter({ instruments: ['spy-us'] });

  it('moves the cursor over what does not match: a checkpoint a page, until it is live', async () => {
    await put(1, 1_100);
    const nothing = new Subscriber({ filter: normaliseFilter({ mic: ['NONE'] }) });
    await nothing.untilLive();
    expect(
      nothing.items.map((item) => [
        item.kind,
        'cursor' in item ? placeOf(item.cursor)?.seq : null,
        'live' in item && item.live,
      ]),
    ).toEqual([
      ['checkpoint', 500, false],
      ['checkpoint', 1_000, false],
      ['checkpoint', 1_100, false],
      ['checkpoint', 1_100, true],
    ]);
    expectChain(nothing.items, null);
  });

  it('lets through exactly what matches, in order, and goes on from any of its cursors', async () => {
    await put(1, 20);
    const whole = new Subscriber({ filter, maxBatch: 2 });
    await whole.untilLive();
    expect(whole.seqs).toEqual([3, 6, 9, 12, 15, 18]);
    for (const item of whole.items) {
      if (item.kind === 'problem') continue;
      const at = placeOf(item.cursor)?.seq ?? 0;
      const resumed = new Subscriber({ filter, after: item.cursor });
      await resumed.untilLive();
      expect(resumed.seqs).toEqual([3, 6, 9, 12, 15, 18].filter((seq) => seq > at));
    }
  });

  it('is part of its cursors: one of another filter does not go on', async () => {
    await put(1, 3);
    for (const [after, asked] of [
      [cursorAt(1), filter],
      [cursorAt(1, { filter }), {}],
    ] as const) {
      const subscriber = new Subscriber({ after, filter: asked });
      expect(await subscriber.take()).toMatchObject({ kind: 'problem', code: 'FILTER_CHANGED', retryAfterMs: null });
      expect(await subscriber.take()).toBeNull();
    }
  });
});

describe('a cursor that cannot go on', () => {
  it('is OUTDATED when what follows it is no longer held, and is told the earliest place', async () => {
    await put(1, 9);
    await store.owner.query('delete from event_log where stream = $1 and seq <= 5', [stream]);
    const old = new Subscriber({ after: cursorAt(4) });
    const problem = await old.take();
    expect(problem).toMatchObject({
      kind: 'problem',
      code: 'OUTDATED_CURSOR',
      earliestCursor: cursorAt(5),
      headCursor: cursorAt(9),
    });
    expect(await old.take()).toBeNull();

    const again = new Subscriber({ after: cursorAt(5) });
    await again.untilLive();
    expect(again.seqs).toEqual([6, 7, 8, 9]);
  });

  it('is from the FUTURE when the stream has not come so far', async () => {
    await put(1, 3);
    const subscriber = new Subscriber({ after: cursorAt(4) });
    expect(await subscriber.take()).toMatchObject({ kind: 'problem', code: 'FUTURE_CURSOR', headCursor: cursorAt(3) });
    expect(await subscriber.take()).toBeNull();
  });

  it('is of a changed EPOCH when a restore lost what it had seen, and is told the last place that both have in common', async () => {
    await put(1, 9);
    await openEpoch(store.owner, stream, 'second', 6);
    await put(7, 8);
    const lost = new Subscriber({ after: cursorAt(7) });
    const problem = await lost.take();
    const second = { epoch: 'second' };
    expect(problem).toMatchObject({
      kind: 'problem',
      code: 'EPOCH_CHANGED',
      lastCommonCursor: cursorAt(6, second),
      headCursor: cursorAt(8, second),
    });

    for (const after of [cursorAt(6), cursorAt(6, second), cursorAt(2)]) {
      const kept = new Subscriber({ after });
      await kept.untilLive();
      expect(kept.seqs).toEqual(upTo(8, (placeOf(after)?.seq ?? 0) + 1));
      expectChain(kept.items, after);
    }
    const stranger = new Subscriber({ after: cursorAt(2, { epoch: 'never was' }) });
    expect(await stranger.take()).toMatchObject({ code: 'EPOCH_CHANGED', lastCommonCursor: null });
  });

  it('of the first of three epochs shares what the third and the second share', async () => {
    await put(1, 9);
    await openEpoch(store.owner, stream, 'second', 8);
    await put(9, 12);
    await openEpoch(store.owner, stream, 'third', 5);
    await put(6, 20);
    const problem = await new Subscriber({ after: cursorAt(7) }).take();
    expect(problem).toMatchObject({ code: 'EPOCH_CHANGED', lastCommonCursor: cursorAt(5, { epoch: 'third' }) });
    expect(await new Subscriber({ after: cursorAt(10, { epoch: 'second' }) }).take()).toMatchObject({
      code: 'EPOCH_CHANGED',
    });
    const kept = new Subscriber({ after: cursorAt(5) });
    await kept.untilLive();
    expect(kept.seqs).toEqual(upTo(20, 6));
  });

  it('is not a cursor at all when somebody else made it', async () => {
    const other = new CursorCodec('another secret of at least 32 characters');
    const after = other.encode({
      positions: { [stream]: { epoch: `${stream}-first`, seq: 0 } },
      filterHash: filterHash({}),
    });
    expect(() => new Subscriber({ after })).toThrow(BadCursor);
  });
});

describe('a live subscription', () => {
  it('gets what is written at once when it is woken, long before it would look', async () => {
    const wakeUp = new InProcessWakeUp();
    const subscriber = new Subscriber({ from: 'LIVE' }, { wakeUp, pollMs: 60_000, checkpointMs: 120_000 });
    await subscriber.take();
    const batch = subscriber.until(({ kind }) => kind === 'batch');
    const { lastSeq } = await put(1, 2);
    wakeUp.notify(stream, lastSeq);
    await batch;
    expect(subscriber.seqs).toEqual([1, 2]);
  });

  it('finds what is written when nobody wakes it', async () => {
    const subscriber = new Subscriber({ from: 'LIVE' });
    await subscriber.take();
    await put(1, 2);
    await subscriber.until(({ kind }) => kind === 'batch');
    expect(subscriber.seqs).toEqual([1, 2]);
  });

  it('is never silent for longer than it said', async () => {
    const subscriber = new Subscriber({ from: 'LIVE' });
    await subscriber.take();
    const times: number[] = [performance.now()];
    for (let count = 0; count < 4; count += 1) {
      expect(await subscriber.take()).toMatchObject({ kind: 'checkpoint', live: true, cursor: cursorAt(0) });
      times.push(performance.now());
    }
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    // A loaded machine is late; it is never early.
    for (const gap of gaps) expect(gap).toBeGreaterThan(CHECKPOINT_MS - 2 * POLL_MS);
    expect(Math.min(...gaps)).toBeLessThan(CHECKPOINT_MS + 100);
    expectChain(subscriber.items, null);
  });

  it('speaks as often as it said also where it looks less often', async () => {
    const subscriber = new Subscriber({ from: 'LIVE' }, { pollMs: 60_000, checkpointMs: 50 });
    for (let count = 0; count < 3; count += 1)
      expect(await subscriber.take()).toMatchObject({ kind: 'checkpoint', live: true });
  });

  it('reads nothing ahead of a client that takes nothing', async () => {
    await put(1, 1_600);
    let reads = 0;
    const pool = watched(store.pool, () => {
      reads += 1;
    });
    const subscriber = new Subscriber({ maxBatch: 100 }, { pool, pollMs: 10_000, checkpointMs: 20_000 });
    subscriber.waiting = 300 * 1024;
    await sleep(500);
    const before = reads;
    await sleep(3 * POLL_MS);
    expect([reads, subscriber.seqs]).toEqual([before, []]);

    subscriber.drain();
    await subscriber.untilLive();
    expect(subscriber.seqs).toEqual(upTo(1_600));
  });

  it('ends when the client leaves, and leaves nothing behind', async () => {
    const wakeUp = new InProcessWakeUp();
    const subscriber = new Subscriber({ from: 'LIVE' }, { wakeUp });
    await subscriber.take();
    expect(subscriber.gateway.groups).toBe(1);
    subscriber.leave();
    subscriber.leave();
    expect([subscriber.gateway.groups, subscriber.gateway.scanned]).toEqual([0, 0]);
    await put(1, 1);
    await sleep(3 * POLL_MS);
    expect(subscriber.items).toHaveLength(1);
  });

  it.each([
    ['SHUTTING_DOWN', 1_000],
    ['REAUTHENTICATE', 0],
  ] as const)('is told of %s, and hears nothing more, and is not completed', async (code, retryAfterMs) => {
    await put(1, 3);
    const subscriber = new Subscriber();
    await subscriber.untilLive();
    const told = subscriber.subscription.farewell(code, retryAfterMs);
    await put(4, 5);
    await told;
    const problem = await subscriber.until(({ kind }) => kind === 'problem');
    expect(problem).toMatchObject({ code, headCursor: cursorAt(3), retryAfterMs });
    // A completed subscription would not be opened again by a client that follows the protocol.
    const more = subscriber.take();
    expect(await Promise.race([more, sleep(5 * POLL_MS, 'nothing')])).toBe('nothing');
    expect([subscriber.completed, subscriber.seqs]).toEqual([false, [1, 2, 3]]);
  });

  it('is told of a restore that lost what it has seen, though it was connected all the time', async () => {
    await put(1, 6);
    const subscriber = new Subscriber();
    await subscriber.untilLive();
    await openEpoch(store.owner, stream, 'second', 4);
    await put(5, 9);
    const problem = await subscriber.until(({ kind }) => kind === 'problem');
    expect(problem).toMatchObject({ code: 'EPOCH_CHANGED', lastCommonCursor: cursorAt(4, { epoch: 'second' }) });
    expect(subscriber.seqs).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await subscriber.take()).toBeNull();
  });

  it('goes on over a restore that lost nothing which it has seen', async () => {
    await put(1, 6);
    const subscriber = new Subscriber();
    await subscriber.untilLive();
    await openEpoch(store.owner, stream, 'second', 6);
    await put(7, 8);
    await subscriber.until((item) => item.kind === 'batch' && item.events.at(-1)?.event.seq === 8);
    expect(subscriber.seqs).toEqual(upTo(8));
    expectChain(subscriber.items, null);
  });
});

describe('while the database is away', () => {
  it('says so, keeps quiet otherwise, and goes on where it was when it is back', async () => {
    await using proxy = await DatabaseProxy.to(store.database.applicationUrl);
    const through = testPool(proxy.url, 2);
    let reads = 0;
    const pool = watched(through, () => {
      reads += 1;
    });
    const wakeUp = new InProcessWakeUp();
    await put(1, 3);
    const subscriber = new Subscriber({}, { pool, wakeUp });
    await subscriber.untilLive();

    await proxy.cut();
    expect(await subscriber.until((item) => item.kind === 'checkpoint' && !item.live)).toMatchObject({
      cursor: cursorAt(3),
    });
    // Something was written, and said so, just before: there is no use in trying for it without a pause.
    await put(4, 5);
    wakeUp.notify(stream, 5);
    reads = 0;
    const begin = performance.now();
    await subscriber.until((item) => item.kind === 'checkpoint' && !item.live);
    await subscriber.until((item) => item.kind === 'checkpoint' && !item.live);
    expect(reads).toBeLessThanOrEqual((performance.now() - begin) / POLL_MS + 2);

    await proxy.mend();
    await subscriber.untilLive();
    expect(subscriber.seqs).toEqual([1, 2, 3, 4, 5]);
    expectChain(subscriber.items, null);
    subscriber.leave();
    await through.end();
  });

  it('notices a lost connection as well as a lock that is not given', async () => {
    const pool = testPool(store.database.applicationUrl, 2);
    await put(1, 2);
    const subscriber = new Subscriber({}, { pool });
    await subscriber.untilLive();
    await store.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and usename = current_user`,
    );
    await put(3, 3);
    await subscriber.until((item) => item.kind === 'batch' && item.events.at(-1)?.event.seq === 3);

    const holder = await store.owner.connect();
    await holder.query('begin; lock table event_log in access exclusive mode');
    await subscriber.until((item) => item.kind === 'checkpoint' && !item.live);
    await holder.query('commit');
    holder.release();
    await put(4, 4);
    await subscriber.untilLive();
    expect(subscriber.seqs).toEqual([1, 2, 3, 4]);
    expectChain(subscriber.items, null);
    subscriber.leave();
    await pool.end();
  });

  it('tells of a restore that happened meanwhile before anything new is written', async () => {
    await using proxy = await DatabaseProxy.to(store.database.applicationUrl);
    const pool = testPool(proxy.url, 2);
    await put(1, 6);
    const subscriber = new Subscriber({}, { pool });
    await subscriber.untilLive();
    await proxy.cut();
    await subscriber.until((item) => item.kind === 'checkpoint' && !item.live);
    await openEpoch(store.owner, stream, 'second', 4);
    await proxy.mend();
    const problem = await subscriber.until(({ kind }) => kind === 'problem');
    expect(problem).toMatchObject({ code: 'EPOCH_CHANGED', lastCommonCursor: cursorAt(4, { epoch: 'second' }) });
    subscriber.leave();
    await pool.end();
  });
});

describe('a subscriber who leaves and comes back at any moment', () => {
  const wishes: readonly { wish: SignalFilter; wants: (n: number) => boolean }[] = [
    { wish: {}, wants: () => true },
    { wish: { instruments: ['spy-us'] }, wants: (n) => n % 3 === 0 },
    { wish: { eventTypes: ['STOP_HIT'] }, wants: (n) => n % 2 === 1 },
    { wish: { mic: ['NONE'] }, wants: () => false },
  ];
  const plan = fc.record({
    maxBatch: fc.integer({ min: 1, max: 7 }),
    asked: fc.constantFrom(...wishes),
    /** How many items are taken before each leave. */
    stays: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 6 }),
    writes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }),
  });

  it('has seen every event that matches once and in order, while others write', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ maxBatch, asked, stays, writes }) => {
        stream = `stream-${++opened}`;
        await openStream(store.owner, stream);
        const total = writes.reduce((sum, count) => sum + count, 0);
        const writing = writeSlowly(writes);
        const request = { filter: normaliseFilter(asked.wish), maxBatch };

        const seen: number[] = [];
        let after: string | null = null;
        for (const stay of stays) after = await visit({ ...request, after }, seen, (taken) => taken === stay);
        await writing;
        await visit({ ...request, after }, seen, (_taken, last) => placeOf(last)?.seq === total);
        expect(seen).toEqual(upTo(total).filter(asked.wants));
      }),
      { numRuns: 15 },
    );
  });

  async function writeSlowly(counts: readonly number[]): Promise<void> {
    let at = 0;
    for (const count of counts) {
      await put(at + 1, at + count);
      at += count;
      await sleep(1);
    }
  }

  /** Takes items until it has enough; answers the cursor to come back with. */
  async function visit(
    request: Partial<SubscribeRequest> & { readonly filter: SignalFilter; after: string | null },
    seen: number[],
    enough: (taken: number, cursor: string | null) => boolean,
  ): Promise<string | null> {
    const subscriber = new Subscriber(request, { pollMs: 5, checkpointMs: 10 });
    let cursor = request.after;
    for (let taken = 0; !enough(taken, cursor); taken += 1) {
      const item = await subscriber.take();
      if (item === null || item.kind === 'problem') throw new Error(`unexpected ${JSON.stringify(item)}`);
      cursor = item.cursor;
    }
    seen.push(...subscriber.seqs);
    expectChain(subscriber.items, request.after);
    subscriber.leave();
    return cursor;
  }
});

describe('a group of subscribers', () => {
  const executions = async (metrics: Metrics): Promise<number> =>
    Number(/graphql_subscription_executions_total (\d+)/.exec(await metrics.render())?.[1]);
  const quiet = { pollMs: 10_000, checkpointMs: 20_000 };

  it('is sent what one execution made, each member once', async () => {
    const [metrics, wakeUp] = [createMetrics(), new InProcessWakeUp()];
    const gateway = gatewayWith({ ...quiet, metrics, wakeUp });
    const all = Array.from(
      { length: 50 },
      (_, index) => new Subscriber({ from: 'LIVE', maxBatch: 1 + index }, { gateway }),
    );
    for (const subscriber of all) await subscriber.untilLive();
    const before = await executions(metrics);
    wakeUp.notify(stream, (await put(1, 1)).lastSeq);
    for (const subscriber of all) await subscriber.until(({ kind }) => kind === 'batch');
    expect((await executions(metrics)) - before).toBe(1);
    expect(gateway.groups).toBe(1);
    for (const { items, seqs } of all) {
      expect(seqs).toEqual([1]);
      expectChain(items, null);
    }
  });

  it('is touched by no event that its filter leaves out', async () => {
    const [metrics, wakeUp] = [createMetrics(), new InProcessWakeUp()];
    const gateway = gatewayWith({ ...quiet, metrics, wakeUp });
    const filter = normaliseFilter({ instruments: ['spy-us'] });
    const [one, other] = [
      new Subscriber({ from: 'LIVE', filter }, { gateway }),
      new Subscriber({ from: 'LIVE' }, { gateway }),
    ];
    for (const subscriber of [one, other]) await subscriber.untilLive();
    const before = await executions(metrics);
    wakeUp.notify(stream, (await put(1, 2)).lastSeq);
    await other.until(({ kind }) => kind === 'batch');
    expect((await executions(metrics)) - before).toBe(1);
    wakeUp.notify(stream, (await put(3, 3)).lastSeq);
    await one.until(({ kind }) => kind === 'batch');
    expect(one.seqs).toEqual([3]);
    expectChain(one.items, null);
    expect([gateway.groups, gateway.scanned]).toEqual([2, 1]);
  });

  it('takes in 1,000 who came back from anywhere, in the ring or before it, and is one group again', {
    timeout: 60_000,
  }, async () => {
    await put(1, 620);
    const [metrics, wakeUp] = [createMetrics(), new InProcessWakeUp()];
    const gateway = gatewayWith({ ...quiet, metrics, wakeUp });
    const places = [620, 619, 618, 612];
    const furtherBack = [121, 120, 119, 1];
    const all = Array.from({ length: 1_000 }, (_, index) => {
      const after = cursorAt((index < 4 ? furtherBack : places)[index % 4] ?? 0);
      return { after, subscriber: new Subscriber({ after, maxBatch: 100 }, { gateway }) };
    });
    for (const { subscriber } of all) await subscriber.untilLive();
    const caughtUp = await executions(metrics);
    // Pages are made for those who stand at the same place, not for each of them.
    expect(caughtUp).toBeLessThan(100);
    wakeUp.notify(stream, (await put(621, 621)).lastSeq);
    for (const { subscriber } of all) await subscriber.until(({ kind }) => kind === 'batch');
    wakeUp.notify(stream, (await put(622, 622)).lastSeq);
    const before = await executions(metrics);
    for (const { subscriber } of all)
      await subscriber.until((item) => item.kind === 'batch' && item.events[0]?.event.seq === 622);
    expect((await executions(metrics)) - before).toBeLessThanOrEqual(1);
    expect(gateway.groups).toBe(1);
    for (const { after, subscriber } of all) {
      expect(subscriber.seqs).toEqual(upTo(622, (placeOf(after)?.seq ?? 0) + 1));
      expectChain(subscriber.items, after);
    }
  });

  it('goes on without a member that takes nothing, which gets the rest when it does', async () => {
    const gateway = gatewayWith({});
    const [slow, quick] = [
      new Subscriber({ from: 'LIVE' }, { gateway }),
      new Subscriber({ from: 'LIVE' }, { gateway }),
    ];
    for (const subscriber of [slow, quick]) await subscriber.untilLive();
    slow.waiting = 300 * 1024;
    for (let n = 1; n <= 5; n += 1) {
      await put(n, n);
      await quick.until((item) => item.kind === 'batch' && item.events.at(-1)?.event.seq === n);
    }
    expect(slow.seqs).toEqual([]);
    slow.drain();
    await slow.until((item) => item.kind === 'batch' && item.events.at(-1)?.event.seq === 5);
    await put(6, 6);
    await slow.until((item) => item.kind === 'batch' && item.events.at(-1)?.event.seq === 6);
    expect(slow.seqs).toEqual(upTo(6));
    expectChain(slow.items, null);
  });
});

/** A pool that counts its statements. */
function watched(pool: Pool, onQuery: () => void): Pool {
  return new Proxy(pool, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name);
      return (...parameters: Parameters<Pool['query']>) => {
        onQuery();
        return target.query(...parameters);
      };
    },
  });
}

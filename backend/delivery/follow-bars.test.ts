import { getEventListeners } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CursorCodec } from '../log/cursor.ts';
import { openEpoch } from '../log/testing.ts';
import { wakeUpName } from '../market-data/bar-streams/streams.ts';
import { RollupWriter } from '../market-data/rollup/rollup-writer.ts';
import type { SourceDescription } from '../market-data/source.ts';
import { BarIngest, shardOf } from '../market-data/store/ingest.ts';
import { wallClock } from '../platform/clock.ts';
import { batchesOf, feedNamed, minuteBar, OPEN } from '../testing/bars.ts';
import { openTestStore, type TestStore, testPool } from '../testing/database.ts';
import { DatabaseProxy } from '../testing/proxy.ts';
import { type BarStreamItem, type FollowBarsContext, type FollowBarsRequest, followBars } from './follow-bars.ts';
import { InProcessWakeUp } from './wake-up.ts';

const codec = new CursorCodec('a secret of at least 32 characters');
const CHECKPOINT_MS = 200;
const MINUTE = 60_000;

let store: TestStore;
let feed: SourceDescription;
let subscribers: Subscriber[] = [];
let feeds = 0;
beforeAll(async () => {
  store = await openTestStore('follow_bars');
});
afterAll(() => store.dispose());
beforeEach(async () => {
  await store.owner.query(
    'truncate bar, rollup_bar, rollup_batch, rollup_position, ingest_batch, ingest_shard, source_instrument cascade',
  );
  await store.owner.query('update rollup_head set last_seq = 0, dropped_up_to_seq = 0');
  feeds += 1;
  feed = feedNamed(`feed-${feeds}`);
  await new BarIngest(store.pool).register(feed);
});
afterEach(async () => {
  for (const subscriber of subscribers) await subscriber.leave();
  subscribers = [];
});

/** A subscription, read an item at a time as a transport does. */
class Subscriber {
  readonly items: BarStreamItem[] = [];
  readonly left = new AbortController();
  readonly ended = new AbortController();
  readonly #items: AsyncGenerator<BarStreamItem>;

  constructor(request: Partial<FollowBarsRequest> = {}, context: Partial<FollowBarsContext> = {}) {
    const all = { instrumentId: 'spy-us', timeframe: '1m', after: null, from: 'BEGINNING', maxBatch: 50 } as const;
    this.#items = followBars(contextWith(context), {
      ...all,
      signal: this.left.signal,
      ended: this.ended.signal,
      ...request,
    });
    subscribers.push(this);
  }

  async next(): Promise<BarStreamItem | null> {
    const result = await this.#items.next();
    if (result.done === true) return null;
    this.items.push(result.value);
    return result.value;
  }

  async until(isIt: (item: BarStreamItem) => boolean): Promise<BarStreamItem> {
    for (;;) {
      const item = await this.next();
      if (item === null) throw new Error(`ended after ${JSON.stringify(this.items.at(-1))}`);
      if (isIt(item)) return item;
    }
  }

  untilLive = () => this.until((item) => item.kind === 'checkpoint' && item.live);

  get bars(): string[] {
    return this.items.flatMap((item) => (item.kind === 'batch' ? item.bars.map(shown) : []));
  }

  async leave(): Promise<void> {
    this.left.abort();
    while ((await this.#items.next()).done !== true) {
      // What was under way comes out first.
    }
  }
}

const shown = ({ barStart, revision, close }: { barStart: number; revision: number; close: string }): string =>
  `${(barStart - OPEN) / MINUTE} r${revision} ${close}`;

function contextWith(context: Partial<FollowBarsContext>): FollowBarsContext {
  return {
    ...{ pool: store.pool, codec, wakeUp: new InProcessWakeUp(), wallClock, pollMs: 20, checkpointMs: CHECKPOINT_MS },
    ...{ draining: new AbortController().signal, random: () => 0.5 },
    ...context,
  };
}

async function put(from: number, to: number, source = feed): Promise<void> {
  const bars = Array.from({ length: to - from + 1 }, (_, index) => minuteBar(from + index, String(100 + from + index)));
  await new BarIngest(store.pool).store(source, batchesOf(bars));
}
const correct = (minute: number, close: string, known: number) =>
  new BarIngest(store.pool).store(feed, batchesOf([minuteBar(minute, close, { knownTime: OPEN + known * MINUTE })]));
const rollUp = (source = feed) => new RollupWriter(store.pool, source).catchUp();
const upTo = (last: number, first = 0): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `${first + index} r0 ${100 + first + index}`);

describe('the bars of an instrument', () => {
  it('come in the order in which they were stored, corrections as further revisions', async () => {
    await put(0, 4);
    await correct(2, '99.5', 6);
    const subscriber = new Subscriber({ maxBatch: 2 });
    await subscriber.untilLive();
    expect(subscriber.bars).toEqual([...upTo(4), '2 r1 99.5']);
    let last: string | null = null;
    for (const item of subscriber.items) {
      if (item.kind === 'problem') throw new Error(item.message);
      expect(item.previousCursor).toBe(last);
      last = item.cursor;
      if (item.kind === 'batch') expect(item.bars.length).toBeLessThanOrEqual(2);
    }
  });

  it('go on from every cursor, without a gap and without a bar twice', async () => {
    await put(0, 6);
    await correct(3, '99.5', 8);
    await put(7, 9);
    const whole = new Subscriber({ maxBatch: 2 });
    await whole.untilLive();
    let seen = 0;
    for (const item of whole.items) {
      if (item.kind === 'problem') continue;
      seen += item.kind === 'batch' ? item.bars.length : 0;
      const resumed = new Subscriber({ after: item.cursor, from: 'LIVE' });
      await resumed.untilLive();
      expect(resumed.bars).toEqual(whole.bars.slice(seen));
    }
    expect(seen).toBe(11);
  });

  it('begin with the present when LIVE is asked for, and are there at once when they are announced', async () => {
    await put(0, 4);
    const wakeUp = new InProcessWakeUp();
    const subscriber = new Subscriber({ from: 'LIVE' }, { wakeUp, pollMs: 60_000, checkpointMs: 120_000 });
    await subscriber.untilLive();
    expect(subscriber.bars).toEqual([]);
    const batch = subscriber.until(({ kind }) => kind === 'batch');
    await put(5, 5);
    wakeUp.notify(wakeUpName(shardOf(feed)), 6);
    await batch;
    expect(subscriber.bars).toEqual(upTo(5, 5));
  });

  it('are only those of the instrument and of the length that was asked for', async () => {
    const ingest = new BarIngest(store.pool);
    const others = [0, 1, 2].map((minute) => minuteBar(minute, '20', { instrumentId: 'bac-us' }));
    await ingest.store(feed, batchesOf(others));
    await put(0, 4);
    await rollUp();
    const five = new Subscriber({ timeframe: '5m' });
    await five.untilLive();
    expect(five.bars).toEqual(['0 r0 104']);
    const other = new Subscriber({ instrumentId: 'bac-us' });
    await other.untilLive();
    expect(other.bars).toEqual(['0 r0 20', '1 r0 20', '2 r0 20']);
  });

  it('of a longer length are made anew when one of their minutes is corrected, and go on from every cursor', async () => {
    await put(0, 9);
    await rollUp();
    await correct(9, '90', 11);
    await rollUp();
    await put(10, 14);
    await rollUp();
    const whole = new Subscriber({ timeframe: '5m', maxBatch: 1 });
    await whole.untilLive();
    expect(whole.bars).toEqual(['0 r0 104', '5 r0 109', '5 r1 90', '10 r0 114']);
    const cursors = whole.items.flatMap((item) => (item.kind === 'batch' ? [item.cursor] : []));
    for (const [index, after] of cursors.entries()) {
      const resumed = new Subscriber({ timeframe: '5m', after });
      await resumed.untilLive();
      expect(resumed.bars).toEqual(whole.bars.slice(index + 1));
    }
  });

  it('come from each feed that delivers it, and a cursor holds a place in each', async () => {
    const second = feedNamed(`${feed.sourceId}-second`);
    await put(0, 2);
    const subscriber = new Subscriber();
    const { cursor } = (await subscriber.untilLive()) as { cursor: string };
    await new BarIngest(store.pool).register(second);
    await put(3, 4, second);
    await put(5, 6);
    await subscriber.untilLive();
    expect([...subscriber.bars].sort()).toEqual(upTo(6));
    // A feed that came after the cursor has delivered nothing before it.
    const resumed = new Subscriber({ after: cursor });
    await resumed.untilLive();
    expect([...resumed.bars].sort()).toEqual(upTo(6, 3));
  });

  it('of a session are those of a daily feed where there is one, else those made of minutes', async () => {
    const daily: SourceDescription = { ...feedNamed(`${feed.sourceId}-daily`), timeframe: '1d' };
    await put(0, 389);
    await rollUp();
    const made = new Subscriber({ timeframe: '1d' });
    await made.untilLive();
    expect(made.bars).toEqual(['0 r0 489']);

    const ingest = new BarIngest(store.pool);
    await ingest.register(daily);
    const close = OPEN + 390 * MINUTE;
    await ingest.store(daily, batchesOf([minuteBar(0, '500', { timeframe: '1d', barEnd: close, knownTime: close })]));
    await made.untilLive();
    expect(made.bars).toEqual(['0 r0 489', '0 r0 500']);
    const whole = new Subscriber({ timeframe: '1d' });
    await whole.untilLive();
    expect(whole.bars).toEqual(['0 r0 500']);
  });

  it('are found in a history of many pages', async () => {
    for (let from = 0; from < 2_700; from += 300) await put(from, from + 299);
    const subscriber = new Subscriber({ maxBatch: 500 });
    await subscriber.untilLive();
    expect(subscriber.bars).toEqual(upTo(2_699));
  });
});

describe('a cursor that cannot go on', () => {
  const cursorOf = async (request: Partial<FollowBarsRequest> = {}): Promise<string> => {
    const subscriber = new Subscriber(request);
    const item = await subscriber.untilLive();
    return item.kind === 'checkpoint' ? item.cursor : '';
  };
  const answerTo = async (after: string, request: Partial<FollowBarsRequest> = {}) => {
    const subscriber = new Subscriber({ after, ...request });
    const item = await subscriber.next();
    expect(await subscriber.next()).toBeNull();
    return item;
  };

  it('is one of another instrument or another length, and that is told', async () => {
    await put(0, 2);
    const after = await cursorOf();
    expect(await answerTo(after, { timeframe: '5m' })).toMatchObject({ kind: 'problem', code: 'FILTER_CHANGED' });
    expect(await answerTo(after, { instrumentId: 'bac-us' })).toMatchObject({ code: 'FILTER_CHANGED' });
    const signals = codec.encode({ positions: { public: { epoch: 'e', seq: 1 } }, filterHash: 'f' });
    expect(await answerTo(signals)).toMatchObject({ code: 'FILTER_CHANGED' });
  });

  it('is no cursor at all when somebody else made it', async () => {
    const after = new CursorCodec('another secret of at least 32 characters').encode({ positions: {}, filterHash: '' });
    await expect(new Subscriber({ after }).next()).rejects.toMatchObject({ code: 'BAD_CURSOR' });
  });

  it('is OUTDATED when bars after it were dropped, and the earliest place goes on', async () => {
    await put(0, 2);
    const after = await cursorOf();
    await put(3, 9);
    await store.owner.query('update ingest_shard set dropped_up_to_seq = 5');
    const problem = await answerTo(after);
    expect(problem).toMatchObject({ kind: 'problem', code: 'OUTDATED_CURSOR' });
    const earliest = problem?.kind === 'problem' ? problem.earliestCursor : null;
    for (const place of [earliest, null]) {
      const again = new Subscriber({ after: place });
      await again.untilLive();
      expect(again.bars).toEqual(upTo(9, 5));
    }
  });

  it('is of a changed EPOCH after a restore, also for a reader that was there', async () => {
    await put(0, 2);
    const reader = new Subscriber();
    const { cursor } = (await reader.untilLive()) as { cursor: string };
    await openEpoch(store.owner, 'public', `restored-${feeds}`, 0);
    expect(await reader.until(({ kind }) => kind === 'problem')).toMatchObject({ code: 'EPOCH_CHANGED' });
    expect(await answerTo(cursor)).toMatchObject({ code: 'EPOCH_CHANGED', lastCommonCursor: null });
  });

  it('is from the FUTURE when the feed has not come so far', async () => {
    await put(0, 2);
    const after = await cursorOf();
    await store.owner.query('update ingest_shard set last_ingest_seq = 2');
    expect(await answerTo(after)).toMatchObject({ code: 'FUTURE_CURSOR' });
  });
});

describe('a subscription to bars', () => {
  it('is never silent for longer than it said, and leaves nothing behind', async () => {
    await put(0, 0);
    const stop = new AbortController();
    const subscriber = new Subscriber({ signal: stop.signal });
    await subscriber.untilLive();
    const begin = performance.now();
    for (let count = 0; count < 3; count += 1) expect(await subscriber.next()).toMatchObject({ live: true });
    expect(performance.now() - begin).toBeLessThan(10 * CHECKPOINT_MS);
    stop.abort();
    expect(await subscriber.next()).toBeNull();
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  it('says that it is not live while the database is away, and goes on when it is back', async () => {
    await put(0, 1);
    await using proxy = await DatabaseProxy.to(store.database.applicationUrl);
    const pool = testPool(proxy.url);
    const subscriber = new Subscriber({}, { pool });
    await subscriber.untilLive();
    await proxy.cut();
    await subscriber.until((item) => item.kind === 'checkpoint' && !item.live);
    await put(2, 3);
    await proxy.mend();
    await subscriber.untilLive();
    expect(subscriber.bars).toEqual(upTo(3));
    await subscriber.leave();
    await pool.end();
  });

  it('is told when its credential is not what it was, and is not completed', async () => {
    await put(0, 0);
    const subscriber = new Subscriber();
    await subscriber.untilLive();
    subscriber.ended.abort('expired');
    expect(await subscriber.until(({ kind }) => kind === 'problem')).toMatchObject({ code: 'REAUTHENTICATE' });
    const end = subscriber.next();
    const silent = new Promise((resolve) => setTimeout(resolve, 100, 'still open'));
    expect(await Promise.race([end, silent])).toBe('still open');
    subscriber.left.abort();
    expect(await end).toBeNull();
  });

  it('is told that the process goes away, and is not completed', async () => {
    await put(0, 0);
    const draining = new AbortController();
    const subscriber = new Subscriber({}, { draining: draining.signal });
    await subscriber.untilLive();
    draining.abort(1_000);
    expect(await subscriber.until(({ kind }) => kind === 'problem')).toMatchObject({
      code: 'SHUTTING_DOWN',
      retryAfterMs: 500,
    });
    const end = subscriber.next();
    const silent = new Promise((resolve) => setTimeout(resolve, 100, 'still open'));
    expect(await Promise.race([end, silent])).toBe('still open');
    subscriber.left.abort();
    expect(await end).toBeNull();
  });
});

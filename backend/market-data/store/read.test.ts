import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchesOf, feedNamed, minuteBar, OPEN } from '../../testing/bars.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import type { Bar, SourceBar } from '../bar.ts';
import { BarIngest, shardOf } from './ingest.ts';
import { readBarsAfter, readBarsFrom, readHistory, readLastRegularBars } from './read.ts';

const feed = feedNamed('read');
const shard = shardOf(feed);
const spy = { instrumentId: 'spy-us', timeframe: '1m', shard } as const;
const later = (minute: number, close: string, knownAt: number): SourceBar =>
  minuteBar(minute, close, { knownTime: OPEN + knownAt * 60_000 });

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore('bars');
  const ingest = new BarIngest(store.pool);
  await ingest.register(feed);
  const put = (...bars: SourceBar[]) => ingest.store(feed, batchesOf(bars));
  // Four deliveries: 1 to 3, 4 to 6, 7 (a correction), 8 to 10.
  await put(minuteBar(-1, '99', { segment: 'PRE' }), minuteBar(0, '100'), minuteBar(1, '101'));
  await put(minuteBar(2, '102'), minuteBar(2, '13', { instrumentId: 'bac-us' }), minuteBar(3, '103'));
  await put(later(1, '101.5', 10));
  await put(later(11, '111', 12), later(12, '112', 13), later(1, '101.7', 20));
});
afterAll(() => store.dispose());

const seqs = (bars: readonly Bar[]): number[] => bars.map((bar) => bar.ingestSeq);
const closes = (bars: readonly Bar[]): string[] => bars.map((bar) => bar.close);

describe('readBarsAfter', () => {
  it('reads whole deliveries: at least one, and as many as the limit holds', async () => {
    expect(seqs(await readBarsAfter(store.pool, shard, 0, 1))).toEqual([1, 2, 3]);
    expect(seqs(await readBarsAfter(store.pool, shard, 0, 5))).toEqual([1, 2, 3]);
    expect(seqs(await readBarsAfter(store.pool, shard, 0, 6))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(seqs(await readBarsAfter(store.pool, shard, 3, 4))).toEqual([4, 5, 6, 7]);
    expect(seqs(await readBarsAfter(store.pool, shard, 0, 100))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('ends the delivery that a position lies in before it takes another', async () => {
    expect(seqs(await readBarsAfter(store.pool, shard, 1, 1))).toEqual([2, 3]);
    expect(await readBarsAfter(store.pool, shard, 10, 100)).toEqual([]);
    expect(await readBarsAfter(store.pool, 'unheard/0', 0, 100)).toEqual([]);
  });

  it('gives each bar whole: decimal text, ms, its place and its revision', async () => {
    const [bar] = await readBarsAfter(store.pool, shard, 6, 1);
    expect(bar).toEqual({
      ...later(1, '101.5', 10),
      revision: 1,
      priceScale: '1',
      haltedMs: 0,
      ingestSeq: 7,
      sourceId: 'read',
    });
  });
});

describe('readLastRegularBars', () => {
  it('gives the newest bars of the regular session with their newest values, oldest first', async () => {
    expect(closes(await readLastRegularBars(store.pool, { ...spy, upToSeq: 10 }, 3))).toEqual(['103', '111', '112']);
    expect(closes(await readLastRegularBars(store.pool, { ...spy, upToSeq: 10 }, 99))).toEqual([
      '100',
      '101.7',
      '102',
      '103',
      '111',
      '112',
    ]);
  });

  it('has a bar that came after a later one in its place', async () => {
    await using other = await openTestStore('late');
    const late = feedNamed('late');
    const ingest = new BarIngest(other.pool);
    await ingest.register(late);
    for (const bar of [minuteBar(0, '100'), minuteBar(3, '103'), later(1, '101', 5)])
      await ingest.store(late, batchesOf([bar]));
    const known = { ...spy, shard: shardOf(late) };
    expect(closes(await readLastRegularBars(other.pool, { ...known, upToSeq: 3 }, 9))).toEqual(['100', '101', '103']);
    expect(closes(await readLastRegularBars(other.pool, { ...known, upToSeq: 2 }, 9))).toEqual(['100', '103']);
  });

  it('does not know what was stored later', async () => {
    expect(closes(await readLastRegularBars(store.pool, { ...spy, upToSeq: 4 }, 2))).toEqual(['101', '102']);
  });
});

describe('readBarsFrom', () => {
  it('gives every revision of one instrument in the order of the commits, from a start on and up to a position', async () => {
    const from = OPEN + 60_000;
    expect(seqs(await readBarsFrom(store.pool, { ...spy, upToSeq: 10 }, from))).toEqual([3, 4, 6, 7, 8, 9, 10]);
    expect(closes(await readBarsFrom(store.pool, { ...spy, upToSeq: 7 }, from))).toEqual([
      '101',
      '102',
      '103',
      '101.5',
    ]);
  });
});

describe('readHistory', () => {
  it('answers with the values that were known at the moment, and no bar that was not', async () => {
    const known = async (minute: number) => closes(await readHistory(store.pool, spy, OPEN + minute * 60_000));
    expect(await known(4)).toEqual(['99', '100', '101', '102', '103']);
    expect(await known(9.999)).toEqual(['99', '100', '101', '102', '103']);
    expect(await known(10)).toEqual(['99', '100', '101.5', '102', '103']);
    expect(await known(13)).toEqual(['99', '100', '101.5', '102', '103', '111', '112']);
    expect(await known(20)).toEqual(['99', '100', '101.7', '102', '103', '111', '112']);
    expect(await known(-5)).toEqual([]);
  });
});

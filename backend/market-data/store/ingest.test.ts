import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { batchesOf, feedNamed, minuteBar, OPEN } from '../../testing/bars.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import type { SourceBar } from '../bar.ts';
import type { SourceDescription } from '../source.ts';
import { BarIngest, shardOf } from './ingest.ts';

let store: TestStore;
let ingest: BarIngest;
let feed: SourceDescription;
let month = 0;
beforeAll(async () => {
  store = await openTestStore('ingest');
});
afterAll(() => store.dispose());
// Bars belong to an instrument, not to a feed, so each test has a month of its own.
beforeEach(async () => {
  month += 1;
  feed = feedNamed(`feed-${month}`);
  ingest = new BarIngest(store.pool);
  await ingest.register(feed);
});

const at = (minute: number, close: string, other: Partial<SourceBar> = {}): SourceBar =>
  minuteBar(minute + month * 45_000, close, other);
const put = (...bars: SourceBar[]) => ingest.store(feed, batchesOf(bars));
const stored = async () =>
  (
    await store.pool.query(
      `select bar_start, revision, close::text, ingest_seq from bar where shard = $1 order by ingest_seq`,
      [shardOf(feed)],
    )
  ).rows.map((row) => ({ ...row, bar_start: minuteOf(row.bar_start) }));
const minuteOf = (barStart: number): number => (barStart - OPEN) / 60_000 - month * 45_000;

describe('BarIngest', () => {
  it('makes a feed known once, however often it is registered', async () => {
    await ingest.register(feed);
    await ingest.register({ ...feed, licence: 'another text' });
    const { rows } = await store.pool.query('select provenance, licence, timeframe from source where source_id = $1', [
      feed.sourceId,
    ]);
    expect(rows).toEqual([{ provenance: 'REPLAY', licence: 'none', timeframe: '1m' }]);
    const { rows: instruments } = await store.pool.query(
      `select symbol, tick::text, figi from instrument where id = 'spy-us'`,
    );
    expect(instruments).toEqual([{ symbol: 'SPY', tick: '0.01', figi: null }]);
  });

  it('refuses bars of a feed that nobody registered', async () => {
    await expect(ingest.store(feedNamed('unheard'), batchesOf([at(0, '1')]))).rejects.toThrow(
      'Shard unheard/0 is not registered',
    );
  });

  it('stores bars in the order of the source, gapless, with every digit of their prices', async () => {
    const bars = [at(0, '167.650'), at(0, '13.9', { instrumentId: 'bac-us' }), at(1, '167.66'), at(2, '167')];
    expect(await put(...bars)).toEqual({ stored: 4, duplicate: 0, corrected: 0, quarantined: 0, lastSeq: 4 });
    expect(await stored()).toEqual([
      { bar_start: 0, revision: 0, close: '167.650', ingest_seq: 1 },
      { bar_start: 0, revision: 0, close: '13.9', ingest_seq: 2 },
      { bar_start: 1, revision: 0, close: '167.66', ingest_seq: 3 },
      { bar_start: 2, revision: 0, close: '167', ingest_seq: 4 },
    ]);
  });

  it('keeps the scale of each bar and the halts before it, 1 and none where nothing is said', async () => {
    const facts = async () =>
      (
        await store.pool.query(
          'select close::text, revision, price_scale::text as scale, halted_ms from bar where shard = $1 order by ingest_seq',
          [shardOf(feed)],
        )
      ).rows.map(({ close, revision, scale, halted_ms: halted }) => [close, revision, scale, halted]);
    await put(at(0, '700'), at(1, '701'));
    await put(
      at(2, '100', { priceScale: '7' }),
      at(3, '101', { priceScale: '0.333333333333333333', haltedMs: 300_000 }),
    );
    const known = { knownTime: at(9, '1').barEnd };
    // A repeat, a new scale, and a correction by somebody who has not seen the halt.
    await put(
      at(2, '100', { priceScale: '7.0', ...known }),
      at(1, '701', { priceScale: '2', ...known }),
      at(3, '102', { priceScale: '0.333333333333333333', ...known }),
    );
    expect(await facts()).toEqual([
      ['700', 0, '1', 0],
      ['701', 0, '1', 0],
      ['100', 0, '7', 0],
      ['101', 0, '0.333333333333333333', 300_000],
      ['701', 1, '2', 0],
      ['102', 1, '0.333333333333333333', 300_000],
    ]);
    await expect(put(at(5, '1', { priceScale: '0' }))).rejects.toMatchObject({ code: '23514' });
  });

  it('changes nothing when the same bars come again, also when they are written with other digits', async () => {
    await put(at(0, '167.65'), at(1, '167.7'));
    const before = await stored();
    expect(await put(at(0, '167.65'), at(1, '167.70'))).toEqual({
      stored: 0,
      duplicate: 2,
      corrected: 0,
      quarantined: 0,
      lastSeq: 2,
    });
    expect(await stored()).toEqual(before);
    const { rows } = await store.pool.query('select count(*) as n from ingest_batch where shard = $1', [shardOf(feed)]);
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('keeps a corrected bar as a further revision, in the order of the corrections', async () => {
    await put(at(0, '100'), at(1, '101'));
    expect(await put(at(0, '100.5'), at(1, '101'), at(2, '102'))).toMatchObject({
      stored: 2,
      duplicate: 1,
      corrected: 1,
    });
    expect(await put(at(0, '100.7', { knownTime: at(9, '1').barEnd }))).toMatchObject({
      stored: 1,
      corrected: 1,
      lastSeq: 5,
    });
    expect(await stored()).toEqual([
      { bar_start: 0, revision: 0, close: '100', ingest_seq: 1 },
      { bar_start: 1, revision: 0, close: '101', ingest_seq: 2 },
      { bar_start: 0, revision: 1, close: '100.5', ingest_seq: 3 },
      { bar_start: 2, revision: 0, close: '102', ingest_seq: 4 },
      { bar_start: 0, revision: 2, close: '100.7', ingest_seq: 5 },
    ]);
  });

  it('takes a change of the volume alone for a correction, and a later return to the first values for another one', async () => {
    await put(at(0, '100'));
    await put(at(0, '100', { volume: '101' }));
    await put(at(0, '100', { knownTime: at(1, '1').barEnd }));
    expect((await stored()).map(({ revision }) => revision)).toEqual([0, 1, 2]);
  });

  it('changes nothing when a feed is read again from its beginning, with all that it corrected', async () => {
    const known = (minute: number) => ({ knownTime: at(minute, '1').barEnd });
    const all = [
      at(0, '100'),
      at(0, '100', known(1)),
      at(1, '200'),
      at(0, '101', known(2)),
      at(0, '101', known(3)),
      at(0, '100', known(4)),
      at(1, '201', known(5)),
    ];
    await put(...all);
    const before = await stored();
    expect(before.map(({ bar_start, revision, close }) => [bar_start, revision, close])).toEqual([
      [0, 0, '100'],
      [1, 0, '200'],
      [0, 1, '101'],
      [0, 2, '100'],
      [1, 1, '201'],
    ]);
    await put(...all);
    for (const bar of all) await put(bar);
    for (let size = 2; size < all.length; size += 1) {
      for (let from = 0; from < all.length; from += size) await put(...all.slice(from, from + size));
    }
    expect(await stored()).toEqual(before);
  });

  it('holds the bars of one delivery against each other as well', async () => {
    // Exchanges replay the last bar after a reconnect, and it may be stored together with the one before the break.
    const known = (minute: number) => ({ knownTime: at(minute, '1').barEnd });
    const result = await put(
      at(0, '100'),
      at(0, '100', known(1)),
      at(0, '101', known(2)),
      at(0, '101', known(3)),
      at(0, '100', known(4)),
    );
    expect(result).toEqual({ stored: 3, duplicate: 2, corrected: 2, quarantined: 0, lastSeq: 3 });
    expect(await stored()).toEqual([
      { bar_start: 0, revision: 0, close: '100', ingest_seq: 1 },
      { bar_start: 0, revision: 1, close: '101', ingest_seq: 2 },
      { bar_start: 0, revision: 2, close: '100', ingest_seq: 3 },
    ]);
  });

  it('gives two feeds that deliver at once gapless numbers in the order of their commits', async () => {
    const other = new BarIngest(store.pool);
    const chunks = Array.from({ length: 12 }, (_, chunk) =>
      Array.from({ length: 5 }, (_, minute) => at(chunk * 5 + minute, '50')),
    );
    const results = await Promise.all(
      chunks.map((bars, index) => (index % 2 === 0 ? ingest : other).store(feed, batchesOf(bars))),
    );
    expect(results.map(({ lastSeq }) => lastSeq).sort((a, b) => a - b)).toEqual(
      chunks.map((_, index) => (index + 1) * 5),
    );
    expect((await stored()).map(({ ingest_seq }) => ingest_seq)).toEqual(
      Array.from({ length: 60 }, (_, index) => index + 1),
    );
    const { rows } = await store.pool.query(
      'select first_seq, last_seq from ingest_batch where shard = $1 order by last_seq',
      [shardOf(feed)],
    );
    expect(rows).toEqual(chunks.map((_, index) => ({ first_seq: index * 5 + 1, last_seq: index * 5 + 5 })));
  });

  it('lets two that deliver the same bars at once store them once', async () => {
    const bars = Array.from({ length: 20 }, (_, minute) => at(minute, '50'));
    const results = await Promise.all([
      put(...bars),
      new BarIngest(store.pool).store(feed, batchesOf(bars)),
      put(...bars),
    ]);
    expect(results.map((result) => result.stored).sort((a, b) => a - b)).toEqual([0, 0, 20]);
    expect(await stored()).toHaveLength(20);
  });

  it('lets two feeds that know the same bars store them at once, each value once', async () => {
    const other = feedNamed(`other-${month}`);
    await ingest.register(other);
    const minutes = Array.from({ length: 200 }, (_, minute) => minute);
    const bars = minutes.map((minute) => at(minute, '50'));
    const others = minutes.map((minute) => at(minute, minute % 10 === 0 ? '51' : '50'));
    const results = await Promise.all([put(...bars), new BarIngest(store.pool).store(other, batchesOf(others))]);
    expect(results.map((result) => result.stored + result.duplicate)).toEqual([200, 200]);
    expect(results.map((result) => result.corrected).sort((a, b) => a - b)).toEqual([0, 20]);
  });

  it('compares once more when another feed commits a bar just after it was looked for', async () => {
    await put(at(0, '49'));
    // Nothing new: so the next delivery is compared at once, without a try to copy it.
    await put(at(0, '49'));
    const blocker = await store.pool.connect();
    await blocker.query('begin');
    await blocker.query(
      `insert into bar (instrument_id, timeframe, bar_start, revision, bar_end, known_time, shard, ingest_seq, source_id, segment, open, high, low, close, volume)
       select instrument_id, timeframe, $2, revision, $3, $3, 'another', 1, source_id, segment, 50, 50, 50, 50, 100 from bar where shard = $1`,
      [shardOf(feed), new Date(at(1, '1').barStart), new Date(at(1, '1').barEnd)],
    );
    const storing = put(at(1, '50'), at(2, '51'));
    const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    while ((await store.pool.query(waiting)).rowCount === 0) await sleep(5);
    await blocker.query('commit');
    blocker.release();

    expect(await storing).toEqual({ stored: 1, duplicate: 1, corrected: 0, quarantined: 0, lastSeq: 2 });
  });

  it('makes the partitions that bars need, months apart in one delivery', async () => {
    const later = 100 * 24 * 60;
    await put(at(0, '1'), at(later, '2'));
    const { rows } = await store.pool.query(
      `select tableoid::regclass::text as place from bar where shard = $1 order by ingest_seq`,
      [shardOf(feed)],
    );
    const nameOf = (bar: SourceBar) => `bar_${new Date(bar.barStart).toISOString().slice(0, 7).replace('-', '_')}`;
    expect(rows.map((row) => row.place)).toEqual([nameOf(at(0, '1')), nameOf(at(later, '2'))]);
  });

  it('leaves nothing of a delivery that cannot be stored whole', async () => {
    await put(at(0, '100'));
    const refused = { origin: 'file.csv', line: 7, reason: 'no price', raw: 'x' };
    const delivery = [{ knownTime: at(1, '1').barEnd, bars: [at(1, '101'), at(2, '0')], quarantined: [refused] }];
    await expect(ingest.store(feed, delivery)).rejects.toMatchObject({ code: '23514' });
    const unknown = [
      {
        knownTime: at(1, '1').barEnd,
        bars: [at(1, '101'), at(1, '1', { instrumentId: 'nobody' })],
        quarantined: [refused],
      },
    ];
    await expect(ingest.store(feed, unknown)).rejects.toMatchObject({ code: '23503' });

    expect(await stored()).toHaveLength(1);
    const { rows } = await store.pool.query('select count(*) as n from quarantined_row where source_id = $1', [
      feed.sourceId,
    ]);
    expect(rows).toEqual([{ n: 0 }]);
    expect(await put(at(1, '101'))).toMatchObject({ stored: 1, lastSeq: 2 });
  });

  it('keeps each refused row once, whole or with bars, and counts what is new', async () => {
    const row = (line: number) => ({ origin: 'file.csv', line, reason: 'no price', raw: 'SPY,,' });
    const delivery = (...lines: number[]) => [{ knownTime: at(0, '1').barEnd, bars: [], quarantined: lines.map(row) }];
    expect(await ingest.store(feed, delivery(3, 9))).toEqual({
      stored: 0,
      duplicate: 0,
      corrected: 0,
      quarantined: 2,
      lastSeq: 0,
    });
    expect(await ingest.store(feed, delivery(3, 9, 12))).toMatchObject({ quarantined: 1 });
    const { rows } = await store.pool.query(
      'select line, reason, raw from quarantined_row where source_id = $1 order by line',
      [feed.sourceId],
    );
    expect(rows).toEqual([3, 9, 12].map((line) => ({ line, reason: 'no price', raw: 'SPY,,' })));
  });

  it('knows how far a feed is stored whole, and nothing of a new one', async () => {
    expect(await ingest.resumeAfter(shardOf(feed))).toBeUndefined();
    await put(at(0, '1'), at(1, '1', { knownTime: at(1, '1').barEnd + 90_000 }));
    await put(at(2, '1'));
    expect(await ingest.resumeAfter(shardOf(feed))).toBe(at(1, '1').barEnd + 90_000);
  });
});

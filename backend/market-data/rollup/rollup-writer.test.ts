import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Pool } from '../../platform/database/pool.ts';
import { randomOf } from '../../platform/random.ts';
import { batchesOf, feedNamed, minuteBar, OPEN } from '../../testing/bars.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import type { SourceBar } from '../bar.ts';
import type { SourceDescription } from '../source.ts';
import { BarIngest, shardOf } from '../store/ingest.ts';
import { recompute, storedAsOf } from './recompute.fixture.ts';
import { feedOfBothCalendars, inventRevisions, SESSIONS } from './revisions.fixture.ts';
import { RollupWriter } from './rollup-writer.ts';

const MINUTE = 60_000;
const CHANGES = 1_000;
const EVER = Date.parse('2099-01-01');

/** All revisions, as they would be compared between two databases. */
async function everyRevision(pool: Pool): Promise<unknown[]> {
  const { rows } = await pool.query(
    `select instrument_id, timeframe, bar_start, revision, bar_end, known_time, source_id, open::text, high::text, low::text, close::text,
            volume::text, bars, complete from rollup_bar order by instrument_id, timeframe, bar_start, revision`,
  );
  return rows;
}

describe('after a thousand late and corrected minutes in random order, with restarts between', () => {
  const random = randomOf('roll-ups');
  const feed = feedOfBothCalendars('revised');
  const batches = inventRevisions(random, CHANGES);
  const moments = batches.map(({ knownTime }) => knownTime);
  const anyMoment = () => moments[random.integer(0, moments.length)] ?? 0;
  let store: TestStore;
  beforeAll(async () => {
    store = await openTestStore('revised');
    await deliverInPieces(store.pool);
  });
  afterAll(() => store.dispose());

  /** Some deliveries are not followed by a roll-up, and some writers do not live to see the next. */
  async function deliverInPieces(pool: Pool): Promise<void> {
    const ingest = new BarIngest(pool);
    await ingest.register(feed);
    let writer = new RollupWriter(pool, feed);
    for (let at = 0; at < batches.length; ) {
      const until = at + random.integer(1, 250);
      await ingest.store(feed, batches.slice(at, until));
      if (random.chance(0.3)) writer = new RollupWriter(pool, feed);
      if (random.chance(0.7)) await writer.catchUp();
      at = until;
    }
    await writer.catchUp();
  }

  it('they equal what plain SQL makes of the newest minutes', async () => {
    const { rows } = await store.pool.query<{ late: number; corrected: number }>(
      `select count(*) filter (where revision = 0 and known_time > bar_end + interval '1 s') as late,
              count(*) filter (where revision > 0) as corrected from bar`,
    );
    expect(rows[0]?.late).toBeGreaterThan(300);
    expect((rows[0]?.late ?? 0) + (rows[0]?.corrected ?? 0)).toBeGreaterThan(0.95 * CHANGES);

    const expected = await recompute(store.pool, SESSIONS, EVER);
    expect(expected.length).toBeGreaterThan(1_000);
    expect(await storedAsOf(store.pool, EVER)).toEqual(expected);
  });

  it('they equal it at any earlier moment too, by what was known then', async () => {
    for (let index = 0; index < 8; index += 1) {
      const asOf = anyMoment() - random.integer(0, 2);
      expect(await storedAsOf(store.pool, asOf)).toEqual(await recompute(store.pool, SESSIONS, asOf));
    }
  });

  it('a replay up to a moment makes the very revisions that were known then', async () => {
    for (const asOf of [anyMoment(), anyMoment()]) {
      await using empty = await openTestStore('replayed');
      const ingest = new BarIngest(empty.pool);
      await ingest.register(feed);
      await ingest.store(
        feed,
        batches.filter(({ knownTime }) => knownTime <= asOf),
      );
      await new RollupWriter(empty.pool, feed).catchUp();
      const known = (await everyRevision(store.pool)).filter(
        (row) => (row as { known_time: number }).known_time <= asOf,
      );
      expect(known.length).toBeGreaterThan(100);
      expect(await everyRevision(empty.pool)).toEqual(known);
    }
  });

  it('nothing is written when all of it is read once more', async () => {
    const before = await everyRevision(store.pool);
    await store.owner.query('delete from rollup_position');
    await new RollupWriter(store.pool, feed).catchUp();
    expect(await everyRevision(store.pool)).toEqual(before);
  });
});

describe('RollupWriter', () => {
  let store: TestStore;
  let feed: SourceDescription;
  let week = 0;
  beforeAll(async () => {
    store = await openTestStore('rollups');
  });
  afterAll(() => store.dispose());
  // Bars belong to an instrument, not to a feed, so each test has a session of its own, later than the one before and in summer like the one
  // that minutes are counted from.
  beforeEach(async () => {
    week += 1;
    feed = await registered(`week-${week}`);
  });

  const shift = () => (24 - week) * 7 * 24 * 60;
  const at = (minute: number): number => OPEN + (minute - shift()) * MINUTE;
  const bar = (minute: number, close: string, other: Partial<SourceBar> = {}) =>
    minuteBar(minute - shift(), close, other);
  const known = (minute: number) => ({ knownTime: at(minute) });
  async function registered(sourceId: string, other: Partial<SourceDescription> = {}): Promise<SourceDescription> {
    const source = { ...feedNamed(sourceId), ...other };
    await new BarIngest(store.pool).register(source);
    return source;
  }
  async function put(source: SourceDescription, ...bars: SourceBar[]): Promise<void> {
    for (const batch of batchesOf(bars)) await new BarIngest(store.pool).store(source, [batch]);
  }
  const rollUp = (source = feed) => new RollupWriter(store.pool, source).catchUp();
  /** Every revision of the bar of five minutes at the open: "revision@when it was known: open high low close volume". */
  async function firstBar(): Promise<string[]> {
    const { rows } = await store.pool.query(
      `select revision, (extract(epoch from known_time - $1::timestamptz) / 60)::float as moment,
              concat_ws(' ', open, high, low, close, volume, case when complete then 'complete' end) as numbers
         from rollup_bar where timeframe = '5m' and bar_start = $1 order by revision`,
      [new Date(at(0)).toISOString()],
    );
    return rows.map(({ revision, moment, numbers }) => `${revision}@${moment}: ${numbers}`);
  }

  it('takes first, highest, lowest and last price and the whole volume, with every digit', async () => {
    await put(
      feed,
      bar(0, '100.10', { high: '101', low: '99.5' }),
      bar(1, '100.25', { volume: '0.000000000000000001' }),
    );
    await put(feed, bar(2, '99.4'), bar(3, '100.3', { high: '101.000001', low: '100' }), bar(4, '100.40'));
    await rollUp();
    expect(await firstBar()).toEqual(['0@5: 100.10 101.000001 99.4 100.40 400.000000000000000001 complete']);
  });

  it('leaves out what was traded before the open and after the close', async () => {
    await put(
      feed,
      bar(-1, '90', { segment: 'PRE' }),
      bar(0, '100'),
      bar(4, '104'),
      bar(390, '110', { segment: 'POST' }),
    );
    await rollUp();
    const { rows } = await store.pool.query(
      `select timeframe, low, high, bars from rollup_bar where bar_start = $1 order by timeframe`,
      [new Date(at(0)).toISOString()],
    );
    const timeframes = ['15m', '1d', '1h', '30m', '5m'];
    expect(rows).toEqual(timeframes.map((timeframe) => ({ timeframe, low: '100', high: '104', bars: 2 })));
  });

  it('adds a revision for what a correction changes, and none for what it does not', async () => {
    await put(feed, ...[0, 1, 2, 3, 4].map((minute) => bar(minute, `10${minute}`)));
    await put(feed, bar(2, '102.5', known(8)), bar(2, '102', known(9)), bar(1, '101', { volume: '101', ...known(12) }));
    await rollUp();
    expect(await firstBar()).toEqual(['0@5: 100 104 100 104 500 complete', '1@12: 100 104 100 104 501 complete']);
    await put(feed, bar(4, '106', known(20)), bar(4, '104', known(21)));
    await rollUp();
    expect((await firstBar()).slice(2)).toEqual([
      '2@20: 100 106 100 106 501 complete',
      '3@21: 100 104 100 104 501 complete',
    ]);
  });

  it('writes the same whether it runs after each delivery or once after all', async () => {
    const deliveries = [bar(0, '100'), bar(4, '104'), bar(2, '99', known(6)), bar(2, '98', known(6.5)), bar(9, '109')];
    for (const delivery of deliveries) {
      await put(feed, delivery);
      await rollUp();
    }
    const one = await everyRevision(store.pool);
    await store.owner.query(`delete from rollup_position where shard = $1`, [shardOf(feed)]);
    await store.owner.query(`delete from rollup_bar where source_id = $1`, [feed.sourceId]);
    await rollUp();
    expect(await everyRevision(store.pool)).toEqual(one);
  });

  it('dates what a second feed says of the past by that feed, and looks again at all that came after', async () => {
    await put(feed, ...[0, 1, 2, 4].map((minute) => bar(minute, `10${minute}`)), bar(1, '111', known(20)));
    await rollUp();
    expect(await firstBar()).toEqual(['0@5: 100 104 100 104 400', '1@20: 100 111 100 104 400']);
    const second = await registered(`second-${week}`);
    await put(second, bar(3, '90', known(15)));
    await rollUp(second);
    const { rows } = await store.pool.query(
      `select revision, low from rollup_bar where timeframe = '5m' and bar_start = $1 and known_time <= $2 order by revision desc limit 1`,
      [new Date(at(0)).toISOString(), new Date(at(17)).toISOString()],
    );
    expect(rows).toEqual([{ revision: 2, low: '90' }]);
    expect((await firstBar()).slice(2)).toEqual([
      '2@15: 100 104 90 104 500 complete',
      '3@20: 100 111 90 104 500 complete',
    ]);
  });

  it('looks at each of those moments when the second feed has gone further meanwhile', async () => {
    await put(feed, ...[0, 1, 2, 4].map((minute) => bar(minute, `10${minute}`)), bar(1, '111', known(20)));
    await rollUp();
    const second = await registered(`ahead-${week}`);
    await put(second, bar(3, '90', known(15)), bar(7, '107', known(16)));
    await rollUp(second);
    expect((await firstBar()).slice(2)).toEqual([
      '2@15: 100 104 90 104 500 complete',
      '3@20: 100 111 90 104 500 complete',
    ]);
  });

  it('takes in what a second feed adds to a bar of the first, also when that feed ends before the bar does', async () => {
    await put(feed, ...[0, 1, 4].map((minute) => bar(minute, `10${minute}`)), bar(5, '105'));
    await rollUp();
    const second = await registered(`filling-${week}`);
    const writer = new RollupWriter(store.pool, second);
    await put(second, bar(2, '90', known(30)));
    await writer.catchUp();
    await put(second, bar(3, '80', known(31)));
    await writer.catchUp();
    expect(await firstBar()).toEqual([
      '0@5: 100 104 100 104 300',
      '1@30: 100 104 90 104 400',
      '2@31: 100 104 80 104 500 complete',
    ]);
  });

  it('bears the source of the least real of its minutes', async () => {
    const synthetic = await registered(`invented-${week}`, { provenance: 'SYNTHETIC' });
    const live = await registered(`live-${week}`, { provenance: 'LIVE' });
    await put(live, bar(0, '100'), bar(1, '101'));
    await put(synthetic, bar(2, '102'));
    await put(live, bar(3, '103'), bar(4, '104'), bar(5, '105'), bar(9, '109'));
    await rollUp(live);
    const { rows } = await store.pool.query(
      `select source_id from rollup_bar where timeframe = '5m' and bar_start between $1 and $2 order by bar_start`,
      [new Date(at(0)).toISOString(), new Date(at(5)).toISOString()],
    );
    expect(rows.map((row) => row.source_id)).toEqual([synthetic.sourceId, live.sourceId]);
  });

  it('leaves nothing of a round that was cut off, and goes on from there', async () => {
    await put(feed, ...[0, 1, 2, 3].map((minute) => bar(minute, `10${minute}`)));
    const writer = new RollupWriter(store.pool, feed);
    await writer.catchUp();
    await put(feed, bar(4, '104'));
    const holder = await store.owner.connect();
    await holder.query(`begin; lock table rollup_position in exclusive mode`);
    const cut = writer.catchUp().catch((error: unknown) => error);
    // It waits with its last statement, when the bars are written and nothing is committed.
    await expect
      .poll(
        async () => {
          const { rowCount } = await store.pool.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and query like 'insert into rollup_position%'`,
          );
          return rowCount;
        },
        { timeout: 20_000, interval: 20 },
      )
      .toBe(1);
    expect(await cut).toBeInstanceOf(Error);
    await holder.query('rollback');
    holder.release();
    expect(await firstBar()).toEqual([]);

    await writer.catchUp();
    expect(await firstBar()).toEqual(['0@5: 100 104 100 104 500 complete']);
  });

  it('takes over from another writer at any place', async () => {
    const writers = [new RollupWriter(store.pool, feed), new RollupWriter(store.pool, feed)];
    for (let minute = 0; minute < 12; minute += 1) {
      if (minute !== 9) await put(feed, bar(minute, `1${minute + 10}`));
      await writers[minute % 2]?.catchUp();
    }
    expect(await firstBar()).toEqual(['0@5: 110 114 110 114 500 complete']);
    const { rows } = await store.pool.query(
      `select bars, revision, known_time from rollup_bar where timeframe = '5m' and bar_start = $1`,
      [new Date(at(5)).toISOString()],
    );
    expect(rows).toEqual([{ bars: 4, revision: 0, known_time: at(11) }]);
  });

  it('does the work once when two begin at the same time', async () => {
    await put(feed, ...[0, 1, 2, 3, 4].map((minute) => bar(minute, `10${minute}`)));
    const holder = await store.owner.connect();
    await holder.query(`begin; lock table rollup_bar in share mode`);
    const both = Promise.all([rollUp(), rollUp()]);
    await expect
      .poll(
        async () => {
          const { rowCount } = await store.pool.query(
            `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          );
          return rowCount;
        },
        { timeout: 20_000, interval: 20 },
      )
      .toBe(2);
    await holder.query('rollback');
    holder.release();
    await both;
    expect(await firstBar()).toEqual(['0@5: 100 104 100 104 500 complete']);
  });

  it('has nothing to do after a restart that finds nothing new', async () => {
    await put(feed, ...[0, 1, 2, 3, 4].map((minute) => bar(minute, `10${minute}`)));
    await rollUp();
    const position = async () => (await store.pool.query('select * from rollup_position order by shard')).rows;
    const [bars, places] = [await firstBar(), await position()];
    await rollUp();
    expect(await firstBar()).toEqual(bars);
    expect(await position()).toEqual(places);
  });

  it('makes anew what another made before the watermark passed it', async () => {
    await put(feed, ...[0, 1, 2, 3, 4].map((minute) => bar(minute, `10${minute}`)));
    await rollUp();
    await put(feed, bar(2, '99', known(5.5)));
    await rollUp();
    expect(await firstBar()).toEqual(['0@5: 100 104 100 104 500 complete', '1@5.5: 100 104 99 104 500 complete']);
  });

  it('makes nothing of daily bars', async () => {
    const daily = await registered(`daily-${week}`, { timeframe: '1d' });
    await put(daily, bar(0, '100', { timeframe: '1d', barEnd: at(390), ...known(391) }));
    await rollUp(daily);
    expect(await firstBar()).toEqual([]);
  });

  it('stops between rounds when it is told to', async () => {
    await put(feed, ...[0, 1, 2, 3, 4].map((minute) => bar(minute, `10${minute}`)));
    await new RollupWriter(store.pool, feed).catchUp(AbortSignal.abort());
    expect(await firstBar()).toEqual([]);
  });

  it('finds no place for a bar of a source or an instrument that nobody knows', async () => {
    const insert = (source: string, instrument: string) =>
      store.pool.query(`insert into rollup_bar select $2, '5m', $3, 0, $4, $4, now(), $1, 1, 1, 1, 1, 1, 1, false, 1`, [
        source,
        instrument,
        new Date(at(0)).toISOString(),
        new Date(at(5)).toISOString(),
      ]);
    await put(feed, bar(0, '100'));
    await expect(insert('unheard', 'spy-us')).rejects.toMatchObject({ code: '23503' });
    await expect(insert(feed.sourceId, 'nobody')).rejects.toMatchObject({ code: '23503' });
  });
});

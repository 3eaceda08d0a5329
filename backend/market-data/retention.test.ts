import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { batchesOf, feedNamed, minuteBar, OPEN } from '../testing/bars.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { dropOldBars } from './retention.ts';
import { RollupWriter } from './rollup/rollup-writer.ts';
import { BarIngest } from './store/ingest.ts';

const MINUTE = 60_000;
const DAY = 1_440;
const feed = feedNamed('kept');
const shard = 'kept/0';

let store: TestStore;
beforeEach(async () => {
  store = await openTestStore('retention');
  const ingest = new BarIngest(store.pool);
  const rollups = new RollupWriter(store.pool, feed);
  await ingest.register(feed);
  // One hour of each month from October 2013 to March 2014, the first Tuesday of each or so.
  for (const day of [0, 35, 63, 98, 126, 154]) {
    const bars = Array.from({ length: 60 }, (_, minute) => minuteBar(day * DAY + 60 + minute, '100'));
    await ingest.store(feed, batchesOf(bars));
    await rollups.catchUp();
  }
});
afterEach(() => store.dispose());

const months = async (table: string): Promise<string[]> =>
  (await store.pool.query(`select distinct to_char(bar_start, 'YYYY-MM') as month from ${table} order by 1`)).rows.map(
    ({ month }) => month,
  );
const ALL = ['2013-10', '2013-11', '2013-12', '2014-01', '2014-02', '2014-03'];

describe('retention', () => {
  it('drops whole months of bars and longer bars that ended so many days before the newest bar', async () => {
    expect(await months('bar')).toEqual(ALL);
    expect(await months('rollup_bar')).toEqual(ALL);
    // The newest bar is of 4 March: 100 days before it is 24 November.
    expect(await dropOldBars(store.pool, 100)).toEqual({ dropped: ['2013-10'], kept: [], refusedRows: 0 });
    expect(await months('bar')).toEqual(ALL.slice(1));
    expect(await months('rollup_bar')).toEqual(ALL.slice(1));
    expect(await dropOldBars(store.pool, 100)).toEqual({ dropped: [], kept: [], refusedRows: 0 });

    const { rows } = await store.pool.query('select dropped_up_to_seq from ingest_shard where shard = $1', [shard]);
    expect(rows).toEqual([{ dropped_up_to_seq: 60 }]);
    const made = await store.pool.query(
      'select dropped_up_to_seq < last_seq as some, dropped_up_to_seq from rollup_head',
    );
    expect(made.rows[0]).toMatchObject({ some: true });
    expect(made.rows[0].dropped_up_to_seq).toBeGreaterThan(0);
    const { rows: batches } = await store.pool.query('select min(first_seq) as first from ingest_batch');
    expect(batches).toEqual([{ first: 61 }]);
  });

  it('asks for nothing where nothing is stored', async () => {
    await using empty = await openTestStore('retention_empty');
    expect(await dropOldBars(empty.pool, 90)).toEqual({ dropped: [], kept: [], refusedRows: 0 });
  });

  it('keeps a month that somebody has still to read, and one of which a signal is open, and says why', async () => {
    await store.owner.query(`insert into engine_position values ($1, 59)`, [shard]);
    expect(await dropOldBars(store.pool, 100)).toMatchObject({
      dropped: [],
      kept: [{ month: '2013-10', reason: expect.stringContaining('have not been read yet') }],
    });
    await store.owner.query('update engine_position set ingest_seq = 360');
    await openSignal(new Date(OPEN + 90 * MINUTE));
    expect(await dropOldBars(store.pool, 90)).toMatchObject({
      dropped: [],
      kept: [
        { month: '2013-10', reason: expect.stringContaining('a signal that was made before its end is still open') },
        { month: '2013-11' },
      ],
    });
    await store.pool.query(`update signal set state = 'STOP_HIT'`);
    expect((await dropOldBars(store.pool, 90)).dropped).toEqual(['2013-10', '2013-11']);
  });

  it('is refused by the database below 90 days, whoever asks', async () => {
    await expect(store.pool.query(`select drop_bar_month('2013-12-01')`)).rejects.toMatchObject({
      code: '55006',
      message: expect.stringContaining('2013-12 is kept: younger than 90 days'),
    });
    await expect(store.pool.query(`select drop_refused_rows(now() - interval '89 days')`)).rejects.toMatchObject({
      code: '22023',
    });
    await expect(store.pool.query('drop table bar_2013_10')).rejects.toMatchObject({ code: '42501' });
    expect(await months('bar')).toEqual(ALL);
  });

  it('takes the refused rows of that time with it', async () => {
    await store.owner.query(
      `insert into quarantined_row (source_id, origin, line, reason, raw, recorded_at)
       select 'kept', 'file', n, 'no bar', '', '2014-03-04'::timestamptz - n * interval '1 day' from generate_series(95, 105) n`,
    );
    expect((await dropOldBars(store.pool, 100)).refusedRows).toBe(6);
  });
});

async function openSignal(decisionBarStart: Date): Promise<void> {
  await store.owner.query(
    `insert into model_version (id, name, version, sha256, artifact, timeframe, calendar, source_id, feature_spec_hash, training_from,
       training_to, calibration_from, calibration_to, test_to, embargo_minutes, eligible_from)
     select 'm@1', 'm', 1, repeat('0', 64), '{}', '1m', 'XNYS', 'kept', 'h', t, t + interval '1 day', t + interval '1 day',
            t + interval '2 days', t + interval '2 days', 1, t + interval '3 days' from (select '2013-09-01Z'::timestamptz as t) _`,
  );
  await store.owner.query(
    `insert into signal (id, dedup_key, source_id, instrument_id, model_version_id, model_eligible_from, side, timeframe, decision_bar_start,
       decision_ingest_seq, decision_time, published_at, expires_at, confidence, baseline_probability, state_since, body)
     select $1, 'key', 'kept', 'spy-us', 'm@1', eligible_from, 'LONG', '1m', $2, 1, $2, $2, $2::timestamptz + interval '1 hour', 0.5, 0.5, $2, '{}'
       from model_version`,
    [randomUUID(), decisionBarStart.toISOString()],
  );
}

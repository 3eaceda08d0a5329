import { afterAll, beforeAll, expect, it } from 'vitest';
import { calendarById } from '../calendar/index.ts';
import { randomOf } from '../platform/random.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { randomEntries } from './random-entries.ts';

const [first, second] = calendarById('XNYS').sessions(Date.parse('2026-11-19'), Date.parse('2026-11-21'));
const MINUTE = 60_000;

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore('chance');
  await store.owner.query(`select ensure_partitions('2026-12-01', '2026-11-01')`);
  await store.owner.query(`
    insert into source values ('src', 'csv', 'REPLAY', 'none', '1m'), ('other', 'csv', 'REPLAY', 'none', '1m');
    insert into instrument values ('up', 'UP', 'XNYS', 'XNYS', 0.01, 'USD', null, 'EQUITY'), ('thin', 'THIN', 'XNYS', 'XNYS', 0.01, 'USD', null, 'EQUITY'),
      ('split', 'SPLIT', 'XNYS', 'XNYS', 0.01, 'USD', null, 'EQUITY');
    insert into model_version (id, name, version, sha256, artifact, timeframe, calendar, source_id, feature_spec_hash, training_from, training_to,
      calibration_from, calibration_to, test_to, embargo_minutes, eligible_from)
    values ('m@1', 'm', 1, repeat('0', 64), '', '1m', 'XNYS', 'src', '', '2026-10-01', '2026-10-02', '2026-10-02', '2026-10-03', '2026-10-04', 60, '2026-10-06')`);
});
afterAll(() => store.dispose());

/** A cent up each minute from `price` on, for so many minutes; every second bar only where it is thin. */
async function bars(instrument: string, from: number, minutes: number, price: number, every = 1, source = 'src') {
  await store.owner.query(
    `insert into bar (instrument_id, timeframe, bar_start, revision, bar_end, known_time, shard, ingest_seq, source_id, segment, open, high, low, close, volume)
     select $1, '1m', $2::timestamptz + k * interval '1 minute', 0, $2::timestamptz + (k + 1) * interval '1 minute',
            $2::timestamptz + (k + 1) * interval '1 minute', 's', k, $6, 'REGULAR', $4 + k / 100.0, $4 + (k + 1) / 100.0, $4 + k / 100.0, $4 + (k + 1) / 100.0, 1
       from generate_series(0, $3 - 1, $5) as k`,
    [instrument, new Date(from).toISOString(), minutes, price, every, source],
  );
}

/** Signals held for ten bars at a risk of 1.00 and costs of 0.05 R, published a minute apart. */
async function signals(instrument: string, side: string, publishedAt: number, settledAt: number, count = 1) {
  const { rows } = await store.owner.query<{ id: string }>(
    `with made as (insert into signal (id, dedup_key, source_id, instrument_id, model_version_id, model_eligible_from, side, timeframe,
        decision_bar_start, decision_ingest_seq, decision_time, published_at, expires_at, confidence, baseline_probability, state, state_since, body)
      select gen_random_uuid(), gen_random_uuid()::text, 'src', $1, 'm@1', '2026-10-06', $2, '1m', t, k, t, t, t + interval '1 hour', 0.5, 0.4,
             'STOP_HIT', t, '{"plan":{"riskPerUnit":"1.00"}}'
        from (select k, $3::timestamptz + k * interval '1 second' as t from generate_series(0, $5 - 1) as k) at returning id, published_at)
     insert into outcome (signal_id, settler_version, settled_at, exit_reason, label, gross_r, net_r, ambiguous, body)
     select id, 1, $4::timestamptz, 'STOP', -1, -1, -1.05, false, '{"barsHeld":10}' from made order by published_at returning signal_id as id`,
    [instrument, side, new Date(publishedAt).toISOString(), new Date(settledAt).toISOString(), count],
  );
  return rows.map(({ id }) => ({ id, settlerVersion: 1 }));
}

const uniform = (seed: string) => {
  const random = randomOf(seed);
  return () => random.uniform();
};
const chanceOf = (of: Awaited<ReturnType<typeof signals>>, seed = 'a') => randomEntries(store.pool, of, uniform(seed));

it('holds the same side as long, at the same risk and costs, and never over a night', async () => {
  if (first === undefined || second === undefined) throw new Error('two sessions were expected');
  await bars('up', first.open, 390, 100);
  await bars('up', second.open, 390, 500);
  const long = await signals('up', 'LONG', first.open + 30 * MINUTE, second.close);
  const short = await signals('up', 'SHORT', first.open + 40 * MINUTE, second.close);
  // From the open of one minute to the close of the tenth it is ten cents, wherever it begins.
  const chances = await chanceOf([...long, ...short]);
  expect(chances.get(long[0]?.id ?? '')).toEqual({ meanR: expect.closeTo(0.1 - 0.05, 9), n: 20 });
  expect(chances.get(short[0]?.id ?? '')).toEqual({ meanR: expect.closeTo(-0.1 - 0.05, 9), n: 20 });
});

it('goes by prices adjusted for splits: what was 4 cents before one of 4:1 is one cent after it', async () => {
  if (first === undefined || second === undefined) throw new Error('two sessions were expected');
  await bars('split', first.open, 390, 100);
  await bars('split', second.open, 390, 500);
  await store.owner.query(`update bar set price_scale = 4 where instrument_id = 'split' and bar_start >= $1`, [
    new Date(second.open).toISOString(),
  ]);
  const before = await signals('split', 'LONG', first.open, first.close);
  const after = await signals('split', 'LONG', second.open, second.close);
  await store.owner.query(`update signal set body = '{"plan":{"riskPerUnit":"1.00"},"priceScale":"4"}' where id = $1`, [
    after[0]?.id,
  ]);
  expect((await chanceOf(before)).get(before[0]?.id ?? '')?.meanR).toBeCloseTo(0.05, 9);
  expect((await chanceOf(after)).get(after[0]?.id ?? '')?.meanR).toBeCloseTo(0.05, 9);
  // Ten cents of after it are forty of before.
  const both = await signals('split', 'LONG', first.open, second.close);
  const mixed = (await chanceOf(both)).get(both[0]?.id ?? '');
  expect(mixed?.meanR).toBeGreaterThan(0.05 + 0.01);
  expect(mixed?.meanR).toBeLessThan(0.35);
});

it('leaves out entries whose bars are missing, are of another source or were not known yet, and draws the same from the same seed', async () => {
  if (first === undefined || second === undefined) throw new Error('two sessions were expected');
  await bars('thin', first.open, 390, 100, 3);
  await bars('thin', first.open + MINUTE, 389, 7_000, 3, 'other');
  await bars('thin', second.open, 390, 9_000);
  const settled = await signals('thin', 'LONG', first.open, second.open + 20 * MINUTE);
  const [chance] = (await chanceOf(settled)).values();
  expect(chance?.n).toBeGreaterThan(0);
  expect(chance?.n).toBeLessThan(20);
  expect(chance?.meanR).toBeCloseTo(0.05, 9);
  expect(await chanceOf(settled)).toEqual(await chanceOf(settled));
});

it('asks for no more of many signals than of two hundred, from all over them', async () => {
  if (first === undefined) throw new Error('a session was expected');
  const many = await signals('up', 'LONG', first.open, first.close, 450);
  const tried = await chanceOf(many);
  expect(tried.size).toBe(150);
  const places = many.flatMap(({ id }, index) => (tried.has(id) ? [index] : []));
  expect([places.at(0), places.at(1), places.at(-1)]).toEqual([0, 3, 447]);
});

it('has nothing to say where nothing is settled', async () => {
  expect(await chanceOf([])).toEqual(new Map());
});

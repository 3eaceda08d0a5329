import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ALL_PROVENANCES,
  APPLICATION_ROLE,
  migrateForTest,
  openTestStore,
  type TestStore,
  testPool,
} from '../../testing/database.ts';
import { query } from '../postgres/test-tools.ts';
import { createTestDatabase } from '../postgres/testing.ts';
import { migrationFiles } from './migrate.ts';

const PRODUCTION = ['LIVE', 'DELAYED', 'PAPER'];
const columns = async (url: string, sql: string): Promise<unknown[]> =>
  (await query(url, sql)).rows.map((row) => Object.values(row)[0]);

describe('migrate', () => {
  it('brings an empty database to the newest schema, and changes nothing the second time', async () => {
    await using database = await createTestDatabase({ name: 'twice' });
    const seen: string[] = [];
    const first = await migrateForTest(database.ownerUrl, { onMigration: (name) => seen.push(name) });
    const epoch = await columns(database.ownerUrl, 'select epoch from stream_head');
    const second = await migrateForTest(database.ownerUrl, { onMigration: (name) => seen.push(`again ${name}`) });

    expect(first).toEqual({ applied: migrationFiles(), current: migrationFiles().at(-1) });
    expect(second).toEqual({ applied: [], current: migrationFiles().at(-1) });
    expect(seen).toEqual(migrationFiles());
    expect(await columns(database.ownerUrl, 'select epoch from stream_head')).toEqual(epoch);
  });

  it('lets one of two migrators work while the other waits', async () => {
    await using database = await createTestDatabase({ name: 'race' });
    const results = await Promise.all([migrateForTest(database.ownerUrl), migrateForTest(database.ownerUrl)]);
    expect(results.map(({ applied }) => applied.length).sort()).toEqual([0, migrationFiles().length]);
  });

  it('begins again when its connection breaks', async () => {
    await using database = await createTestDatabase({ name: 'broken' });
    const owner = testPool(database.ownerUrl);
    const holder = await owner.connect();
    await holder.query('select pg_advisory_lock(4842001)');
    const migrated = migrateForTest(database.ownerUrl);
    await expect
      .poll(async () => {
        const { rowCount } = await owner.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and application_name = 'heliograph-migrate' and wait_event = 'advisory'`,
        );
        return rowCount;
      })
      .toBe(1);
    holder.release(true);

    expect((await migrated).applied).toEqual(migrationFiles());
    await owner.end();
  });

  it('leaves nothing of a migration that was cut off, and goes on from there', async () => {
    await using database = await createTestDatabase({ name: 'cut' });
    const [first, second = ''] = migrationFiles();
    const cutOff = (name: string) => {
      if (name === second) throw new Error('cut off');
    };
    await expect(migrateForTest(database.ownerUrl, { onMigration: cutOff })).rejects.toThrow('cut off');
    expect(await columns(database.ownerUrl, `select to_regclass('public.event_log')::text`)).toEqual([null]);

    expect((await migrateForTest(database.ownerUrl)).applied).toEqual(
      migrationFiles().filter((name) => name !== first),
    );
  });

  it('refuses a file that was changed after it was applied', async () => {
    await using store = await openTestStore('changed');
    await store.owner.query(`update schema_migration set sha256 = 'another' where name = $1`, [migrationFiles()[1]]);
    await expect(migrateForTest(store.database.ownerUrl)).rejects.toMatchObject({
      code: 'MIGRATION_CHANGED',
      message: `Migration "${migrationFiles()[1]}" was changed after it was applied, expected a new file for a new change`,
    });
  });

  it('refuses a database that a newer program has migrated', async () => {
    await using store = await openTestStore('newer');
    await store.owner.query(`insert into schema_migration (name, sha256) values ('9999_later.sql', 'unknown')`);
    await expect(migrateForTest(store.database.ownerUrl)).rejects.toMatchObject({
      code: 'DATABASE_NEWER',
      message: expect.stringContaining('"9999_later.sql"'),
    });
  });

  it('refuses an owner that is the application role too, before it changes anything', async () => {
    await using database = await createTestDatabase({ name: 'same' });
    const owner = decodeURIComponent(new URL(database.ownerUrl).username);
    await expect(migrateForTest(database.ownerUrl, { applicationRole: owner })).rejects.toMatchObject({
      code: 'SAME_ROLE',
      message: expect.stringContaining(`both log in as "${owner}"`),
    });
    expect(
      await columns(database.ownerUrl, `select relname from pg_class where relnamespace = 'public'::regnamespace`),
    ).toEqual([]);
  });

  it('refuses an environment that forbids data which the database holds already', async () => {
    await using store = await openTestStore('forbidden');
    await addSource(store, 'replay-a', 'REPLAY');
    await expect(migrateForTest(store.database.ownerUrl, { allowedProvenance: PRODUCTION })).rejects.toMatchObject({
      code: 'FORBIDDEN_DATA',
      message: expect.stringContaining('provenance REPLAY, expected only LIVE, DELAYED, PAPER'),
    });
    expect(await columns(store.database.ownerUrl, 'select count(*)::int from allowed_provenance')).toEqual([
      ALL_PROVENANCES.length,
    ]);
  });
});

describe('production', () => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openTestStore('production');
    await migrateForTest(store.database.ownerUrl, { allowedProvenance: PRODUCTION });
  });
  afterAll(() => store.dispose());

  it('allows neither REPLAY nor SYNTHETIC', async () => {
    const { rows } = await store.pool.query('select provenance from allowed_provenance order by 1');
    expect(rows.map((row) => row.provenance)).toEqual([...PRODUCTION].sort());
  });

  it.each(['REPLAY', 'SYNTHETIC'])(
    'has no place for a source of provenance %s, whoever inserts it',
    async (provenance) => {
      await expect(addSource(store, 'invented', provenance)).rejects.toMatchObject({
        code: '23503',
        constraint: 'source_provenance_fkey',
      });
      await expect(store.pool.query(`insert into allowed_provenance values ($1)`, [provenance])).rejects.toMatchObject({
        code: '42501',
      });
    },
  );

  it('has a place for a source of real data and its bars, and none for bars of a source or an instrument that nobody knows', async () => {
    await addSource(store, 'real', 'LIVE');
    await store.pool.query(
      `insert into instrument (id, symbol, mic, calendar, tick, currency, asset_class) values ('spy-us', 'SPY', 'ARCX', 'XNYS', 0.01, 'USD', 'EQUITY')`,
    );
    await store.pool.query(`select ensure_partitions('2026-01-31Z', '2026-01-01Z')`);
    await addBar(store, { source: 'real', instrument: 'spy-us' });
    await expect(addBar(store, { source: 'unknown', instrument: 'spy-us', minute: 1 })).rejects.toMatchObject({
      code: '23503',
      message: expect.stringContaining('source "unknown"'),
    });
    await expect(addBar(store, { source: 'real', instrument: 'nobody', minute: 1 })).rejects.toMatchObject({
      code: '23503',
    });
    // The check stands on the parent: a partition must not be a way round it.
    await expect(
      addBar(store, { source: 'unknown', instrument: 'spy-us', minute: 1, into: 'bar_2026_01' }),
    ).rejects.toMatchObject({
      code: '42501',
    });
  });
});

describe('the application role', () => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openTestStore('rights');
  });
  afterAll(() => store.dispose());

  it.each([
    [`update event_log set body = ''`],
    [`delete from event_log`],
    [`truncate event_log`],
    [`insert into event_log values ('public', 'e', 1, 'k', 1, now(), now(), '', '')`],
    [`insert into event_log_0 values ('public', 'e', 1, 'k', 1, now(), now(), '', '')`],
    [`update event_log_0 set body = ''`],
    [`update stream_head set last_seq = 0`],
    [`insert into stream_head values ('private', 'e')`],
    [`delete from stream_head`],
    [`insert into stream_epoch values ('public', 'e', null, 0)`],
    [`update stream_epoch set last_common_seq = 0`],
    [`update bar set close = 1`],
    [`delete from bar`],
    [`truncate bar`],
    [`update rollup_bar set close = 1`],
    [`delete from rollup_bar`],
    [`truncate rollup_bar`],
    [`delete from rollup_position`],
    [`update rollup_batch set last_seq = 1`],
    [`delete from rollup_head`],
    [`delete from source_instrument`],
    [`delete from ingestion_day`],
    [`delete from quarantined_row`],
    [`create table pgboss.mine (n int)`],
    [`drop table pgboss.job`],
    [`truncate pgboss.job_common`],
    [`delete from pgboss.version`],
    [`select pgboss.delete_queue('partitions')`],
    [`update ingest_batch set last_seq = 1`],
    [`delete from ingest_shard`],
    [`update model_version set eligible_from = now()`],
    [`delete from model_version`],
    [`update signal set body = ''`],
    [`update signal set decision_time = now()`],
    [`delete from signal`],
    [`update outcome set net_r = 9`],
    [`delete from outcome`],
    [`update source set provenance = 'LIVE'`],
    [`update instrument set symbol = 'X'`],
    [`update api_key set hash = ''`],
    [`update api_key set scopes = '{keys:manage}'`],
    [`update api_key set tenant = 'another'`],
    [`delete from api_key`],
    [`delete from signal_acknowledgement`],
    [`update signal_acknowledgement set tenant = 'another'`],
    [`delete from user_restriction`],
    [`update user_restriction set disabled_at = null`],
    [`insert into revoked_token values ('i', 't')`],
    [`delete from revoked_token`],
    [`delete from event_log where stream = 'audit'`],
    [`update stream_head set last_seq = 0 where stream = 'audit'`],
    [`update schema_migration set sha256 = ''`],
    [`create table mine (n int)`],
    [`create temporary table mine (n int)`],
    [`create schema mine`],
    [`create function mine() returns int language sql as 'select 1'`],
    [`drop table outcome`],
    [`alter table signal drop constraint signal_outside_training`],
    [`alter table bar disable trigger bar_references`],
    [`create role mine`],
    [`set role heliograph_owner`],
  ])('may not %s', async (sql) => {
    await expect(store.pool.query(sql)).rejects.toMatchObject({ code: '42501' });
  });

  it('may execute these functions of ours and no other', async () => {
    const { rows } = await store.pool.query(
      `select p.proname as name, p.prosecdef as definer from pg_proc p
        where p.pronamespace = 'public'::regnamespace and has_function_privilege(p.oid, 'execute') order by 1`,
    );
    expect(rows).toEqual([
      { name: 'append_events', definer: true },
      { name: 'drop_archived_partition', definer: true },
      { name: 'drop_bar_month', definer: true },
      { name: 'drop_refused_rows', definer: true },
      { name: 'ensure_partitions', definer: true },
    ]);
  });

  it('is not let in by a grant that somebody added between two migrations', async () => {
    await store.owner.query(`grant delete, update on event_log, stream_head to ${APPLICATION_ROLE}`);
    await store.pool.query('delete from event_log');
    await migrateForTest(store.database.ownerUrl);
    await expect(store.pool.query('delete from event_log')).rejects.toMatchObject({ code: '42501' });
  });

  it('makes partitions through ensure_partitions, once, and only within reason', async () => {
    const make = async (until: string, since: string) =>
      (await store.pool.query('select ensure_partitions($1, $2) as made', [until, since])).rows[0].made;
    expect(await make('2014-03-01Z', '2013-12-31Z')).toBeGreaterThanOrEqual(4);
    const { rows } = await store.pool.query(
      `select relname as name from pg_class where relname ~ '^bar_201[34]_[0-9]+$' and relkind = 'r' order by 1`,
    );
    expect(rows.map((row) => row.name)).toEqual(['bar_2013_12', 'bar_2014_01', 'bar_2014_02', 'bar_2014_03']);
    expect(await make('2014-03-01Z', '2013-12-31Z')).toBe(0);
    await expect(make('2013-01-01Z', '2014-01-01Z')).rejects.toThrow('is not a range within 1990 to 2100');
    await expect(make('2200-01-01Z', '2014-01-01Z')).rejects.toThrow('is not a range within 1990 to 2100');
  });
});

async function addSource(store: TestStore, id: string, provenance: string): Promise<void> {
  await store.pool.query(
    `insert into source (source_id, feed, provenance, licence, timeframe) values ($1, 'F', $2, 'none', '1m')`,
    [id, provenance],
  );
}

type TestBar = {
  readonly source: string;
  readonly instrument: string;
  readonly minute?: number;
  readonly into?: string;
};

async function addBar(store: TestStore, { source, instrument, minute = 0, into = 'bar' }: TestBar): Promise<void> {
  await store.pool.query(
    `insert into ${into} (instrument_id, timeframe, bar_start, revision, bar_end, known_time, shard, ingest_seq, source_id, segment, open, high, low, close, volume)
     select $1, '1m', start, 0, start + interval '1 min', start + interval '1 min', 's', 1, $2, 'REGULAR', 1, 1, 1, 1, 1
       from (select '2026-01-02T15:00Z'::timestamptz + $3 * interval '1 min' as start)`,
    [instrument, source, minute],
  );
}

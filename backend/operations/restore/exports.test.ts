import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openEpochs } from '../../log/open-epochs.ts';
import { wallClock } from '../../platform/clock.ts';
import type { Pool } from '../../platform/database/pool.ts';
import { openTestStore, type TestConnections, type TestStore } from '../../testing/database.ts';
import { takeExport } from '../backup/export.ts';
import { FolderStorage } from '../backup/folder-storage.ts';
import { finishedBackups } from '../backup/manifest.ts';
import type { Vault } from '../backup/objects.ts';
import { chooseExports, exportChecks, fetchExports, tablesIn } from './exports.ts';
import { loadExports } from './load.ts';

let store: TestStore;
let folder: string;
let vault: Vault;
beforeEach(async () => {
  store = await openTestStore('exports', fill);
  folder = await mkdtemp(join(tmpdir(), 'heliograph-exports-'));
  vault = { storage: new FolderStorage(join(folder, 'backups')), key: randomBytes(32) };
});
afterEach(async () => {
  await store.dispose();
  await rm(folder, { recursive: true });
});

/** Rows of both kinds, an older month of bars, the second partition of the log alone, and text that COPY writes otherwise. */
async function fill({ owner }: TestConnections): Promise<void> {
  await owner.query(`
    insert into source (source_id, feed, provenance, licence, timeframe) values ('s', E'a\\tb\\nc\\\\.\\\\N "ü"', 'REPLAY', 'none', '1m');
    insert into instrument (id, symbol, mic, calendar, tick, currency, asset_class) values ('i', 'I', 'XNYS', 'XNYS', 0.01, 'USD', 'EQUITY');
    insert into ingest_shard values ('shard', 7);
    insert into engine_position values ('shard', 5);
    insert into dr_run (kind, target) select 'full', 'folder' from generate_series(1, 3);
    select ensure_partitions('2024-03-01Z', '2024-02-01Z');
    insert into bar (instrument_id, timeframe, bar_start, revision, bar_end, known_time, shard, ingest_seq, source_id, segment, open, high, low, close, volume)
      select 'i', '1m', at, 0, at + interval '1 minute', at + interval '1 minute', 'shard', 1, 's', 'REGULAR', 1, 2, 1, 2, 10
        from unnest(array['2024-02-29 23:59Z', '2024-03-01 00:00Z']::timestamptz[]) as at;
    update stream_head set last_seq = 2000005 where stream = 'public';
    select ensure_partitions(now());
    select append_events('public', array[('SIGNAL_PUBLISHED', 1, now(), '{"a":1}'), ('SIGNAL_PUBLISHED', 1, now(), '{"a":2}')]::new_event[]);
    insert into event_log_anchor (stream, seq, epoch, hash, archive, sha256, rows)
      select stream, seq - 1, epoch, prev_hash, 'event_log_1.jsonl.gz', repeat('0', 64), seq - 1 from event_log order by seq limit 1;
  `);
}

const take = (kind: 'export' | 'export-rest') =>
  takeExport({
    kind,
    url: store.database.ownerUrl,
    vault,
    clock: wallClock,
    random: () => randomBytes(4).toString('hex'),
  });

/** All rows of all tables that are exported, as text. */
async function rowsOf(owner: Pool, names: readonly string[]): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {};
  for (const name of names) {
    const found = await owner.query<{ row: string }>(`select t::text as row from ${name} t order by 1`);
    rows[name] = found.rows.map(({ row }) => row);
  }
  return rows;
}

/** Changes one byte in the middle of what was stored of a table. */
async function flip(key: string): Promise<void> {
  const path = join(folder, 'backups', key);
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

it('brings every row back into a database that was only migrated, and it goes on from there', {
  timeout: 60_000,
}, async () => {
  await take('export-rest');
  await take('export');
  const set = await chooseExports(vault);
  const names = tablesIn(set).map(({ table }) => table);
  expect(names).toContain('bar');
  const before = await rowsOf(store.owner, names);
  expect(before['source']?.[0]).toContain('ü');

  await using other = await openTestStore('exports-target');
  const loaded = await loadExports(other.owner, vault, set);
  expect(loaded.map(({ table }) => table).sort()).toEqual(names.filter((name) => name !== 'schema_migration').sort());
  const { schema_migration: _applied, ...expected } = before;
  expect(await rowsOf(other.owner, Object.keys(expected))).toEqual(expected);

  const { rows } = await other.owner.query<{ id: number }>(
    `insert into dr_run (kind, target) values ('full', 'folder') returning id`,
  );
  expect(rows[0]?.id).toBe(4);
  const { rows: parts } = await other.owner.query<{ name: string }>(
    'select name from event_log_partition order by first_seq',
  );
  expect(parts.map(({ name }) => name)).toEqual(['event_log_2', 'event_log_3']);
  await expect(loadExports(other.owner, vault, set)).rejects.toThrow(/holds rows, expected a migrated database/);
  expect(await openEpochs(other.owner, 'test', randomUUID)).toHaveLength(2);
});

it('brings back what nobody could give us again where there is no other export, or only a later one', async () => {
  await take('export');
  await take('export-rest');
  const set = await chooseExports(vault);
  expect(set.rest).toBeNull();
  await using other = await openTestStore('exports-target');
  await loadExports(other.owner, vault, set);
  const { rows } = await other.owner.query(
    'select (select count(*) from event_log) as events, (select count(*) from bar) as bars',
  );
  expect(rows).toEqual([{ events: 2, bars: 0 }]);
});

it('writes each table into a folder as COPY reads it, with what its columns are', async () => {
  await take('export-rest');
  const { key } = await take('export');
  const to = join(folder, 'to');
  await fetchExports(vault, await chooseExports(vault, key), to);
  expect((await readFile(join(to, 'source.copy'), 'utf8')).split('\t').slice(0, 2)).toEqual([
    's',
    'a\\tb\\nc\\\\.\\\\N "ü"',
  ]);
  const manifest = JSON.parse(await readFile(join(to, 'manifest.json'), 'utf8'));
  expect(manifest.tables).toContainEqual(
    expect.objectContaining({
      table: 'engine_position',
      columns: ['shard', 'ingest_seq', 'cancellations'],
      rows: 1,
      backup: key,
    }),
  );
  expect((await readdir(to)).length).toBe(manifest.tables.length + 1);
  await expect(fetchExports(vault, await chooseExports(vault), to)).rejects.toThrow('new or empty');
});

it.each([true, false])(
  'says which table was changed, and loads and passes nothing then; encrypted: %s',
  async (isEncrypted) => {
    if (!isEncrypted) vault = { ...vault, key: null };
    expect(await exportChecks(vault)).toEqual([]);
    await take('export-rest');
    const { tables, key } = await take('export');
    expect(await exportChecks(vault)).toEqual([
      { name: 'export', fault: null },
      { name: 'export-rest', fault: null },
    ]);
    await flip(tables.find(({ table }) => table === 'event_log')?.object.key ?? '');
    const told = `table "event_log" of ${key}: `;
    const [check] = await exportChecks(vault);
    expect(check).toEqual({ name: 'export', fault: expect.stringContaining(told) });
    const set = await chooseExports(vault);
    await expect(fetchExports(vault, set, join(folder, 'to'))).rejects.toMatchObject({ name: 'Damaged' });
    expect(await readdir(join(folder, 'to'))).not.toContain('event_log.copy');
    await using other = await openTestStore('exports-target');
    await expect(loadExports(other.owner, vault, set)).rejects.toThrow(told);
    expect((await other.owner.query('select 1 from source')).rows).toEqual([]);
  },
);

it('finds rows that are fewer than the manifest says', async () => {
  const { tables } = await take('export');
  const [first] = tables;
  if (first === undefined) throw new Error('nothing was exported');
  const set = await chooseExports(vault);
  const fewer = { ...set, newest: { ...set.newest, tables: [{ ...first, rows: first.rows + 1 }] } };
  await expect(fetchExports(vault, fewer, join(folder, 'to'))).rejects.toThrow(
    `it has ${first.rows} rows, expected ${first.rows + 1}`,
  );
});

it('loads into no schema but that of the export, and says what is no export', async () => {
  await take('export');
  const [key = ''] = await finishedBackups(vault.storage, 'export');
  const set = await chooseExports(vault, key);
  await using other = await openTestStore('exports-target');
  await other.owner.query(`insert into schema_migration (name, sha256) values ('9999_later.sql', '')`);
  await expect(loadExports(other.owner, vault, set)).rejects.toThrow('The schema is at 9999_later.sql, expected 00');
  const { key: rest } = await take('export-rest');
  await expect(chooseExports(vault, rest)).rejects.toThrow('is of kind export-rest, expected an export');
});

it.each([
  ['public', `update event_log set body = '{"a":3}' where seq = (select max(seq) from event_log)`],
  ['audit', `update stream_head set last_hash = sha256('another') where stream = 'audit'`],
])('loads nothing where the chain of "%s" does not hold', async (stream, spoil) => {
  await store.owner.query(spoil);
  await take('export');
  await using other = await openTestStore('exports-target');
  await expect(loadExports(other.owner, vault, await chooseExports(vault))).rejects.toThrow(
    `the chain of "${stream}" does not hold`,
  );
  expect((await other.owner.query('select 1 from source')).rows).toEqual([]);
});

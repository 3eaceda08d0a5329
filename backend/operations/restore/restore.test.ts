import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wallClock } from '../../platform/clock.ts';
import { createPool, isConnectionError, transaction } from '../../platform/database/pool.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../platform/postgres/index.ts';
import { runningServer, type ServerAccess } from '../../platform/postgres/running.ts';
import { makeTestFolder } from '../../platform/postgres/testing-server.ts';
import { migrateForTest } from '../../testing/database.ts';
import { takeBase } from '../backup/base.ts';
import { takeExport } from '../backup/export.ts';
import { FolderStorage } from '../backup/folder-storage.ts';
import { finishedBackups } from '../backup/manifest.ts';
import type { Vault } from '../backup/objects.ts';
import { Observer } from '../backup/observe.ts';
import { endSegment, shipWal } from '../backup/wal.ts';
import { lsnOf, segmentName, segmentOf } from '../backup/wal-names.ts';
import { compare } from './checks.ts';
import { chooseBase, restoreBase } from './restore.ts';

let folder: string;
let server: EmbeddedPostgres;
let access: ServerAccess;
let vault: Vault;
/** After the first row and before the second. */
let between: number;

const letters = () => randomBytes(4).toString('hex');
const parts = () => ({ server: access, vault, clock: wallClock, random: letters });

beforeAll(async () => {
  folder = await makeTestFolder();
  vault = { storage: new FolderStorage(join(folder, 'backups')), key: randomBytes(32) };
  server = await startEmbeddedPostgres({ dataDirectory: join(folder, 'data'), archive: true });
  await migrateForTest(server.ownerUrl);
  const running = runningServer(join(folder, 'data'));
  if (running === null) throw new Error('the server does not run');
  access = running;
  await takeBase(parts());
  await addSource('first');
  between = await now();
  await addSource('second');
  await endSegment(access);
  await shipWal(access.walOut, vault, letters);
}, 120_000);
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function as<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return work(client).finally(() => client.end());
}

const addSource = (id: string) =>
  as(server.ownerUrl, (client) =>
    client.query(
      `insert into source (source_id, feed, provenance, licence, timeframe) values ($1, 'x', 'REPLAY', 'none', '1m')`,
      [id],
    ),
  );

/** Of the database's clock, and on either side of it a moment in which nothing happens. */
async function now(): Promise<number> {
  const { rows } = await as(server.ownerUrl, (client) =>
    client.query<{ at: Date }>('select clock_timestamp() as at from pg_sleep(0.05)'),
  );
  await as(server.ownerUrl, (client) => client.query('select pg_sleep(0.05)'));
  return rows[0]?.at.getTime() ?? 0;
}

async function sourcesOf(dataDirectory: string): Promise<string[]> {
  await using restored = await startEmbeddedPostgres({ dataDirectory });
  return await as(restored.ownerUrl, async (client) =>
    (await client.query<{ id: string }>('select source_id as id from source order by 1')).rows.map(({ id }) => id),
  );
}

const restored = async (name: string, target: 'newest' | 'backup' | number): Promise<string> => {
  const dataDirectory = join(folder, name);
  await restoreBase({ vault, base: await chooseBase(vault), dataDirectory, target });
  return dataDirectory;
};

it('brings back all that the log holds, in a folder that nobody else can enter', { timeout: 60_000 }, async () => {
  const dataDirectory = await restored('newest', 'newest');
  expect((await stat(join(dataDirectory, 'cluster'))).mode & 0o777).toBe(0o700);
  expect(await sourcesOf(dataDirectory)).toEqual(['first', 'second']);
});

it('brings back a moment, and the moment of the backup', { timeout: 60_000 }, async () => {
  expect(await sourcesOf(await restored('moment', between))).toEqual(['first']);
  expect(await sourcesOf(await restored('backup', 'backup'))).toEqual([]);
});

it('refuses a moment after the log ends, and leaves an empty folder', { timeout: 60_000 }, async () => {
  await expect(restored('late', Date.now() + 3_600_000)).rejects.toThrow(
    'recovery ended before configured recovery target was reached',
  );
  expect(readdirSync(join(folder, 'late'))).toEqual([]);
  await expect(restored('early', 0)).rejects.toThrow('expected one after');
  expect(existsSync(join(folder, 'early', 'cluster'))).toBe(false);
});

it('restores over nothing', async () => {
  await expect(restored('data', 'newest')).rejects.toThrow('nothing is restored over anything');
});

it('finds what a restored database lacks', { timeout: 60_000 }, async () => {
  const { inventory } = await takeExport({ ...parts(), kind: 'export', url: server.applicationUrl });
  const owner = createPool({
    url: server.ownerUrl,
    name: 'test',
    size: 1,
    statementTimeoutMs: 0,
    onError: () => undefined,
  });
  try {
    const faults = async () =>
      (await transaction(owner, (connection) => compare(connection, inventory, true))).checks.flatMap(
        ({ fault }) => fault ?? [],
      );
    expect(await faults()).toEqual([]);
    await owner.query(`delete from source where source_id = 'second'`);
    expect(await faults()).toEqual(['source has 1 rows, expected at least 2']);
  } finally {
    await owner.end();
  }
});

it('is seen by looking, and an export without its manifest is not', async () => {
  const observer = new Observer(vault);
  const { full, export: hourly, exportRest, latestRecovery } = await observer.look();
  expect(full?.bytes).toBeGreaterThan(1_000_000);
  expect(hourly).not.toBeNull();
  expect(exportRest).toBeNull();
  expect(latestRecovery).toBeGreaterThan(between);
  const [newest] = (await vault.storage.list('export/')).filter(({ key }) => key.endsWith('manifest.json')).slice(-1);
  await rm(join(folder, 'backups', newest?.key ?? ''));
  expect((await observer.look()).export).toBeNull();
});

it('brings back a moment before a hole in the log, by an older backup where the newest lies in the hole', {
  timeout: 120_000,
}, async () => {
  await takeBase(parts());
  await addSource('third');
  await endSegment(access);
  await shipWal(access.walOut, vault, letters);
  const observer = new Observer(vault);
  const before = (await observer.look()).latestRecovery ?? 0;
  const older = await chooseBase(vault, between);
  const { startLsn, timeline, walSegmentBytes, key } = await chooseBase(vault);
  expect(key).not.toBe(older.key);

  const gone = segmentName(timeline, segmentOf(lsnOf(startLsn), walSegmentBytes), walSegmentBytes);
  // The record is left: what it names is what a restore needs.
  for (const { key: file } of await vault.storage.list('wal/'))
    if (file.includes(`${gone}-`)) await rm(join(folder, 'backups', file));
  await expect(restored('hole', 'newest')).rejects.toThrow(`segment ${gone} of the write-ahead log is missing`);
  await expect(
    restoreBase({ vault, base: older, dataDirectory: join(folder, 'older'), target: 'newest' }),
  ).rejects.toThrow('only a moment before it can be restored');

  const after = (await observer.look()).latestRecovery ?? 0;
  expect(after).toBeGreaterThan(between);
  expect(after).toBeLessThan(before);
  const dataDirectory = join(folder, 'before-the-hole');
  await restoreBase({ vault, base: await chooseBase(vault, between), dataDirectory, target: between });
  expect(await sourcesOf(dataDirectory)).toEqual(['first']);
});

it('gives up a backup whose server goes away in the midst of the copy, and nothing else', async () => {
  const kept = await finishedBackups(vault.storage, 'base');
  const copying = Promise.withResolvers<void>();
  const backup = takeBase({ ...parts(), onProgress: () => copying.resolve() });
  await copying.promise;
  process.kill(server.pid(), 'SIGKILL');
  await expect(backup).rejects.toSatisfy(isConnectionError);
  expect(await finishedBackups(vault.storage, 'base')).toEqual(kept);
});

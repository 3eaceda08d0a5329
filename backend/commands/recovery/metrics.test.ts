import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../../metrics/registry.ts';
import { BucketStorage } from '../../operations/backup/bucket-storage.ts';
import { takeExport } from '../../operations/backup/export.ts';
import { FolderStorage } from '../../operations/backup/folder-storage.ts';
import { Observer } from '../../operations/backup/observe.ts';
import { type RunKind, recorded } from '../../operations/backup/runs.ts';
import type { BackupStorage } from '../../operations/backup/storage.ts';
import type { DrillResult } from '../../operations/restore/drill.ts';
import { wallClock } from '../../platform/clock.ts';
import { BucketServer } from '../../testing/bucket-server.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import { lookOnce } from './metrics.ts';

let store: TestStore;
let folder: string;
let metrics: Metrics;
beforeEach(async () => {
  store = await openTestStore('recovery-metrics');
  folder = await mkdtemp(join(tmpdir(), 'heliograph-recovery-'));
  metrics = createMetrics();
});
afterEach(async () => {
  await store.dispose();
  await rm(folder, { recursive: true });
});

const inFolder = () => new FolderStorage(folder);

function look(storage: BackupStorage, lockDays?: number): Promise<void> {
  return lookOnce(metrics, { observer: new Observer({ storage, key: null }), database: store.pool, lockDays });
}

/** The value of a series; undefined where there is none. */
async function shown(series: string): Promise<number | undefined> {
  const line = (await metrics.render()).split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

function exported(storage: BackupStorage) {
  const { applicationUrl: url } = store.database;
  const random = () => randomBytes(4).toString('hex');
  return takeExport({ kind: 'export', url, vault: { storage, key: null }, clock: wallClock, random });
}

const failed = (kind: RunKind, target: string, reason: string) =>
  recorded(store.pool, { kind, target }, () => Promise.reject(new Error(reason))).catch(() => undefined);

const drilled = (target: string, detail: Partial<DrillResult>) =>
  recorded(store.pool, { kind: 'drill', target }, async () => ({ ok: detail.ok === true, detail, value: null }));

it('shows what lies in the storage, whatever the jobs have said', async () => {
  await recorded(store.pool, { kind: 'full', target: 'folder' }, async () => ({ ok: true, detail: {}, value: null }));
  const { takenAt, tables } = await exported(inFolder());
  await look(inFolder());
  const labels = '{kind="export",target="folder"}';
  expect(await shown(`backup_last_success_timestamp_seconds${labels}`)).toBe(takenAt / 1_000);
  const stored = tables.reduce((sum, { object }) => sum + object.stored.bytes, 0);
  expect(await shown(`backup_size_bytes${labels}`)).toBe(stored);
  // A job said that it was done, and nothing is there.
  expect(await shown('backup_last_success_timestamp_seconds{kind="full",target="folder"}')).toBeUndefined();
  expect(await shown('backup_last_attempt_timestamp_seconds{kind="full",target="folder"}')).toBeGreaterThan(1.7e9);
});

it('shows nothing any more of what is no longer there', async () => {
  await exported(inFolder());
  await look(inFolder());
  const labels = '{kind="export",target="folder"}';
  expect(await shown(`backup_size_bytes${labels}`)).toBeGreaterThan(0);
  await rm(join(folder, 'export'), { recursive: true });
  await look(inFolder());
  expect(await shown(`backup_size_bytes${labels}`)).toBeUndefined();
  expect(await shown(`backup_last_success_timestamp_seconds${labels}`)).toBeUndefined();

  const none = await new Observer({ storage: inFolder(), key: null }).look();
  const moment = 'backup_latest_recovery_time_seconds{target="folder"}';
  const lookAt = (latestRecovery: number | null) =>
    lookOnce(metrics, { observer: { look: async () => ({ ...none, latestRecovery }) }, database: store.pool });
  await lookAt(1_795_000_000_000);
  expect(await shown(moment)).toBe(1_795_000_000);
  await lookAt(null);
  expect(await shown(moment)).toBeUndefined();
});

it('shows when a backup was last tried and how long that took, failed or not', async () => {
  await recorded(store.pool, { kind: 'export', target: 'folder' }, async () => ({ ok: true, detail: {}, value: null }));
  const between = Date.now() / 1_000;
  await failed('export', 'folder', 'the disk is full');
  await look(inFolder());
  const labels = '{kind="export",target="folder"}';
  expect(await shown(`backup_last_attempt_timestamp_seconds${labels}`)).toBeGreaterThanOrEqual(between - 0.01);
  expect(await shown(`backup_duration_seconds${labels}`)).toBeGreaterThanOrEqual(0);
  expect(await shown(`backup_last_success_timestamp_seconds${labels}`)).toBeUndefined();
});

it('shows what a drill found, table by table', async () => {
  await drilled('newest', {
    ok: true,
    ...{ rto: 12.5, rpo: 3, phases: { files: 1.5, smoke: 0.25 } },
    tables: [
      { table: 'signals', expected: 10, found: 11, checksumsMatch: true },
      { table: 'bars', expected: 7, found: 7, checksumsMatch: null },
    ] as DrillResult['tables'],
  });
  await look(inFolder());
  expect(await shown('restore_drill_success{scenario="newest"}')).toBe(1);
  expect(await shown('restore_drill_last_success_timestamp_seconds{scenario="newest"}')).toBeGreaterThan(1.7e9);
  expect(await shown('restore_drill_achieved_rto_seconds{scenario="newest"}')).toBe(12.5);
  expect(await shown('restore_drill_achieved_rpo_seconds{scenario="newest"}')).toBe(3);
  expect(await shown('restore_drill_phase_duration_seconds{scenario="newest",phase="smoke"}')).toBe(0.25);
  expect(await shown('restore_drill_expected_rows{table="signals"}')).toBe(10);
  expect(await shown('restore_drill_verified_rows{table="signals"}')).toBe(11);
  expect(await shown('restore_drill_checksum_match{table="signals"}')).toBe(1);
  // What was not compared says neither.
  expect(await shown('restore_drill_checksum_match{table="bars"}')).toBeUndefined();
});

it('shows nothing of tables that the last drill did not come to', async () => {
  const compared = { table: 'signal', expected: 10, found: 10, checksumsMatch: true };
  await drilled('newest', { ok: true, tables: [compared] });
  await look(inFolder());
  const series = ['checksum_match', 'verified_rows', 'expected_rows'].map(
    (name) => `restore_drill_${name}{table="signal"}`,
  );
  expect(await Promise.all(series.map(shown))).toEqual([1, 10, 10]);
  await drilled('newest', { ok: false, tables: [] });
  await look(inFolder());
  expect(await Promise.all(series.map(shown))).toEqual([undefined, undefined, undefined]);
});

it('counts the drills that failed since the last that did not, by scenario', async () => {
  await drilled('older', { ok: true });
  for (const reason of ['no archive', 'no log']) await failed('drill', 'older', reason);
  await drilled('newest', { ok: false, rto: null });
  await look(inFolder());
  expect(await shown('restore_drill_consecutive_failures{scenario="older"}')).toBe(2);
  expect(await shown('restore_drill_success{scenario="older"}')).toBe(0);
  expect(await shown('restore_drill_last_success_timestamp_seconds{scenario="older"}')).toBeGreaterThan(1.7e9);
  expect(await shown('restore_drill_consecutive_failures{scenario="newest"}')).toBe(1);
  expect(await shown('restore_drill_last_success_timestamp_seconds{scenario="newest"}')).toBeUndefined();
  expect(await shown('restore_drill_achieved_rto_seconds{scenario="newest"}')).toBeUndefined();
});

it('shows a drill of what Cloud SQL keeps beside those of our own backups', async () => {
  await drilled('newest', { ok: true, rto: 12.5 });
  await drilled('cloudsql', { ok: true, rto: 1_800, rpo: 90, phases: { clone: 1_500, remove: 60 } });
  await failed('drill', 'cloudsql', 'no machine');
  await look(inFolder());
  expect(await shown('restore_drill_achieved_rto_seconds{scenario="newest"}')).toBe(12.5);
  expect(await shown('restore_drill_success{scenario="newest"}')).toBe(1);
  expect(await shown('restore_drill_success{scenario="cloudsql"}')).toBe(0);
  expect(await shown('restore_drill_consecutive_failures{scenario="cloudsql"}')).toBe(1);
  await drilled('cloudsql', { ok: true, rto: 1_800, rpo: 90, phases: { clone: 1_500, remove: 60 } });
  await look(inFolder());
  expect(await shown('restore_drill_achieved_rto_seconds{scenario="cloudsql"}')).toBe(1_800);
  expect(await shown('restore_drill_achieved_rpo_seconds{scenario="cloudsql"}')).toBe(90);
  expect(await shown('restore_drill_phase_duration_seconds{scenario="cloudsql",phase="clone"}')).toBe(1_500);
});

it('says of a drill that goes on when it began, and nothing of how it ended', async () => {
  await store.pool.query(`insert into dr_run (kind, target) values ('drill', 'newest')`);
  await look(inFolder());
  expect(await shown('restore_drill_last_attempt_timestamp_seconds{scenario="newest"}')).toBeGreaterThan(1.7e9);
  expect(await shown('restore_drill_success{scenario="newest"}')).toBeUndefined();
});

it('counts the objects of the newest backup, and those that a bucket keeps for as long as it is to', async () => {
  await using server = await BucketServer.start('backups');
  const options = { name: 'backups', url: server.url, token: async () => server.token, random: () => 0.5 };
  const storage = new BucketStorage(options, '');
  const { tables } = await exported(storage);
  const all = tables.length + 1;
  const [objects, locked] = ['backup_objects', 'backup_objects_locked'].map(
    (name) => `${name}{kind="export",target="folder"}`,
  ) as [string, string];

  await look(storage);
  expect([await shown(objects), await shown(locked)]).toEqual([undefined, undefined]);
  await look(storage, 30);
  expect([await shown(objects), await shown(locked)]).toEqual([all, all]);
  server.retentionDays = 29;
  await look(storage, 30);
  expect([await shown(objects), await shown(locked)]).toEqual([all, 0]);
  server.isRetained = false;
  const [first] = await storage.list('export/');
  server.held.add(first?.key ?? '');
  await look(storage, 30);
  expect([await shown(objects), await shown(locked)]).toEqual([all, 1]);
});

import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { FolderStorage } from '../../operations/backup/folder-storage.ts';
import { chooseForDrill, drill } from '../../operations/restore/drill.ts';
import { prepareDatabase } from '../../platform/database/prepare.ts';
import { askForServer } from '../../platform/postgres/scratch-request.ts';
import { accessBeside } from '../../platform/postgres/server-beside.ts';
import { databaseRoles as roles } from '../../roles.ts';
import { migrateForTest } from '../../testing/database.ts';
import { ForeignServer, NAME, runScratchServers, volume } from '../../testing/foreign-server.ts';
import { runCommand } from '../../testing/process.ts';
import { RoleProcess } from '../../testing/role.ts';
import { restoreCommand } from './restore.ts';
import { scratchServersOf } from './server-files.ts';

let folder: string;
let server: ForeignServer;
let scratch: AsyncDisposable;
let settings: Record<string, string>;

const PATIENCE_MS = 400_000;
const within = { timeout: PATIENCE_MS, interval: 500 };
/** Only in the folder, as if for the next start: what such a server says of itself must not matter in a drill. */
const SPOILT = `shared_preload_libraries = 'nothing_of_that_name'\narchive_command = 'exit 99'\nport = 1\n`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'beside-'));
  chmodSync(folder, 0o755);
  const walOut = volume(join(folder, 'wal'));
  server = await ForeignServer.start(join(folder, 'data/18/docker'), { walOut, isNew: true });
  scratch = await runScratchServers(join(folder, 's'));
  settings = {
    ENVIRONMENT: 'test',
    DATABASE_URL: server.url(roles.application),
    DATABASE_ADMIN_URL: server.url(),
    DATABASE_FILES: server.files,
    DATABASE_WAL_OUT: walOut,
    DATABASE_SCRATCH: join(folder, 's'),
    BACKUP_DIR: join(folder, 'backups'),
  };
}, PATIENCE_MS);
afterAll(async () => {
  await scratch[Symbol.asyncDispose]();
  await server.stop();
  await rm(folder, { recursive: true });
}, PATIENCE_MS);
afterEach(() => vi.unstubAllEnvs());

const vaultIn = (name: string) => ({ storage: new FolderStorage(join(folder, name)), key: null });

it('the role worker waits for a schema, then takes the backups and does no other job', {
  timeout: PATIENCE_MS,
}, async () => {
  const starting = RoleProcess.start('worker', { settings, patienceMs: PATIENCE_MS });
  const members = { owner: [NAME], application: [NAME] };
  await prepareDatabase({ adminUrl: server.url(), roles, members });
  appendFileSync(join(server.files, 'postgresql.auto.conf'), SPOILT);
  await migrateForTest(server.url(roles.owner));
  using worker = await starting;
  await expect.poll(() => worker.metric('backup_last_success_timestamp_seconds', { kind: 'wal' }), within).not.toBe(0);
  await expect.poll(() => worker.metric('backup_latest_recovery_time_seconds'), within).not.toBe(0);
  expect(await worker.metric('restore_drill_interval_seconds', { scenario: 'newest' })).toBe(7 * 86_400);
  const { rows } = await server.query('select distinct name from pgboss.queue order by 1');
  expect(rows.map(({ name }) => name).filter((name) => !/^(__pgboss|backup-|restore-drill)/.test(name))).toEqual([]);
  expect(await worker.stop(), worker.output).toEqual([0, null]);
});

it('a drill of them passes, by the server beside it and whatever the folder says of itself', {
  timeout: PATIENCE_MS,
}, async () => {
  await server.query(
    `insert into source (source_id, feed, provenance, licence, timeframe) values ('later', 'x', 'REPLAY', 'none', '1m')`,
  );
  const wal = runCommand(['backup', 'wal'], settings);
  expect(wal).toMatchObject({ status: 0, stderr: '' });
  expect(readdirSync(server.walOut)).toEqual([]);
  const killed = join(folder, 's/heliograph-drill-0');
  mkdirSync(killed);
  utimesSync(killed, 0, 0);
  const { status, stdout, stderr } = runCommand(['restore-drill'], settings);
  expect(stdout + stderr).toMatch(/newest .*checks passed/);
  expect(status).toBe(0);
  expect(readdirSync(join(folder, 's'))).toEqual(['.server']);
});

it('restores into a folder that the server of others starts on, in a new epoch', { timeout: PATIENCE_MS }, async () => {
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  const to = join(folder, 's/restored');
  let said = '';
  await restoreCommand(
    { to, name: 'back' },
    {
      write: (text) => {
        said += text;
      },
    },
  );
  expect(said).toContain('goes on after');
  const files = join(to, 'cluster');
  const conf = join(files, 'postgresql.auto.conf');
  writeFileSync(conf, readFileSync(conf, 'utf8').replace(SPOILT, ''));
  const restored = await ForeignServer.start(files, { walOut: volume(join(folder, 'wal2')), isNew: false });
  try {
    const { rows } = await restored.query(
      `select (select count(*)::int from source where source_id = 'later') as later, (select count(*)::int from stream_epoch where restore = 'back') as epochs`,
    );
    expect(rows).toEqual([{ later: 1, epochs: 2 }]);
    // What was written into it before it ran is in the archive of its new timeline, without a gap.
    await restored.query('select pg_switch_wal()');
    const names = () =>
      readdirSync(restored.walOut)
        .filter((name) => !name.endsWith('.sha256'))
        .sort();
    await expect.poll(names, within).toContain('00000002.history');
  } finally {
    await restored.stop();
  }
});

async function faultOf(name: string): Promise<string> {
  const vault = vaultIn(name);
  const [newest] = await chooseForDrill(vault, () => 0);
  if (newest === undefined) throw new Error('there is no backup');
  const options = { vault, scratch: join(folder, 's'), production: server.files, newestRow: null, program: [] };
  const servers = scratchServersOf({ DATABASE_URL: null, ...settings });
  const { ok, checks } = await drill({ ...options, servers }, newest);
  expect(ok).toBe(false);
  return checks.map(({ fault }) => fault).join();
}

it('a drill finds a byte that was changed, and a file of the log that is gone', { timeout: PATIENCE_MS }, async () => {
  for (const name of ['flipped', 'short']) cpSync(join(folder, 'backups'), join(folder, name), { recursive: true });
  const base = readdirSync(join(folder, 'flipped/base')).sort().at(-1) ?? '';
  const place = join(folder, 'flipped/base', base);
  const archive = join(place, readdirSync(place).find((name) => name.startsWith('files.tar')) ?? '');
  const bytes = readFileSync(archive);
  const middle = bytes.length >> 1;
  bytes.writeUInt8((bytes[middle] ?? 0) ^ 1, middle);
  writeFileSync(archive, bytes);
  expect(await faultOf('flipped')).toMatch(/SHA-256|checksum|incorrect/);

  const wal = join(folder, 'short/wal');
  const records = readdirSync(wal).filter((name) => /^[0-9A-F]{24}\.json$/.test(name));
  rmSync(join(wal, records.sort().at(-2) ?? ''));
  expect(await faultOf('short')).toMatch(/segment \w+ of the write-ahead log is missing/);
});

it('refuses the files of another server, and a copy of its own', async () => {
  const beside = { applicationUrl: server.url(), adminUrl: server.url(), files: server.files, walOut: server.walOut };
  expect((await accessBeside(beside)).cluster).toBe(server.files);
  const files = join(folder, 'copy');
  const control = join(files, 'global/pg_control');
  mkdirSync(dirname(control), { recursive: true });
  copyFileSync(join(server.files, 'global/pg_control'), control);
  await expect(accessBeside({ ...beside, files })).rejects.toThrow('and nobody works on them');
  writeFileSync(join(files, 'postmaster.pid'), '1\n/elsewhere\n1000000\n');
  await expect(accessBeside({ ...beside, files })).rejects.toThrow('who works on them 1970-01-12');
  writeFileSync(control, 'another.');
  await expect(accessBeside({ ...beside, files })).rejects.toThrow('they are of server 3346848972394163809');
  await expect(accessBeside({ ...beside, files: folder })).rejects.toThrow('ENOENT');
  await expect(accessBeside({ ...beside, walOut: join(folder, 'none') })).rejects.toThrow('DATABASE_WAL_OUT is');
});

it('tells what a scratch server said that could not start, and that nobody answers', {
  timeout: PATIENCE_MS,
}, async () => {
  const asked = { shared: join(folder, 's'), id: 'a1', cluster: volume(join(folder, 's/empty')), settings: {} };
  await expect(askForServer(asked)).rejects.toThrow('could not access the server configuration file');
  await expect(askForServer({ ...asked, shared: join(folder, 'wal') })).rejects.toThrow('nobody answers');
});

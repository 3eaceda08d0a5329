import { createHash } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../platform/clock.ts';
import { type Connection, createPool, type Pool, transaction } from '../../platform/database/pool.ts';
import { UserError } from '../../platform/errors.ts';
import type { ServerAccess } from '../../platform/postgres/running.ts';
import { takeInventory } from './inventory.ts';
import { type BaseManifest, newBackupKey, storeManifest } from './manifest.ts';
import { storeObject, type Vault } from './objects.ts';
import { TAR_END, tarHead, tarPadding } from './tar.ts';

export type BaseOptions = {
  readonly server: Pick<ServerAccess, 'adminUrl' | 'ownerUrl' | 'cluster'>;
  readonly vault: Vault;
  readonly clock: Clock;
  /** A few letters that tell apart two backups of one second. */
  readonly random: () => string;
  /** Called now and then with the bytes that were read so far. */
  readonly onProgress?: (bytes: number) => void;
};

/** Until the last segment is archived. ms */
const STOP_LIMIT_MS = 600_000;

/**
 * Copies the files of a running server as PostgreSQL wants it (pg_backup_start, pg_backup_stop) into one archive, with a manifest. The copy
 * alone is no database: it needs the write-ahead log from its start to its stop, which the server archives.
 */
export async function takeBase({ server, vault, clock, random, onProgress }: BaseOptions): Promise<BaseManifest> {
  const takenAt = clock.now();
  const key = newBackupKey('base', takenAt, random());
  const inventory = await withPool(server.ownerUrl, (pool) =>
    transaction(pool, async (connection) => {
      await connection.query('set transaction isolation level repeatable read, read only');
      return takeInventory(connection);
    }),
  );
  return withPool(server.adminUrl, async (admin) => {
    // The session that began must be the one that ends it.
    const session = await admin.connect();
    const stillThere = watched(session);
    try {
      const facts = await begin(session, key);
      const files: BaseManifest['files'][number][] = [];
      let stopLsn = '';
      const archive = await storeObject(
        vault,
        `${key}/files.tar`,
        (async function* () {
          let bytes = 0;
          for await (const part of archiveOf(server.cluster, files)) {
            stillThere();
            yield part;
            bytes += part.length;
            onProgress?.(bytes);
          }
          const { rows } = await session.query<{ lsn: string; labelfile: string }>(
            'select lsn, labelfile from pg_backup_stop(true)',
          );
          stopLsn = rows[0]?.lsn ?? '';
          yield* entry('backup_label', Buffer.from(rows[0]?.labelfile ?? ''), files);
          yield TAR_END;
        })(),
      );
      const manifest = {
        kind: 'base',
        key,
        takenAt,
        finishedAt: clock.now(),
        ...facts,
        stopLsn,
        inventory,
        files,
        archive,
      } as const;
      await storeManifest(vault, manifest);
      return manifest;
    } finally {
      // A backup that was begun and not ended is given up with its session.
      session.release(true);
    }
  });
}

/**
 * Throws, when it is called, what broke the session since. During the copy no statement is under way that could fail instead, and without a
 * listener a server that goes away would be the end of the process.
 */
function watched(session: Connection): () => void {
  const faults: Error[] = [];
  session.on('error', (error) => faults.push(error));
  return () => {
    if (faults[0] !== undefined) throw faults[0];
  };
}

async function begin(session: Connection, label: string) {
  const { rows: states } = await session.query<{ archiving: boolean; spaces: number }>(
    `select current_setting('archive_mode') <> 'off' as archiving,
            (select count(*) from pg_tablespace where spcname not in ('pg_default', 'pg_global')) as spaces`,
  );
  if (states[0]?.archiving !== true)
    throw new UserError(
      'NO_WAL_ARCHIVE',
      'The server does not archive its write-ahead log, expected archive_mode on: start it with BACKUP_DIR set',
    );
  if (states[0].spaces > 0)
    throw new UserError(
      'TABLESPACES',
      `The server has ${states[0].spaces} tablespaces of its own, expected all its files in one folder`,
    );
  const { rows } = await session.query<
    Pick<BaseManifest, 'serverVersion' | 'systemIdentifier' | 'timeline' | 'walSegmentBytes' | 'startLsn'>
  >(
    `select current_setting('server_version') as "serverVersion",
            (select system_identifier::text from pg_control_system()) as "systemIdentifier",
            (select bytes_per_wal_segment from pg_control_init()) as "walSegmentBytes",
            ('x' || substr(pg_walfile_name(start), 1, 8))::bit(32)::integer as timeline,
            start::text as "startLsn"
       from pg_backup_start($1, true) as start`,
    [label],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('pg_backup_start gave no row');
  return row;
}

/** Only the folder itself is kept of these: https://www.postgresql.org/docs/18/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP-DATA. */
const EMPTIED = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const LEFT_OUT =
  /^(postmaster\.(pid|opts)|backup_label(\.old)?|tablespace_map(\.old)?|(standby|recovery)\.signal|current_logfiles(\.tmp)?|backup_manifest)$|(^|\/)(pgsql_tmp[^/]*|pg_internal\.init(\.\d+)?)$/;
/** It says where recovery begins when there is no label, so it is read last. */
const CONTROL = 'global/pg_control';
const READ_BYTES = 256 * 1024;

async function* archiveOf(cluster: string, files: BaseManifest['files'][number][]): AsyncGenerator<Buffer> {
  for await (const { path, isFolder } of walk(cluster, '')) {
    if (isFolder) yield tarHead({ path, kind: 'folder', bytes: 0 });
    else if (path !== CONTROL) yield* fileOf(cluster, path, files);
  }
  yield* fileOf(cluster, CONTROL, files);
}

async function* walk(cluster: string, within: string): AsyncGenerator<{ path: string; isFolder: boolean }> {
  const found = await readdir(join(cluster, within), { withFileTypes: true }).catch(ifGone([]));
  for (const item of found) {
    const path = within === '' ? item.name : `${within}/${item.name}`;
    if (LEFT_OUT.test(path)) continue;
    yield { path, isFolder: item.isDirectory() };
    if (item.isDirectory() && !EMPTIED.has(path)) yield* walk(cluster, path);
  }
}

/** As long as it was when it was opened: what grows meanwhile is in the log, and what shrinks is made up with zeros, which the log mends. */
async function* fileOf(cluster: string, path: string, files: BaseManifest['files'][number][]): AsyncGenerator<Buffer> {
  await using file = await open(join(cluster, path), 'r').catch(ifGone(null));
  if (file === null) return;
  const { size } = await file.stat();
  const hash = createHash('sha256');
  yield tarHead({ path, kind: 'file', bytes: size });
  for (let at = 0; at < size; ) {
    const buffer = Buffer.alloc(Math.min(READ_BYTES, size - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    const part = bytesRead === 0 ? buffer : buffer.subarray(0, bytesRead);
    hash.update(part);
    at += part.length;
    yield part;
  }
  yield tarPadding(size);
  files.push({ path, bytes: size, sha256: hash.digest('hex') });
}

async function* entry(path: string, content: Buffer, files: BaseManifest['files'][number][]): AsyncGenerator<Buffer> {
  yield tarHead({ path, kind: 'file', bytes: content.length });
  yield content;
  yield tarPadding(content.length);
  files.push({ path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
}

/** Files of a running server come and go. */
function ifGone<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
}

async function withPool<T>(url: string, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = createPool({
    url,
    name: 'backup',
    size: 1,
    statementTimeoutMs: STOP_LIMIT_MS,
    onError: () => undefined,
  });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

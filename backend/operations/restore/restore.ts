import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../../platform/errors.ts';
import { loadCredentials } from '../../platform/postgres/credentials.ts';
import { ensureDataFolder, layoutOf } from '../../platform/postgres/folder.ts';
import type { Recovery } from '../../platform/postgres/recover.ts';
import { clusterAccount } from '../../platform/postgres/running.ts';
import { embeddedServers, type ScratchServers } from '../../platform/postgres/scratch-servers.ts';
import { Damaged } from '../backup/damaged.ts';
import { type BaseManifest, finishedBackups, readManifest } from '../backup/manifest.ts';
import { readObject, type Vault } from '../backup/objects.ts';
import { readTar } from '../backup/tar.ts';
import { fetchWal, findWal } from '../backup/wal.ts';
import { findWalPath } from '../backup/wal-path.ts';

export type RestoreOptions = {
  readonly vault: Vault;
  /** Made; it must not hold anything. */
  readonly dataDirectory: string;
  readonly base: BaseManifest;
  readonly target: Recovery['target'];
  /** Who replays the log. Default: the programs that npm brought. */
  readonly servers?: Pick<ScratchServers, 'recover'>;
  /** Told when a part begins. */
  readonly onPhase?: (phase: RestorePhase) => void;
  readonly onSlow?: (seconds: number) => void;
};

export type RestorePhase = 'files' | 'log' | 'replay';

/**
 * Makes a data folder out of a base backup and the write-ahead log. Every file is compared with the manifest before a server touches it. No
 * server runs when this resolves; whoever starts one on it must open a new epoch before the service (`openEpochs`). Throws Damaged or a
 * UserError, and leaves an empty folder.
 */
export async function restoreBase(options: RestoreOptions): Promise<void> {
  const { base, target } = options;
  const folder = await emptyFolder(options.dataDirectory);
  if (typeof target === 'number' && target < base.finishedAt)
    throw new UserError(
      'RESTORE_TARGET',
      `The time is ${iso(target)}, expected one after ${iso(base.finishedAt)}, when ${base.key} was whole`,
    );
  try {
    await fill(options, folder);
  } catch (error) {
    for (const name of readdirSync(options.dataDirectory))
      await rm(join(options.dataDirectory, name), { recursive: true, force: true });
    throw error;
  }
}

type Folder = { readonly cluster: string; readonly walIn: string };

async function fill(options: RestoreOptions, folder: Folder): Promise<void> {
  const { vault, base, target, servers = embeddedServers, onPhase = () => undefined } = options;
  onPhase('files');
  await unpack(vault, base, folder.cluster);
  onPhase('log');
  const path = await findWalPath(vault, base, typeof target === 'number' ? 'moment' : target);
  for (const name of [...path.histories, ...path.segments]) {
    const file = await findWal(vault.storage, name);
    if (file === null) throw new Damaged(`${name} was there a moment ago, and is missing`);
    await fetchWal(vault, file, folder.walIn);
  }
  onPhase('replay');
  await servers.recover({
    dataDirectory: options.dataDirectory,
    walIn: folder.walIn,
    target,
    onSlow: options.onSlow ?? (() => undefined),
  });
  await rm(folder.walIn, { recursive: true });
}

/** The newest base backup, or the newest that was whole before an instant (ms). Throws a UserError where there is none. */
export async function chooseBase(vault: Vault, before: number = Number.POSITIVE_INFINITY): Promise<BaseManifest> {
  const keys = await finishedBackups(vault.storage, 'base');
  for (const key of [...keys].reverse()) {
    const manifest = await readBase(vault, key);
    if (manifest.finishedAt <= before) return manifest;
  }
  const what = Number.isFinite(before) ? ` that was whole before ${iso(before)}` : '';
  throw new UserError('NO_BACKUP', `There is no base backup${what} in ${vault.storage.description}`);
}

export async function readBase(vault: Vault, key: string): Promise<BaseManifest> {
  const manifest = await readManifest(vault, key);
  if (manifest.kind !== 'base')
    throw new UserError('NO_BACKUP', `${key} is of kind ${manifest.kind}, expected a base backup`);
  return manifest;
}

async function emptyFolder(dataDirectory: string): Promise<Folder> {
  if (existsSync(dataDirectory) && readdirSync(dataDirectory).length > 0)
    throw new UserError(
      'RESTORE_FOLDER',
      `The folder "${dataDirectory}" holds something, expected an empty or a new one: nothing is restored over anything`,
    );
  ensureDataFolder(dataDirectory);
  const layout = layoutOf(dataDirectory);
  // Made anew: those of the server that was backed up are in no backup.
  loadCredentials(layout);
  return { cluster: layout.cluster, walIn: join(dataDirectory, 'wal-in') };
}

async function unpack(vault: Vault, base: BaseManifest, cluster: string): Promise<void> {
  const expected = new Map(base.files.map((file) => [file.path, file]));
  await own(cluster, 'folder');
  for await (const { entry, content } of readTar(readObject(vault, base.archive))) {
    const path = placeIn(cluster, entry.path);
    if (entry.kind === 'folder') await own(path, 'folder');
    else {
      const sha256 = await write(path, content());
      const file = expected.get(entry.path);
      if (file === undefined) throw new Damaged(`${base.key} holds ${entry.path}, which its manifest does not name`);
      if (file.bytes !== entry.bytes || file.sha256 !== sha256)
        throw new Damaged(
          `${entry.path} of ${base.key} has the SHA-256 ${sha256}, expected ${file.sha256}: a checksum mismatch`,
        );
      expected.delete(entry.path);
    }
  }
  const [missing] = expected.keys();
  if (missing !== undefined) throw new Damaged(`${base.key} lacks ${missing}, which its manifest names`);
}

/** What an archive says must not lead out of the folder. */
function placeIn(cluster: string, path: string): string {
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw new Damaged(`the archive holds a file called "${path}"`);
  return join(cluster, path);
}

async function write(path: string, chunks: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  {
    await using file = await open(path, 'wx', 0o600);
    for await (const chunk of chunks) {
      hash.update(chunk);
      await file.write(chunk);
    }
    await file.sync();
  }
  await own(path, 'file');
  return hash.digest('hex');
}

/** PostgreSQL starts on a folder only that belongs to its account, and that nobody else can enter. */
async function own(path: string, kind: 'file' | 'folder'): Promise<void> {
  if (kind === 'folder') {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
  }
  const account = clusterAccount();
  if (account !== null) await chown(path, account.uid, account.gid);
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

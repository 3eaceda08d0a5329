import { join } from 'node:path';
import type { Clock } from '../../platform/clock.ts';
import { InvalidInput, UserError } from '../../platform/errors.ts';
import { Damaged } from './damaged.ts';
import { finishedBackups, newBackupKey, type PlatformManifest, readManifest, storeManifest } from './manifest.ts';
import { readObject, storeObject, type Vault } from './objects.ts';
import type { PlatformSource } from './platform.ts';
import { emptyFolder, writeWhole } from './private-files.ts';

export type PlatformOptions = {
  readonly sources: readonly PlatformSource[];
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: () => string;
};

/** Copies all that the sources hold. Throws a UserError without a key: nothing of it may lie anywhere in plain sight. */
export async function takePlatform({ sources, vault, clock, random }: PlatformOptions): Promise<PlatformManifest> {
  if (vault.key === null)
    throw new UserError('NO_BACKUP_KEY', 'BACKUP_KEY is missing, expected it: secrets are never stored as they are');
  const takenAt = clock.now();
  const key = newBackupKey('platform', takenAt, random());
  const files: PlatformManifest['files'][number][] = [];
  for (const source of sources)
    for (const name of await source.names())
      files.push({ name, object: await storeObject(vault, `${key}/${files.length + 1}`, source.read(name)) });
  const manifest = { kind: 'platform', key, takenAt, finishedAt: clock.now(), files } as const;
  await storeManifest(vault, manifest);
  return manifest;
}

/** The manifest of a backup of the platform, of the newest when none is named. Throws a UserError where there is none, Damaged. */
export async function choosePlatform(vault: Vault, backup?: string): Promise<PlatformManifest> {
  const key = backup ?? (await finishedBackups(vault.storage, 'platform')).at(-1);
  if (key === undefined)
    throw new UserError('NO_BACKUP', `There is no backup of the platform in ${vault.storage.description}`);
  const manifest = await readManifest(vault, key);
  if (manifest.kind === 'platform') return manifest;
  throw new InvalidInput(
    '--backup',
    backup,
    'the key of a backup of the platform, such as platform/20261120T143000Z-1a2b',
  );
}

/** Its files below a folder that must be new or empty, for nobody else to read. Throws Damaged; what was damaged is not there then. */
export async function fetchPlatform(vault: Vault, { files }: PlatformManifest, folder: string): Promise<void> {
  await emptyFolder(folder);
  for (const { name, object } of files) {
    if (!SAFE.test(name) || name.split('/').includes('..')) throw new Damaged(`"${name}" is no name of a file`);
    await writeWhole(join(folder, name), readObject(vault, object));
  }
}

/** Below the folder, whatever a manifest says. */
const SAFE = /^[\w.-]+(\/[\w.@-]+)+$/;

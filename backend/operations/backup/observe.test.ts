import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderStorage } from './folder-storage.ts';
import { newBackupKey, one, storeManifest } from './manifest.ts';
import { storeObject, type Vault } from './objects.ts';
import { Observer } from './observe.ts';

let folder: string;
let vault: Vault;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heliograph-observe-'));
  vault = { storage: new FolderStorage(folder), key: null };
});
afterEach(() => rm(folder, { recursive: true }));

/** Answers where its one file lies. */
async function stored(takenAt: number): Promise<string> {
  const key = newBackupKey('platform', takenAt, 'x');
  const object = await storeObject(vault, `${key}/state`, one(Buffer.from('what Pulumi knows')));
  const manifest = { key, takenAt, finishedAt: takenAt, files: [{ name: 'state', object }] };
  await storeManifest(vault, { kind: 'platform', ...manifest });
  return join(folder, object.key);
}

it('takes no backup for whole of which a file was cut off, but the one before it', async () => {
  await stored(1_000);
  const newest = await stored(2_000);
  const observer = new Observer(vault);
  const reaches = async () => (await observer.look()).platform?.reaches;
  expect(await reaches()).toBe(2_000);
  await truncate(newest, 1);
  expect(await reaches()).toBe(1_000);
});

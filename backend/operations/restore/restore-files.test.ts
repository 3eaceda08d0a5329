import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeTestFolder } from '../../platform/postgres/testing-server.ts';
import { FolderStorage } from '../backup/folder-storage.ts';
import type { BaseManifest } from '../backup/manifest.ts';
import { storeObject, type Vault } from '../backup/objects.ts';
import { TAR_END, tarHead, tarPadding } from '../backup/tar.ts';
import { restoreBase } from './restore.ts';

const PATH = 'PG_VERSION';
const content = Buffer.from('18\n');
const sha256 = createHash('sha256').update(content).digest('hex');

let folder: string;
let vault: Vault;
beforeEach(async () => {
  folder = await makeTestFolder();
  vault = { storage: new FolderStorage(join(folder, 'backups')), key: null };
});
afterEach(() => rm(folder, { recursive: true }));

/** Restores an archive of one file, of which its manifest says these; of its log nothing is stored. */
async function restored(files: BaseManifest['files']): Promise<void> {
  const archive = await storeObject(
    vault,
    'base/one/files.tar',
    (async function* () {
      yield tarHead({ path: PATH, kind: 'file', bytes: content.length });
      yield content;
      yield tarPadding(content.length);
      yield TAR_END;
    })(),
  );
  const base: BaseManifest = {
    ...{ kind: 'base', key: 'base/one', takenAt: 1, finishedAt: 2, serverVersion: '18', systemIdentifier: '1' },
    ...{ timeline: 1, startLsn: '0/3000028', stopLsn: '0/4000120', walSegmentBytes: 16 * 1024 * 1024, files, archive },
    inventory: { migrations: [], extensions: [], roles: [], tables: [], samples: [] },
  };
  await restoreBase({ vault, base, dataDirectory: join(folder, 'data'), target: 'newest' });
}

const file = { path: PATH, bytes: content.length, sha256 };

it.each([
  ['has another SHA-256', [{ ...file, sha256: sha256.replace(/./g, '0') }], `has the SHA-256 ${sha256}, expected 0000`],
  ['has another size', [{ ...file, bytes: 4 }], 'a checksum mismatch'],
  ['is named nowhere', [], 'base/one holds PG_VERSION, which its manifest does not name'],
  ['is not there', [file, { ...file, path: 'base/1' }], 'base/one lacks base/1, which its manifest names'],
])('refuses an archive of which a file %s, and leaves an empty folder', async (_, files, told) => {
  await expect(restored(files)).rejects.toThrow(told);
  expect(readdirSync(join(folder, 'data'))).toEqual([]);
});

it('asks for the log when all files are as the manifest says', async () => {
  await expect(restored([file])).rejects.toThrow('000000010000000000000003 of the write-ahead log is missing');
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderStorage } from './folder-storage.ts';
import { storageContract } from './storage.contract.ts';

storageContract('FolderStorage', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-storage-'));
  return {
    storage: new FolderStorage(folder),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
});

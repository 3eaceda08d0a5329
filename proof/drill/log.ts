import { setTimeout as sleep } from 'node:timers/promises';
import { FolderStorage } from '../../backend/operations/backup/folder-storage.ts';
import { findWal, storedWal } from '../../backend/operations/backup/wal.ts';
import { SEGMENT } from '../../backend/operations/backup/wal-names.ts';
import type { Service } from './service.ts';

/** Longer than a segment waits that is not full, and the next look at what is archived. */
const WAL_SECONDS = 240;

/** Waits until the service has stored its log beyond a moment, by its own jobs. Answers up to when it is. */
export async function logAfter(service: Service, at: number): Promise<number> {
  const storage = new FolderStorage(service.backups);
  for (const deadline = performance.now() + WAL_SECONDS * 1_000; performance.now() < deadline; await sleep(5_000)) {
    service.signal.throwIfAborted();
    const last = (await storedWal(storage)).findLast(({ name }) => SEGMENT.test(name));
    const newest = last === undefined ? 0 : ((await findWal(storage, last.name))?.writtenAt ?? 0);
    if (newest > at) return newest;
  }
  throw new Error(`no log was stored within ${WAL_SECONDS} s`);
}

import { open, rm, stat } from 'node:fs/promises';
import type { CursorStore } from '../cursor-store.ts';
import { FollowError } from '../errors.ts';
import { fileCursorStore } from '../file-cursor-store.ts';
import { type UsageError, wrong } from './arguments.ts';

const NO_FOLDER = 'a file in a folder that exists';
const NOT_ALLOWED = 'a file that this user may read, in a folder that this user may write to';
const expectedAt: Readonly<Record<string, string>> = {
  ENOENT: NO_FOLDER,
  ENOTDIR: NO_FOLDER,
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  EROFS: NOT_ALLOWED,
};

/** The store behind `--cursor-file`. Throws UsageError for a place that cannot be kept there, long before there is one to keep. */
export async function openCursorFile(path: string): Promise<CursorStore> {
  const store = fileCursorStore(path);
  try {
    await refuseWhatIsNoFile(path);
    await store.load();
    await writeBeside(path);
  } catch (error) {
    throw explained(path, error);
  }
  return store;
}

export function notACursor(path: string): UsageError {
  return wrong('--cursor-file', path, 'a file that holds a cursor as this service gave it; delete it to start anew');
}

async function refuseWhatIsNoFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found?.isDirectory()) throw wrong('--cursor-file', path, 'a file, not a folder');
  if (found?.isFile() === false) throw wrong('--cursor-file', path, 'a regular file');
}

/** What a save does first. Permissions alone would not tell of a file system that is read-only. */
async function writeBeside(path: string): Promise<void> {
  const beside = `${path}.new`;
  await using file = await open(beside, 'w');
  await file.sync();
  await rm(beside);
}

function explained(path: string, error: unknown): unknown {
  if (error instanceof FollowError) return notACursor(path);
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  return wrong('--cursor-file', path, expectedAt[code] ?? `a file that can be written (${code})`);
}

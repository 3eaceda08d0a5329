import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CursorStore } from './cursor-store.ts';
import { FollowError } from './errors.ts';

/**
 * Keeps the cursor in a file of one line. A save is written beside it, synced and renamed over it, so that a crash at any moment leaves the
 * old cursor or the new one. One process per file.
 */
export function fileCursorStore(path: string): CursorStore {
  return {
    async load() {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      if (text === null) return null;
      const cursor = text.trim();
      // Taken for "nothing stored", a damaged file would skip silently to the live end.
      if (!/^[\x21-\x7e]+$/.test(cursor)) {
        throw new FollowError(
          'BAD_CURSOR_FILE',
          `Cursor file ${JSON.stringify(path)} holds no cursor, expected one line; delete it to start anew`,
        );
      }
      return cursor;
    },

    async save(cursor) {
      const beside = `${path}.new`;
      await writeSynced(beside, `${cursor}\n`);
      await rename(beside, path);
      await syncFolder(dirname(path));
    },
  };
}

async function writeSynced(path: string, text: string): Promise<void> {
  await using file = await open(path, 'w');
  await file.writeFile(text);
  await file.sync();
}

/** Without it the rename itself may be lost by a power cut. Windows cannot open a folder, and keeps its metadata in a journal. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using folder = await open(path, 'r');
  await folder.sync();
}

import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AlreadyStored, type BackupStorage, checkKey, NotStored, type Stored } from './storage.ts';

/** What is being written, and what a process that was killed left of it. */
const DRAFTS = '.drafts';

/** Backups in a folder, which had better be on another disk, or another machine, than the database. */
export class FolderStorage implements BackupStorage {
  readonly description: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.description = `the folder ${folder}`;
  }

  async put(key: string, chunks: AsyncIterable<Buffer>): Promise<void> {
    const path = this.#path(key);
    const drafts = join(this.#folder, DRAFTS);
    const draft = join(drafts, randomUUID());
    for (const folder of [drafts, dirname(path)]) await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      // flush: on the disk before it is closed.
      await pipeline(chunks, createWriteStream(draft, { flush: true, mode: 0o600 }));
      // A link, unlike a move, takes the place of nothing.
      await link(draft, path);
    } catch (error) {
      throw hasCode(error, 'EEXIST') ? new AlreadyStored(key) : error;
    } finally {
      await rm(draft, { force: true });
    }
    for (let folder = dirname(path); folder.length >= this.#folder.length; folder = dirname(folder))
      await syncFolder(folder);
  }

  async *get(key: string): AsyncIterable<Buffer> {
    try {
      yield* createReadStream(this.#path(key), { highWaterMark: 256 * 1024 });
    } catch (error) {
      throw hasCode(error, 'ENOENT') ? new NotStored(key) : error;
    }
  }

  async list(prefix: string): Promise<readonly Stored[]> {
    const within = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const found = await this.#files(within);
    return found.filter(({ key }) => key.startsWith(prefix)).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async #files(within: string): Promise<Stored[]> {
    const entries = await readdir(join(this.#folder, within), { withFileTypes: true }).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    });
    const found: Stored[] = [];
    for (const entry of entries) {
      if (entry.name === DRAFTS) continue;
      const key = `${within}${entry.name}`;
      if (entry.isDirectory()) found.push(...(await this.#files(`${key}/`)));
      else {
        const { size, mtimeMs } = await stat(join(this.#folder, key));
        found.push({ key, bytes: size, storedAt: mtimeMs });
      }
    }
    return found;
  }

  #path(key: string): string {
    checkKey(key);
    return join(this.#folder, key);
  }
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

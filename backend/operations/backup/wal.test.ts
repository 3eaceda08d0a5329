import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FolderStorage } from './folder-storage.ts';
import { one } from './manifest.ts';
import type { Stored } from './storage.ts';
import { shipWal, storedWal } from './wal.ts';
import { segmentName } from './wal-names.ts';

const keyOf = (number: number): string => `wal/${segmentName(1, number, 16 * 1024 * 1024)}.json`;

/** One that is read through as a folder is: what is stored meanwhile is seen, or not, by where it happens to lie. */
class Unlucky extends FolderStorage {
  readonly #missed: readonly string[][];
  #listings = 0;

  constructor(folder: string, missed: readonly string[][]) {
    super(folder);
    this.#missed = missed;
  }

  override async list(prefix: string): Promise<readonly Stored[]> {
    const missed = this.#missed[this.#listings] ?? [];
    this.#listings += 1;
    return (await super.list(prefix)).filter(({ key }) => !missed.includes(key));
  }
}

it('has no gap that is none, whatever is stored while it is listed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-wal-'));
  try {
    const storage = new FolderStorage(folder);
    expect(await storedWal(storage)).toEqual([]);
    for (const number of [5, 6, 7, 8, 9]) await storage.put(keyOf(number), one(Buffer.from('{}')));
    const unlucky = new Unlucky(folder, [[keyOf(6), keyOf(8), keyOf(9)], [keyOf(8)]]);
    expect((await storedWal(unlucky)).map(({ key }) => key)).toEqual([keyOf(5), keyOf(6), keyOf(7)]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('leaves a file to who takes it away in the middle of its own try', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-wal-'));
  try {
    const path = join(folder, segmentName(1, 5, 16 * 1024 * 1024));
    for (const file of [path, `${path}.sha256`]) await writeFile(file, 'some');
    const vault = { storage: new FolderStorage(join(folder, 'backups')), key: null };
    const elsewhere = () => {
      rmSync(path);
      return 'name';
    };
    expect(await shipWal(folder, vault, elsewhere)).toBe(0);
    expect(await storedWal(vault.storage)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderStorage } from './folder-storage.ts';
import { one } from './manifest.ts';
import type { Stored } from './storage.ts';
import { fetchWal, findWal, shipWal, storedWal } from './wal.ts';
import { segmentName } from './wal-names.ts';

const nameOf = (number: number): string => segmentName(1, number, 16 * 1024 * 1024);
const keyOf = (number: number): string => `wal/${nameOf(number)}.json`;

let folder: string;
let out: string;
let letters: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heliograph-wal-'));
  out = join(folder, 'out');
  await mkdir(out);
  letters = 0;
});
afterEach(() => rm(folder, { recursive: true }));

const inFolder = () => new FolderStorage(join(folder, 'backups'));
const random = () => {
  letters += 1;
  return String(letters);
};

/** As a server leaves files of its log. */
async function left(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await writeFile(join(out, name), name);
    await writeFile(join(out, `${name}.sha256`), createHash('sha256').update(name).digest('hex'));
  }
}

const ship = () => shipWal(out, { storage: inFolder(), key: null }, random);

async function archived(...names: readonly string[]): Promise<number> {
  await left(...names);
  return ship();
}

const namesIn = async () => (await storedWal(inFolder())).map(({ name }) => name);
const contentsOf = async (name: string) =>
  (await readdir(join(folder, 'backups/wal'))).filter((file) => file.startsWith(`${name}-`));

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
  expect(await namesIn()).toEqual([]);
  for (const number of [5, 6, 7, 8, 9]) {
    await inFolder().put(`wal/${nameOf(number)}-1.gz`, one(Buffer.from('x')));
    await inFolder().put(keyOf(number), one(Buffer.from('{}')));
  }
  const unlucky = new Unlucky(join(folder, 'backups'), [[keyOf(6), keyOf(8), keyOf(9)], [keyOf(8)]]);
  expect((await storedWal(unlucky)).map(({ key }) => key)).toEqual([keyOf(5), keyOf(6), keyOf(7)]);
});

it('does not count a record whose content is gone, or empty', async () => {
  await archived(nameOf(5), nameOf(6), nameOf(7), nameOf(8), '00000002.history');
  expect(await namesIn()).toEqual(['00000002.history', nameOf(5), nameOf(6), nameOf(7), nameOf(8)].sort());
  const [gone = ''] = await contentsOf(nameOf(6));
  await rm(join(folder, 'backups/wal', gone));
  const [empty = ''] = await contentsOf(nameOf(7));
  await writeFile(join(folder, 'backups/wal', empty), '');
  expect(await namesIn()).toEqual(['00000002.history', nameOf(5), nameOf(8)].sort());
});

it('does not take what an attempt that died left for the content that the record names', async () => {
  await inFolder().put(`wal/${nameOf(5)}-dead.gz`, one(Buffer.from('half')));
  await archived(nameOf(5));
  expect(await namesIn()).toEqual([nameOf(5)]);
  await inFolder().put(`wal/${nameOf(5)}-other.gz`, one(Buffer.from('half')));
  await rm(join(folder, 'backups/wal', `${nameOf(5)}-1.gz`));
  expect(await namesIn()).toEqual([]);
});

it('stores a file once, though two take the log at the same time', async () => {
  const names = [nameOf(5), nameOf(6), nameOf(7)];
  await left(...names);
  await Promise.all([ship(), ship()]);
  for (const name of names) expect(await contentsOf(name)).toHaveLength(1);
  expect(await readdir(out)).toEqual([]);
});

it('says in a sentence that the content of a record is missing', async () => {
  await archived(nameOf(5));
  await rm(join(folder, 'backups/wal', `${nameOf(5)}-1.gz`));
  const record = await findWal(inFolder(), nameOf(5));
  if (record === null) throw new Error('there is no record');
  await expect(fetchWal({ storage: inFolder(), key: null }, record, join(folder, 'in'))).rejects.toMatchObject({
    name: 'Damaged',
    message: `wal/${nameOf(5)}-1.gz is missing, expected it as it was stored`,
  });
});

it('leaves a file to who takes it away in the middle of its own try', async () => {
  await left(nameOf(5));
  const elsewhere = () => {
    rmSync(join(out, nameOf(5)));
    return 'name';
  };
  expect(await shipWal(out, { storage: inFolder(), key: null }, elsewhere)).toBe(0);
  expect(await namesIn()).toEqual([]);
});

import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wholeOf } from './blocks.ts';
import { FolderStorage } from './folder-storage.ts';
import { readObject, type StoredObject, storeObject, type Vault } from './objects.ts';

const CHUNK = 64 * 1024;

let folder: string;
let vault: Vault;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heliograph-vault-'));
  vault = { storage: new FolderStorage(folder), key: randomBytes(32) };
});
afterEach(() => rm(folder, { recursive: true }));

async function* inParts(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const keep = (bytes: Buffer, name = 'a/b') => storeObject(vault, name, inParts(bytes, 10_007));
const read = (object: StoredObject, from: Vault = vault) => wholeOf(readObject(from, object));
const change = async ({ key }: StoredObject, how: (bytes: Buffer) => Buffer) =>
  writeFile(join(folder, key), how(await readFile(join(folder, key))));

describe('what is stored', () => {
  // Bytes that do not compress, so that their number decides how many chunks there are.
  it.each([0, 1, CHUNK - 100, CHUNK, 3 * CHUNK + 17])('comes back, %i bytes of it', async (length) => {
    const bytes = randomBytes(length);
    const object = await keep(bytes);
    expect(await read(object)).toEqual(bytes);
    expect(object.plain.bytes).toBe(length);
    expect((await readFile(join(folder, object.key))).length).toBe(object.stored.bytes);
  });

  it('comes back where nothing is encrypted, and can be read with other programs', async () => {
    vault = { ...vault, key: null };
    const object = await keep(Buffer.from('text'));
    expect(object).toMatchObject({ key: 'a/b.gz', encrypted: false });
    expect(await read(object)).toEqual(Buffer.from('text'));
  });

  it('holds nothing of the plain bytes, and differs each time', async () => {
    const bytes = Buffer.from('a secret '.repeat(1_000));
    const [first, second] = [await keep(bytes, 'one'), await keep(bytes, 'two')];
    const stored = await readFile(join(folder, first.key));
    expect(stored.includes('secret')).toBe(false);
    expect(stored).not.toEqual(await readFile(join(folder, second.key)));
  });

  it('is never overwritten, and a failure leaves nothing', async () => {
    await keep(Buffer.from('first'));
    await expect(keep(Buffer.from('second'))).rejects.toThrow('a/b.gz.enc is stored already');
    const failing = storeObject(
      vault,
      'c',
      (async function* () {
        yield Buffer.from('half');
        throw new Error('the disk is gone');
      })(),
    );
    await expect(failing).rejects.toThrow('the disk is gone');
    expect((await vault.storage.list('')).map(({ key }) => key)).toEqual(['a/b.gz.enc']);
    expect(await readdir(join(folder, '.drafts'))).toEqual([]);
  });
});

describe('a reader', () => {
  const bytes = randomBytes(3 * CHUNK);

  it.each([0, 30, CHUNK, 3 * CHUNK])('notices one flipped bit at byte %i', async (at) => {
    const object = await keep(bytes);
    await change(object, (stored) => {
      stored[at] = (stored[at] ?? 0) ^ 1;
      return stored;
    });
    await expect(read(object)).rejects.toMatchObject({ name: 'Damaged' });
  });

  it.each([0, 10, 20, 20 + CHUNK + 16, 2 * CHUNK])('notices that only %i bytes are left', async (length) => {
    const object = await keep(bytes);
    await change(object, (stored) => stored.subarray(0, length));
    await expect(read(object)).rejects.toMatchObject({ name: 'Damaged' });
  });

  it('notices chunks that were exchanged, and a tail that is not of it', async () => {
    const object = await keep(bytes);
    const size = CHUNK + 16;
    await change(object, (stored) =>
      Buffer.concat([
        stored.subarray(0, 20),
        stored.subarray(20 + size, 20 + 2 * size),
        stored.subarray(20, 20 + size),
        stored.subarray(20 + 2 * size),
      ]),
    );
    await expect(read(object)).rejects.toThrow('changed or cut off');
    const other = await keep(bytes, 'other');
    await change(other, (stored) => Buffer.concat([stored, Buffer.from('more')]));
    await expect(read(other)).rejects.toMatchObject({ name: 'Damaged' });
  });

  it('needs the key that it was stored with', async () => {
    const object = await keep(bytes);
    await expect(read(object, { ...vault, key: randomBytes(32) })).rejects.toThrow('another key');
    await expect(read(object, { ...vault, key: null })).rejects.toThrow('there is no BACKUP_KEY');
  });

  it('notices a change where nothing is encrypted', async () => {
    vault = { ...vault, key: null };
    const object = await keep(bytes);
    await change(object, (stored) => {
      stored[CHUNK] = (stored[CHUNK] ?? 0) ^ 1;
      return stored;
    });
    await expect(read(object)).rejects.toMatchObject({ name: 'Damaged' });
  });
});

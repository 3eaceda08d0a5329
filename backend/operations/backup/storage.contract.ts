import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AlreadyStored, type BackupStorage, NotStored } from './storage.ts';

type Opened = AsyncDisposable & { readonly storage: BackupStorage };

/** What every storage of backups promises, wherever it is. */
export function storageContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name} as a storage of backups`, () => {
    it('gives back what was put, byte for byte, however large the chunks', async () => {
      await using opened = await open();
      const { storage } = opened;
      const large = randomBytes(1_000_000);
      await storage.put(
        'base/1/files.tar',
        from(large.subarray(0, 10), large.subarray(10, 700_001), large.subarray(700_001)),
      );
      await storage.put('base/1/empty', from());
      expect((await read(storage, 'base/1/files.tar')).equals(large)).toBe(true);
      expect(await read(storage, 'base/1/empty')).toHaveLength(0);
    });

    it('overwrites nothing', async () => {
      await using opened = await open();
      const { storage } = opened;
      await storage.put('wal/1', from(Buffer.from('first')));
      await expect(storage.put('wal/1', from(Buffer.from('second')))).rejects.toThrow(AlreadyStored);
      expect((await read(storage, 'wal/1')).toString()).toBe('first');
    });

    it('lets one of two win that put under one key at the same time', async () => {
      await using opened = await open();
      const { storage } = opened;
      const both = await Promise.allSettled(['a', 'b'].map((text) => storage.put('wal/2', from(Buffer.from(text)))));
      const [won] = both.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect((await read(storage, 'wal/2')).toString()).toBe(['a', 'b'][won ?? -1]);
    });

    it('has nothing of what broke off before its end', async () => {
      await using opened = await open();
      const { storage } = opened;
      await expect(storage.put('wal/3', breakingOff())).rejects.toThrow('the disk is gone');
      await expect(read(storage, 'wal/3')).rejects.toThrow(NotStored);
      expect(await storage.list('')).toEqual([]);
      await storage.put('wal/3', from(Buffer.from('whole')));
      expect((await read(storage, 'wal/3')).toString()).toBe('whole');
    });

    it('lists by the beginning of keys, in their order, with sizes and times', async () => {
      await using opened = await open();
      const { storage } = opened;
      const began = Date.now() - 1_000;
      for (const key of ['b/2', 'a/1', 'b/10', 'b/1', 'bc/1', 'b/3']) await storage.put(key, from(Buffer.from(key)));
      const listed = await storage.list('b/');
      expect(listed.map(({ key, bytes }) => [key, bytes])).toEqual([
        ['b/1', 3],
        ['b/10', 4],
        ['b/2', 3],
        ['b/3', 3],
      ]);
      for (const { storedAt } of listed) expect(storedAt).toBeGreaterThanOrEqual(began);
      expect((await storage.list('b')).map(({ key }) => key)).toContain('bc/1');
      expect(await storage.list('nothing/')).toEqual([]);
    });

    it('takes no key that leads elsewhere', async () => {
      await using opened = await open();
      for (const key of ['../x', '/x', 'a//b', 'a/../b', '.hidden', ''])
        await expect(opened.storage.put(key, from(Buffer.from('x')))).rejects.toThrow('is no key of a backup');
    });
  });
}

async function* from(...chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

async function* breakingOff(): AsyncGenerator<Buffer> {
  yield randomBytes(300_000);
  throw new Error('the disk is gone');
}

/** All of it. */
export async function read(storage: BackupStorage, key: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of storage.get(key)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Cache, LONGEST_TEXT } from './cache.ts';

const LONG_MS = 60_000;

/** What every cache promises, wherever it keeps its values. `open` gives one that nobody else uses. */
export function cacheContract(name: string, open: () => Promise<AsyncDisposable & { readonly cache: Cache }>): void {
  describe(`${name} as a cache`, () => {
    it('gives back what was kept under a key, and nothing for any other', async () => {
      await using opened = await open();
      const { cache } = opened;
      await cache.set('a', 'first', LONG_MS);
      await cache.set('b', '{"name":"zweite ✓"}', LONG_MS);
      await cache.set('empty', '', LONG_MS);
      expect(await cache.get('a')).toBe('first');
      expect(await cache.get('b')).toBe('{"name":"zweite ✓"}');
      expect(await cache.get('empty')).toBe('');
      expect(await cache.get('c')).toBeNull();
    });

    it('keeps the newest of what is kept under one key', async () => {
      await using opened = await open();
      const { cache } = opened;
      await cache.set('a', 'first', LONG_MS);
      await cache.set('a', 'second', LONG_MS);
      expect(await cache.get('a')).toBe('second');
    });

    it('forgets what is too old', async () => {
      await using opened = await open();
      const { cache } = opened;
      await cache.set('short', 'x', 20);
      await cache.set('long', 'x', LONG_MS);
      await sleep(40);
      expect(await cache.get('short')).toBeNull();
      expect(await cache.get('long')).toBe('x');
    });

    it('keeps a text of 256 KiB and none that is longer, nor what stood there before', async () => {
      await using opened = await open();
      const { cache } = opened;
      const longest = 'x'.repeat(LONGEST_TEXT);
      await cache.set('a', longest, LONG_MS);
      expect(await cache.get('a')).toBe(longest);
      await cache.set('a', `${longest}x`, LONG_MS);
      expect(await cache.get('a')).toBeNull();
      // Bytes are counted, not letters.
      await cache.set('a', 'ä'.repeat(LONGEST_TEXT - 1), LONG_MS);
      expect(await cache.get('a')).toBeNull();
    });

    it('keeps nothing for no time', async () => {
      await using opened = await open();
      const { cache } = opened;
      await cache.set('a', 'x', LONG_MS);
      await cache.set('a', 'y', 0);
      expect(await cache.get('a')).toBeNull();
    });
  });
}

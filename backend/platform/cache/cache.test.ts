import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../metrics/registry.ts';
import { cacheContract } from './cache.contract.ts';
import { InProcessCache } from './cache.ts';
import { countedCache } from './counted-cache.ts';

const monotonic = (): number => performance.now();

cacheContract('InProcessCache', async () => ({
  cache: new InProcessCache({ bytes: 1_000_000, monotonic }),
  [Symbol.asyncDispose]: async () => undefined,
}));

describe('the bounds of a cache in the process', () => {
  it('drops what was used longest ago when there is more than it may hold', async () => {
    const cache = new InProcessCache({ bytes: 30, monotonic });
    for (const key of ['a', 'b', 'c']) await cache.set(key, '123456789', 60_000);
    expect(cache.bytes).toBe(30);
    await cache.get('a');
    await cache.set('d', '123456789', 60_000);
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((key) => cache.get(key)))).toEqual([
      '123456789',
      null,
      '123456789',
      '123456789',
    ]);
    expect(cache.bytes).toBe(30);
  });

  it('does not empty itself for a text that has no room', async () => {
    const cache = new InProcessCache({ bytes: 30, monotonic });
    await cache.set('a', '1', 60_000);
    await cache.set('b', 'x'.repeat(100), 60_000);
    expect(await cache.get('a')).toBe('1');
    expect(cache.bytes).toBe(2);
  });

  it('frees what is too old when it is asked for', async () => {
    let now = 0;
    const cache = new InProcessCache({ bytes: 30, monotonic: () => now });
    await cache.set('a', '1', 1_000);
    now = 999;
    expect(await cache.get('a')).toBe('1');
    now = 1_000;
    expect(await cache.get('a')).toBeNull();
    expect(cache.bytes).toBe(0);
  });
});

it('counts what is found and what is not, under its name', async () => {
  const metrics = createMetrics();
  const cache = countedCache(new InProcessCache({ bytes: 100, monotonic }), 'performance', metrics);
  await cache.get('a');
  await cache.set('a', '1', 60_000);
  await cache.get('a');
  await cache.get('a');
  const page = await metrics.render();
  expect(page).toContain('cache_hits_total{cache="performance"} 2\n');
  expect(page).toContain('cache_misses_total{cache="performance"} 1\n');
});

import { describe, expect, it } from 'vitest';
import { randomOf } from '../../platform/random.ts';
import { Backoff } from './backoff.ts';

const waits = (seed: string, count: number) => {
  const backoff = new Backoff({ base: 500, cap: 30_000, random: randomOf(seed) });
  return Array.from({ length: count }, () => backoff.next());
};

describe('the waits of a backoff', () => {
  it('lie between the shortest and the longest one, and no more than three times the last apart', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const drawn = waits(`seed ${seed}`, 30);
      expect(Math.min(...drawn)).toBeGreaterThanOrEqual(500);
      expect(Math.max(...drawn)).toBeLessThanOrEqual(30_000);
      expect(drawn.filter((wait, index) => wait > 3 * (drawn[index - 1] ?? 500) + 1)).toEqual([]);
    }
  });

  it('grow to the longest one while nothing succeeds', () => {
    const late = Array.from({ length: 200 }, (_, seed) => waits(`seed ${seed}`, 20).slice(10)).flat();
    expect(late.filter((wait) => wait === 30_000).length).toBeGreaterThan(late.length / 3);
  });

  it('differ between clients', () => {
    expect(new Set(Array.from({ length: 50 }, (_, seed) => waits(`seed ${seed}`, 1)[0])).size).toBeGreaterThan(40);
  });

  it('start from the shortest one after a reset', () => {
    const backoff = new Backoff({ base: 500, cap: 30_000, random: randomOf('reset') });
    for (let index = 0; index < 20; index += 1) backoff.next();
    backoff.reset();
    expect(backoff.next()).toBeLessThanOrEqual(1_500);
  });
});

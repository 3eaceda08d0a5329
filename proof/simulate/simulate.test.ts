import { describe, expect, it } from 'vitest';
import { WATERMARK_BYTES } from '../../backend/delivery/gateway/catch-up.ts';
import { BUGS, type Bug } from './bugs.ts';
import { runSeed } from './run-seed.ts';

/** What must be among what a mistake leads to. */
const FOUND_BY = {
  'seq-before-write': /client \d+: .*events lost/,
  'checkpoint-skipped': /client \d+: .*continues/,
  'wake-up-trusted': /client \d+: .*(heard nothing|events lost)/,
} as const satisfies Record<Bug, RegExp>;

/** The first violation within so many seeds, null when there is none. */
async function firstViolation(seeds: number, bug: Bug | null): Promise<string | null> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { violations } = await runSeed(seed, bug);
    if (violations.length > 0) return `seed ${seed}: ${violations.join('; ')}`;
  }
  return null;
}

describe('the simulation of delivery', () => {
  it('finds nothing wrong with what is there', async () => {
    expect(await firstViolation(10, null)).toBe(null);
  });

  it.each(BUGS)('finds the mistake %s, by what it does to clients', async (bug) => {
    expect(await firstViolation(40, bug)).toMatch(FOUND_BY[bug]);
  });

  it('comes to clients that read so slowly that they are given up', async () => {
    const seen = [];
    for (let seed = 1; seed <= 20; seed += 1) seen.push((await runSeed(seed)).seen);
    expect(seen.filter(({ mostWaiting }) => mostWaiting > WATERMARK_BYTES).length).toBeGreaterThan(0);
    expect(seen.filter(({ slow }) => slow > 0).length).toBeGreaterThan(0);
  });

  it('plays a seed the same way each time, and another one another way', async () => {
    const [once, again, other] = [await runSeed(3), await runSeed(3), await runSeed(4)];
    expect(again).toEqual(once);
    expect(other.trace).not.toBe(once.trace);
    // A mistake shows itself again in the same words.
    expect(await runSeed(2, 'wake-up-trusted')).toEqual(await runSeed(2, 'wake-up-trusted'));
  });
});

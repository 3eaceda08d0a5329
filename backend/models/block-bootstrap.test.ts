import { describe, expect, it } from 'vitest';
import type { Interval } from '../outcomes/statistics.ts';
import { blockBootstrap } from './block-bootstrap.ts';
import { clusters } from './clusters.fixture.ts';

describe('blockBootstrap', () => {
  it('covers the true mean in about 95 of 100 samples although the entries of a block share their luck', () => {
    let covered = 0;
    let coveredOneByOne = 0;
    for (let sample = 0; sample < 150; sample++) {
      const { values, block } = clusters(sample, 40, 8);
      const { interval, blocks } = blockBootstrap(values, block, 200, sample);
      expect(blocks).toBe(40);
      if (holdsZero(interval)) covered++;
      const single = blockBootstrap(values, Int32Array.from(values.keys()), 200, sample).interval;
      if (holdsZero(single)) coveredOneByOne++;
    }
    // 150 tries at 95 %: three standard errors are 5.3 %. A percentile bootstrap of 40 blocks falls about 1 % short.
    expect(covered / 150).toBeGreaterThan(0.88);
    expect(coveredOneByOne / 150).toBeLessThan(0.75);
  });

  it('weighs a block by its entries', () => {
    const { interval } = blockBootstrap(new Float64Array(6).fill(0.25), Int32Array.of(1, 2, 2, 2, 3, 3), 50, 1);
    expect(interval).toMatchObject({ low: 0.25, high: 0.25 });
  });

  it('gives no interval from a single block', () => {
    expect(blockBootstrap(Float64Array.of(1, 2), Int32Array.of(3, 3), 100, 1)).toEqual({ interval: null, blocks: 1 });
  });

  it('depends on the seed alone', () => {
    const { values, block } = clusters(1, 12, 3);
    expect(blockBootstrap(values, block, 100, 7)).toEqual(blockBootstrap(values, block, 100, 7));
    expect(blockBootstrap(values, block, 100, 7)).not.toEqual(blockBootstrap(values, block, 100, 8));
  });
});

function holdsZero(interval: Interval | null): boolean {
  return interval !== null && interval.low <= 0 && interval.high >= 0;
}

import { describe, expect, it } from 'vitest';
import { bootstrapInterval, maxDrawdown, mean, profitFactor, wilsonInterval } from './statistics.ts';

// A linear congruential generator with the constants of Numerical Recipes: enough to draw samples with.
function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('wilsonInterval', () => {
  // The first four are method 3 of table I in R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
    [10, 10, 0.7225, 1],
  ])('of %d in %d is %d to %d', (hits, n, low, high) => {
    const interval = wilsonInterval(hits, n);
    expect(interval?.low).toBeCloseTo(low, 4);
    expect(interval?.high).toBeCloseTo(high, 4);
    expect(interval?.level).toBe(0.95);
  });

  it('is null without observations', () => {
    expect(wilsonInterval(0, 0)).toBeNull();
  });
});

describe('bootstrapInterval', () => {
  const values = Array.from({ length: 200 }, (_, index) => (index % 5 === 0 ? 1.5 : -0.25));

  it('is the same for the same numbers and another for others', () => {
    expect(bootstrapInterval(values, lcg(7), 500)).toEqual(bootstrapInterval(values, lcg(7), 500));
    expect(bootstrapInterval(values, lcg(8), 500)).not.toEqual(bootstrapInterval(values, lcg(7), 500));
  });

  it('holds the true mean in about 95 of 100 samples', () => {
    const random = lcg(3);
    let held = 0;
    for (let trial = 0; trial < 300; trial++) {
      const sample = Array.from({ length: 100 }, () => random() - 0.5);
      const interval = bootstrapInterval(sample, random, 200);
      if (interval && interval.low <= 0 && interval.high >= 0) held++;
    }
    expect(held / 300).toBeGreaterThan(0.87);
    expect(held / 300).toBeLessThan(0.99);
  });

  it('is wider for values that come in runs, which single draws would not see', () => {
    const runs = Array.from({ length: 216 }, (_, index) => (Math.floor(index / 6) % 2 === 0 ? 1 : -1));
    const mixed = Array.from({ length: 216 }, (_, index) => (index % 2 === 0 ? 1 : -1));
    const width = (sample: number[]) => {
      const interval = bootstrapInterval(sample, lcg(1), 1_000);
      return interval ? interval.high - interval.low : 0;
    };
    expect(width(runs)).toBeGreaterThan(4 * width(mixed));
  });

  it('is null below two values', () => {
    expect(bootstrapInterval([1], lcg(1), 100)).toBeNull();
  });
});

describe('sums of R', () => {
  it('puts gains over losses, and is null when nothing was lost', () => {
    expect(profitFactor([1.5, -1, 1.5, -1, 0])).toBe(1.5);
    expect(profitFactor([1, 2])).toBeNull();
    expect(profitFactor([])).toBeNull();
    expect(profitFactor([-1])).toBe(0);
  });

  it('finds the deepest fall, also one from the start', () => {
    expect(maxDrawdown([1, -2, 0.5, -1, 3])).toBe(2.5);
    expect(maxDrawdown([-1, -1])).toBe(2);
    expect(maxDrawdown([1, 1])).toBe(0);
    expect(maxDrawdown([])).toBeNull();
  });

  it('has no mean of nothing', () => {
    expect(mean([])).toBeNull();
    expect(mean([1, 2])).toBe(1.5);
  });
});

import { describe, expect, it } from 'vitest';
import { Random, randomOf } from './random.ts';

const take = (count: number, draw: () => number) => Array.from({ length: count }, draw);

describe('Random', () => {
  it('gives the numbers of the reference implementation', () => {
    const random = new Random([1, 2, 3, 4]);
    // Published for xoshiro128starstar.c 1.1 with the state 1, 2, 3, 4.
    const published = [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ];
    expect(take(10, () => random.next())).toEqual(published);
  });

  it('gives equal streams for equal texts and others for others', () => {
    const [one, same, other] = [randomOf('7\na'), randomOf('7\na'), randomOf('7\nb')].map((random) =>
      take(5, () => random.next()),
    );
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
  });

  it('draws uniform numbers in [0, 1) and whole numbers in their range', () => {
    const random = randomOf('range');
    const uniforms = take(10_000, () => random.uniform());
    expect(Math.min(...uniforms)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniforms)).toBeLessThan(1);
    expect(new Set(take(1_000, () => random.integer(3, 7)))).toEqual(new Set([3, 4, 5, 6]));
  });

  it('draws normal numbers with mean 0, variance 1 and tails as heavy as they should be', () => {
    const random = randomOf('normal');
    const count = 50_000;
    const normals = take(count, () => random.normal());
    const mean = normals.reduce((sum, x) => sum + x, 0) / count;
    const variance = normals.reduce((sum, x) => sum + x * x, 0) / count - mean * mean;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
    expect(normals.filter((x) => Math.abs(x) > 1.96).length / count).toBeCloseTo(0.05, 2);
  });
});

import { describe, expect, it } from 'vitest';
import { fitStandardisation, standardise, Z_LIMIT, zScore } from './standardise.ts';

describe('standardise', () => {
  // Three features; the fourth row is no training row.
  const x = Float64Array.of(1, 10, 0.1, 2, 20, 0.1, 3, 60, 0.1, 1e6, 1e6, 1e6);
  const rows = Int32Array.of(0, 1, 2);
  const fitted = fitStandardisation(x, 3, rows);

  it('gives mean 0 and variance 1 over the training rows, which alone decide', () => {
    const z = standardise(x, 3, rows, fitted);
    for (const feature of [0, 1]) {
      const column = [0, 1, 2].map((row) => z[row * 3 + feature] ?? Number.NaN);
      expect(column.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12);
      expect(column.reduce((sum, value) => sum + value * value, 0) / 3).toBeCloseTo(1, 12);
    }
    expect([...fitted.mean.subarray(0, 2)]).toEqual([2, 30]);
  });

  it('leaves out a feature that never moved, although its mean is not exact', () => {
    expect(fitted.scale[2]).toBe(0);
    expect(zScore(fitted, 1e6, 2)).toBe(0);
  });

  it('cuts what lies further out than the limit on either side', () => {
    expect(zScore(fitted, 1e6, 0)).toBe(Z_LIMIT);
    expect(zScore(fitted, -1e6, 0)).toBe(-Z_LIMIT);
    expect(zScore(fitted, 2.5, 0)).toBeCloseTo(0.5 / Math.sqrt(2 / 3), 12);
  });
});

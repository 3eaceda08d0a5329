import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logReturn } from './log-return.ts';

describe('the logarithm of a return', () => {
  it('has fifteen digits for moves of up to 2 %, and is as good as the quotient for larger ones', () => {
    const price = fc.double({ min: 0.01, max: 1e6, noNaN: true });
    const move = fc.oneof(
      fc.double({ min: -0.03, max: 0.03, noNaN: true }),
      fc.double({ min: -0.9, max: 9, noNaN: true }),
    );
    fc.assert(
      fc.property(price, move, (previous, part) => {
        const close = previous * (1 + part);
        const exact = Math.log1p((close - previous) / previous);
        const tolerance = Math.abs(exact) < 0.0199 ? 1e-15 * Math.abs(exact) : 2e-15 * Math.max(0.1, Math.abs(exact));
        expect(Math.abs(logReturn(close, previous) - exact)).toBeLessThanOrEqual(tolerance);
      }),
      { numRuns: 10_000 },
    );
  });

  it('is exactly zero where nothing has moved, and of one size up and down', () => {
    expect(logReturn(167.65, 167.65)).toBe(0);
    expect(logReturn(100, 101)).toBe(-logReturn(101, 100));
  });
});

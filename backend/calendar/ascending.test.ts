import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ascending } from './ascending.ts';

describe('an ascending row', () => {
  it('finds the last value at or below the given one, whatever was asked before', () => {
    const rows = fc
      .uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 12 })
      .map((row) => row.toSorted((a, b) => a - b));
    const questions = fc.array(
      fc.integer({ min: -2, max: 42 }).map((value) => value + 0.5 * (value % 2)),
      { minLength: 5 },
    );
    fc.assert(
      fc.property(rows, questions, (row, values) => {
        const ascending = new Ascending(row);
        for (const value of values) expect(ascending.floor(value)).toBe(row.findLastIndex((step) => step <= value));
      }),
    );
  });

  it.each([[[1, 1]], [[1, 3, 2]], [[1, Number.NaN]]])('refuses %j, which a search would answer wrongly', (row) => {
    expect(() => new Ascending(row)).toThrow('is not greater than the one before it');
  });
});

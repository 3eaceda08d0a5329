import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ranksOf } from './cross-section.ts';

const ranks = (...values: number[]): number[] => [...ranksOf(Float64Array.from(values))];

describe('ranksOf', () => {
  it('puts the lowest at 0, the highest at 1 and equal ones in the middle of their places', () => {
    expect(ranks(3, 1, 2)).toEqual([1, 0, 0.5]);
    expect(ranks(1, 5, 5, 9, 5)).toEqual([0, 0.5, 0.5, 1, 0.5]);
    expect(ranks(7, 7)).toEqual([0.5, 0.5]);
    expect(ranks(7)).toEqual([0.5]);
    expect(ranks()).toEqual([]);
  });

  it('is what counting says: the share of the others that are less, and half of those that are equal', () => {
    const few = fc.array(fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -3, max: 3 })), {
      minLength: 2,
      maxLength: 60,
    });
    fc.assert(
      fc.property(few, (values) => {
        const counted = values.map((value, index) => {
          const others = values.filter((_, place) => place !== index);
          const points = others.reduce((sum, other) => sum + (other < value ? 1 : Number(other === value) / 2), 0);
          return points / others.length;
        });
        for (const [index, rank] of ranks(...values).entries())
          expect(rank).toBeCloseTo(counted[index] ?? Number.NaN, 12);
      }),
    );
  });
});

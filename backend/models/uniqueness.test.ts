import { describe, expect, it } from 'vitest';
import { randomOf } from '../platform/random.ts';
import { at } from './numeric.ts';
import { averageUniqueness, type Spans } from './uniqueness.ts';

describe('averageUniqueness', () => {
  it('gives 1 to a span that stands alone and a third to three on the same bars', () => {
    const spans = spansOf([0, 0, 0, 0, 1], [2, 10, 10, 10, 10], [5, 12, 12, 12, 12]);
    expect([...averageUniqueness(spans, Int32Array.of(0, 1, 2, 3, 4))]).toEqual(
      [1, 1 / 3, 1 / 3, 1 / 3, 1].map((weight) => expect.closeTo(weight, 14)),
    );
  });

  it('counts only the rows it is given', () => {
    const spans = spansOf([0, 0], [3, 3], [4, 4]);
    expect([...averageUniqueness(spans, Int32Array.of(1))]).toEqual([1]);
  });

  it('agrees with counting bar by bar', () => {
    const random = randomOf(String(1));
    const from = Array.from({ length: 200 }, () => Math.floor(random.uniform() * 300));
    const spans = spansOf(
      from.map((_, i) => i % 3),
      from,
      from.map((start) => start + Math.floor(random.uniform() * 40)),
    );
    const rows = Int32Array.from(from.keys().filter((i) => i % 4 !== 0));
    const fast = averageUniqueness(spans, rows);
    rows.forEach((row, i) => {
      expect(at(fast, i)).toBeCloseTo(slowUniqueness(spans, rows, row), 12);
    });
  });
});

function spansOf(instrument: number[], from: number[], to: number[]): Spans {
  return { instrument: Int32Array.from(instrument), spanFrom: Int32Array.from(from), spanTo: Int32Array.from(to) };
}

function slowUniqueness(spans: Spans, rows: Int32Array, row: number): number {
  let sum = 0;
  for (let bar = at(spans.spanFrom, row); bar <= at(spans.spanTo, row); bar++) {
    const alive = rows.filter(
      (other) =>
        spans.instrument[other] === spans.instrument[row] &&
        at(spans.spanFrom, other) <= bar &&
        bar <= at(spans.spanTo, other),
    );
    sum += 1 / alive.length;
  }
  return sum / (at(spans.spanTo, row) - at(spans.spanFrom, row) + 1);
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newRecentBars, placeOf } from './recent-bars.ts';
import { deviation, mean, SUMS, slide, sumAnew } from './sliding-moments.ts';

const N = 20;

describe('mean and deviation of the last 20 values', () => {
  it('keep nine digits over 100,000 values that lie far from zero', () => {
    expectExact(Array.from({ length: 100_000 }, (_, i) => 1e6 + Math.sin(i * i) * 0.01));
  });

  it('keep nine digits when a storm is followed by calm', () => {
    const storm = Array.from({ length: 500 }, (_, i) => 1e9 * Math.abs(Math.sin(i * 7)));
    const calm = Array.from({ length: 500 }, (_, i) => 3 + 1e-6 * Math.cos(i * 3));
    expectExact([...storm, ...calm, ...storm]);
  });

  it('keep nine digits on a steep slope', () => {
    expectExact(Array.from({ length: 5_000 }, (_, i) => 1.01 ** i));
  });

  it('are exact when all values are equal, whatever came before', () => {
    const results = [...follow([...Array.from({ length: 40 }, (_, i) => 1e5 * Math.sin(i)), ...Array(60).fill(0.1)])];
    for (const { mean, deviation } of results.slice(-60 + N)) expect([mean, deviation]).toEqual([0.1, 0]);
  });

  it('keep nine digits on whatever values', () => {
    const anything = fc.double({ min: -1e6, max: 1e6, noNaN: true, noDefaultInfinity: true });
    fc.assert(fc.property(fc.array(anything, { minLength: 30, maxLength: 200 }), expectExact), { numRuns: 200 });
  });
});

function expectExact(values: readonly number[]): void {
  let last = N - 1;
  for (const { mean, deviation } of follow(values)) {
    const window = values.slice(last - N + 1, last + 1);
    const plain = plainMoments(window);
    const size = Math.max(...window.map(Math.abs));
    if (!(Math.abs(mean - plain.mean) <= 1e-9 * size)) expect.fail(`mean at ${last}: ${mean}, plainly ${plain.mean}`);
    // Below this a deviation is made of the rounding of the values themselves.
    const tolerance = Math.max(1e-9 * plain.deviation, 1e-15 * size);
    if (!(Math.abs(deviation - plain.deviation) <= tolerance))
      expect.fail(`deviation at ${last}: ${deviation}, plainly ${plain.deviation}`);
    last++;
  }
  expect(last).toBe(values.length);
}

/** As the engine does it: in the second column of rows that hold other things too. */
function* follow(values: readonly number[]): Generator<{ mean: number; deviation: number }> {
  const sums = new Float64Array(1 + SUMS).fill(Number.NaN);
  const recent = newRecentBars(2);
  const at = (index: number) => placeOf(recent.width, 1, index);
  for (const [index, value] of values.entries()) {
    recent.values[at(index)] = value;
    if (index < N - 1) continue;
    const holds = index >= N && slide(sums, 1, N, value, recent.values[at(index - N)] ?? Number.NaN);
    if (!holds) sumAnew(sums, 1, N, recent, 1, index);
    yield { mean: mean(sums, 1, N), deviation: deviation(sums, 1, N) };
  }
}

/** Two passes, from the middle value: nothing large is squared. */
function plainMoments(window: readonly number[]): { mean: number; deviation: number } {
  const origin = window[N / 2] ?? 0;
  const distances = window.map((value) => value - origin);
  const middle = distances.reduce((sum, value) => sum + value, 0) / N;
  const variance = distances.reduce((sum, value) => sum + (value - middle) ** 2, 0) / N;
  return { mean: origin + middle, deviation: Math.sqrt(variance) };
}

import { expect, it } from 'vitest';
import { type Sample, verdictOf } from './report.ts';

const day = (liveAt: (hour: number) => number, change: Partial<Sample> = {}): Sample[] =>
  Array.from({ length: 78 }, (_, index) => ({
    newest: (index + 1) * 300_000,
    live: liveAt(index / 12) * 2 ** 20,
    ...{ resident: 900 * 2 ** 20, bars: index + 1, events: index + 1 },
    ...change,
  }));
const isFlat = (samples: readonly Sample[]): boolean => verdictOf(samples, 0).isFlat;

it('takes what comes and goes for flat, also what fills until it is full, and what stays for growth', () => {
  expect(isFlat(day((hour) => 300 + 50 * (hour % 1)))).toBe(true);
  expect(isFlat(day((hour) => Math.min(400, 100 + 80 * hour)))).toBe(true);
  expect(isFlat(day((hour) => (hour < 0.9 ? 800 : 300)))).toBe(true);
  expect(isFlat(day((hour) => 100 + 10 * hour))).toBe(false);
});

it('says nothing of a day that is too short, or on which nothing was done', () => {
  expect(isFlat(day(() => 300).slice(0, 30))).toBe(false);
  expect(isFlat(day(() => 300, { events: 0 }))).toBe(false);
  expect(isFlat(day(() => 300, { events: Number.NaN }))).toBe(false);
});

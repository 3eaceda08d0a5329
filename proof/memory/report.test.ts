import { expect, it } from 'vitest';
import { type Sample, verdictOf } from './report.ts';

const day = (residentAt: (hour: number) => number): Sample[] =>
  Array.from({ length: 78 }, (_, index) => ({
    newest: (index + 1) * 300_000,
    resident: residentAt(index / 12) * 2 ** 20,
    ...{ heap: 0, bars: 0, signals: 0 },
  }));

it('takes what comes and goes for flat, and what stays for growth', () => {
  expect(
    verdictOf(
      day((hour) => 300 + 50 * (hour % 1)),
      0,
    ).isFlat,
  ).toBe(true);
  expect(
    verdictOf(
      day((hour) => 300 + 20 * hour),
      0,
    ).isFlat,
  ).toBe(false);
  expect(verdictOf(day(() => 300).slice(0, 20), 0).isFlat).toBe(false);
});

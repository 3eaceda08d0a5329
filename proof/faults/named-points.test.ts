import { expect, it } from 'vitest';
import { namedPoints, POINTS } from './named-points.ts';

const told = (...given: Parameters<typeof namedPoints>) =>
  namedPoints(...given).map(({ point, target, detail }) => `${point} ${target} ${detail}`);

it('strikes every point with every target', () => {
  const all = POINTS.flatMap((point) => ['node', 'postmaster', 'both'].map((target) => `${point} ${target}`));
  expect(namedPoints(POINTS, 1, 1).map(({ point, target }) => `${point} ${target}`)).toEqual(all);
});

it('strikes the same occurrences for the same seed and others for another', () => {
  expect(told(POINTS, 1, 3)).toEqual(told(POINTS, 1, 3));
  expect(told(POINTS, 1, 3)).not.toEqual(told(POINTS, 2, 3));
});

it('strikes no occurrence twice, and only the points that are wanted', () => {
  const strikes = told(['training.started', 'step.committed'], 1, 20);
  expect(new Set(strikes).size).toBe(strikes.length);
  expect(strikes.filter((text) => text.startsWith('training.started node'))).toEqual([
    'training.started node occurrence 1, minute by minute',
    'training.started node occurrence 1, all at once',
  ]);
  expect(strikes.every((text) => /^(training.started|step.committed) /.test(text))).toBe(true);
});

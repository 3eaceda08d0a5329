import { describe, expect, it } from 'vitest';
import { randomOf } from '../platform/random.ts';
import type { LogisticProblem } from './logistic.ts';
import { at, sigmoid } from './numeric.ts';
import { choosePenalty } from './penalty.ts';

describe('choosePenalty', () => {
  it('takes weak penalties where the features tell the label and strong ones where they do not', () => {
    const times = instants(600);
    const middleOf = (strength: number) => {
      const chosen = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((seed) =>
        choosePenalty(samples(600, strength, 16, seed), times, times),
      );
      expect(chosen.every(({ from }) => from === 'INNER_SPLIT')).toBe(true);
      return chosen.map(({ l2 }) => l2).toSorted((one, other) => one - other)[4];
    };
    expect(middleOf(2)).toBeLessThanOrEqual(0.01);
    expect(middleOf(0)).toBeGreaterThanOrEqual(1);
  });

  it('fits on no sample whose label reaches into the quarter that judges', () => {
    const clean = samples(1_200, 1, 4);
    const decisionTime = instants(1_200);
    // Half of the first three quarters carry turned labels and reach beyond the boundary.
    const turned = (i: number) => i < 900 && i % 2 === 0;
    const poisoned = { ...clean, y: clean.y.map((label, i) => (turned(i) ? 1 - label : label)) };
    const reaching = decisionTime.map((time, i) => (turned(i) ? time + 1_000 : time));
    expect(choosePenalty(poisoned, decisionTime, reaching).l2).toBeLessThanOrEqual(0.01);
    expect(choosePenalty(poisoned, decisionTime, decisionTime).l2).toBeGreaterThanOrEqual(1);
  });

  it('falls back to a fixed penalty where a part holds too little to choose by', () => {
    const times = instants(150);
    expect(choosePenalty(samples(150, 1, 4), times, times)).toEqual({ l2: 0.1, from: 'DEFAULT' });
    const oneSided = { ...samples(1_200, 0, 4), y: new Uint8Array(1_200) };
    expect(choosePenalty(oneSided, instants(1_200), instants(1_200))).toEqual({ l2: 0.1, from: 'DEFAULT' });
  });
});

/** k normal features; the log-odds of the label are `strength` times the first. */
function samples(n: number, strength: number, k: number, seed = 1): LogisticProblem {
  const random = randomOf(`penalty ${seed}`);
  const z = Float64Array.from({ length: n * k }, () => random.normal());
  const y = Uint8Array.from({ length: n }, (_, i) => (random.uniform() < sigmoid(strength * at(z, i * k)) ? 1 : 0));
  return { z, k, y, weight: new Float64Array(n).fill(1) };
}

function instants(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => i);
}

import { describe, expect, it } from 'vitest';
import { randomOf } from '../platform/random.ts';
import { buyAndHold, type Decisions, enterAt, randomEntries } from './baselines.ts';
import { clusters } from './clusters.fixture.ts';

describe('enterAt', () => {
  it('summarises the entries and says nothing where there is none', () => {
    const decisions = decisionsOf([0, 0, 0, 0], [1, 0, 1, 0], [1.5, -1, 1, -0.5]);
    expect(enterAt(decisions, Int32Array.of(0, 1, 2))).toMatchObject({
      n: 3,
      hits: 2,
      hitRate: 2 / 3,
      expectancyR: 0.5,
      profitFactor: 2.5,
    });
    expect(enterAt(decisions, new Int32Array())).toEqual({
      n: 0,
      hits: 0,
      hitRate: null,
      hitRate95: null,
      expectancyR: null,
      profitFactor: null,
    });
  });
});

describe('randomEntries', () => {
  it('finds the best stretch of the window improbable, and an average one ordinary', () => {
    const r = Array.from({ length: 400 }, (_, i) => (i >= 100 && i < 110 ? 1 : i % 2 === 0 ? 0.1 : -0.1));
    const decisions = decisionsOf(
      r.map(() => 0),
      r.map(() => 0),
      r,
    );
    const stretch = (from: number) => Int32Array.from({ length: 10 }, (_, i) => from + i);
    const alone = new Int32Array(10);
    const draws = { draws: 1_000, seed: 1 };
    const best = randomEntries(decisions, stretch(100), alone, draws);
    expect(best.pValue).toBeLessThan(0.02);
    expect(randomEntries(decisions, stretch(300), alone, draws).pValue).toBeGreaterThan(0.9);
    expect(best.meanR).toBeCloseTo(r.reduce((sum, value) => sum + value, 0) / 400, 1);
  });

  it('calls one lucky cluster luck: its p is that of the cluster, not of its entries', () => {
    let rejected = 0;
    for (let seed = 0; seed < 200; seed++) {
      const { values } = clusters(seed, 60, 10);
      const start = randomOf(`start ${seed}`).integer(0, 550);
      const entries = Int32Array.from({ length: 30 }, (_, i) => start + i);
      const decisions = decisionsOf(
        [...values].map(() => 0),
        [...values].map(() => 0),
        [...values],
      );
      const block = entries.map((entry) => Math.floor(entry / 20));
      if (randomEntries(decisions, entries, block, { draws: 200, seed }).pValue < 0.05) rejected++;
    }
    // A fair test rejects 5 % of 200; three standard errors more are 9.6 %.
    expect(rejected / 200).toBeLessThan(0.1);
  });

  it('keeps the number of entries of each instrument', () => {
    // Every decision of instrument 0 gives 1 R and of instrument 1 gives -1 R, so any other number would show.
    const decisions = decisionsOf([0, 1, 0, 1, 0, 1], [0, 0, 0, 0, 0, 0], [1, -1, 1, -1, 1, -1]);
    const { meanR, range95, pValue } = randomEntries(decisions, Int32Array.of(0, 2, 3), Int32Array.of(0, 5, 5), {
      draws: 100,
      seed: 1,
    });
    expect(meanR).toBeCloseTo(1 / 3, 12);
    expect(range95).toMatchObject({ low: 1 / 3, high: 1 / 3 });
    expect(pValue).toBe(1);
  });
});

describe('buyAndHold', () => {
  it('is the mean over the instruments of last close to first', () => {
    const result = buyAndHold(Int32Array.of(0, 1, 0, 1), Float64Array.of(100, 50, 110, 45));
    expect(result.instruments).toBe(2);
    expect(result.meanReturn).toBeCloseTo(0, 14);
  });
});

function decisionsOf(instrument: number[], y: number[], r: number[]): Decisions {
  return { instrument: Int32Array.from(instrument), y: Uint8Array.from(y), r: Float64Array.from(r) };
}

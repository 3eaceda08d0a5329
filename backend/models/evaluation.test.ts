import { describe, expect, it } from 'vitest';
import { randomOf } from '../market-data/simulated/random.ts';
import type { Interval } from '../outcomes/statistics.ts';
import { buyAndHold, type Decisions, enterAt, randomEntries } from './baselines.ts';
import { blockBootstrap } from './block-bootstrap.ts';
import { judgeEdge, MIN_BLOCKS, MIN_ENTRIES } from './edge.ts';
import { at } from './numeric.ts';

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

describe('blockBootstrap', () => {
  it('covers the true mean in about 95 of 100 samples although the entries of a block share their luck', () => {
    let covered = 0;
    let coveredOneByOne = 0;
    for (let sample = 0; sample < 150; sample++) {
      const { values, block } = clusters(sample, 40, 8);
      const { interval, blocks } = blockBootstrap(values, block, 200, sample);
      expect(blocks).toBe(40);
      if (holdsZero(interval)) covered++;
      const single = blockBootstrap(values, Int32Array.from(values.keys()), 200, sample).interval;
      if (holdsZero(single)) coveredOneByOne++;
    }
    // 150 tries at 95 %: three standard errors are 5.3 %. A percentile bootstrap of 40 blocks falls about 1 % short.
    expect(covered / 150).toBeGreaterThan(0.88);
    expect(coveredOneByOne / 150).toBeLessThan(0.75);
  });

  it('gives no interval from a single block', () => {
    expect(blockBootstrap(Float64Array.of(1, 2), Int32Array.of(3, 3), 100, 1)).toEqual({ interval: null, blocks: 1 });
  });

  it('depends on the seed alone', () => {
    const { values, block } = clusters(1, 12, 3);
    expect(blockBootstrap(values, block, 100, 7)).toEqual(blockBootstrap(values, block, 100, 7));
    expect(blockBootstrap(values, block, 100, 7)).not.toEqual(blockBootstrap(values, block, 100, 8));
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

describe('judgeEdge', () => {
  const convincing = {
    entries: MIN_ENTRIES,
    blocks: MIN_BLOCKS,
    expectancy95: { low: 0.01, high: 0.4, level: 0.95 },
    pValue: 0.04,
    brier: 0.19,
    constantBrier: 0.2,
    flattened: false,
    trials: 1,
  };

  it('shows an edge only when every condition is met', () => {
    expect(judgeEdge(convincing)).toEqual({ edge: 'SHOWN', edgeMissed: [] });
  });

  it.each([
    ['too few entries', { entries: MIN_ENTRIES - 1 }, '29 entries, at least 30 needed'],
    ['too few stretches', { blocks: MIN_BLOCKS - 1 }, 'entries in 9 separate stretches, at least 10 needed'],
    [
      'an interval that touches zero',
      { expectancy95: { low: 0, high: 1, level: 0.95 } },
      'expectancy may be as low as 0.000 R, above 0 needed',
    ],
    ['no interval', { expectancy95: null }, 'expectancy may be anything, above 0 needed'],
    ['chance as likely', { pValue: 0.05 }, 'random entries: p = 0.0500, below 0.0500 needed'],
    ['a second trial', { trials: 2 }, 'random entries: p = 0.0400, below 0.0250 needed'],
    ['no better probabilities', { brier: 0.2 }, "Brier 0.20000, below the constant's 0.20000 needed"],
    [
      'a score that the calibration window contradicts',
      { flattened: true },
      'higher scores hit less often in the calibration window',
    ],
    ['a broken number', { brier: Number.NaN }, "Brier NaN, below the constant's 0.20000 needed"],
  ])('shows none with %s', (_, change, reason) => {
    expect(judgeEdge({ ...convincing, ...change })).toEqual({ edge: 'NOT_SHOWN', edgeMissed: [reason] });
  });
});

function holdsZero(interval: Interval | null): boolean {
  return interval !== null && interval.low <= 0 && interval.high >= 0;
}

/** `count` blocks of `size` values that share most of their luck; the true mean is 0. */
function clusters(seed: number, count: number, size: number): { values: Float64Array; block: Int32Array } {
  const random = randomOf(`clusters ${seed}`);
  const shared = Array.from({ length: count }, () => random.normal());
  const block = Int32Array.from({ length: count * size }, (_, i) => Math.floor(i / size));
  return { values: Float64Array.from(block, (index) => at(shared, index) + 0.5 * random.normal()), block };
}

function decisionsOf(instrument: number[], y: number[], r: number[]): Decisions {
  return { instrument: Int32Array.from(instrument), y: Uint8Array.from(y), r: Float64Array.from(r) };
}

import { describe, expect, it } from 'vitest';
import { randomOf } from '../platform/random.ts';
import { fitPlatt, plattProbability } from './calibration.ts';
import { at, sigmoid } from './numeric.ts';
import { brierScore, logLoss, scoreProbabilities } from './reliability.ts';

describe('fitPlatt', () => {
  it('undoes a distortion of the log-odds on samples that it has not seen', () => {
    const seen = distorted(4_000, 1);
    const unseen = distorted(4_000, 2);
    const platt = fitPlatt(seen.scores, seen.y);
    const raw = unseen.scores.map((score) => sigmoid(score));
    const calibrated = unseen.scores.map((score) => plattProbability(platt, score));
    expect(brierScore(calibrated, unseen.y)).toBeLessThan(brierScore(raw, unseen.y) - 0.01);
    expect(logLoss(calibrated, unseen.y)).toBeLessThan(logLoss(raw, unseen.y));
    // The score was 3·truth + 1, so the truth is score/3 - 1/3: a = -1/3, b = 1/3, within five standard errors at n = 4,000.
    expect(platt.a).toBeCloseTo(-1 / 3, 1);
    expect(platt.b).toBeCloseTo(1 / 3, 0);
    expect(scoreProbabilities(calibrated, unseen.y).ece).toBeLessThan(0.03);
  });

  it('stays inside (0, 1) when the labels can be separated, because of the smoothed targets', () => {
    const platt = fitPlatt(Float64Array.of(-2, -1, 1, 2), Uint8Array.of(0, 0, 1, 1));
    expect(plattProbability(platt, 2)).toBeLessThan(0.9);
    expect(plattProbability(platt, -2)).toBeGreaterThan(0.1);
    expect(plattProbability(platt, 1)).toBeGreaterThan(0.5);
  });

  it('gives every score the base rate when a higher score came with fewer hits', () => {
    const { scores, y } = distorted(1_000, 3);
    const platt = fitPlatt(
      scores.map((score) => -score),
      y,
    );
    const baseRate = y.reduce((sum, label) => sum + label, 0) / y.length;
    expect(platt).toMatchObject({ a: 0, flattened: true });
    expect(plattProbability(platt, 5)).toBeCloseTo(baseRate, 2);
    expect(plattProbability(platt, -5)).toBe(plattProbability(platt, 5));
  });

  it('finds the minimum: no nearby slope or offset has a lower loss', () => {
    const { scores, y } = distorted(400, 4);
    const platt = fitPlatt(scores, y);
    const loss = (a: number, b: number) => smoothedLoss(scores, y, a, b);
    const best = loss(platt.a, platt.b);
    for (const [da, db] of [
      [0.01, 0],
      [-0.01, 0],
      [0, 0.01],
      [0, -0.01],
      [0.005, -0.005],
    ] as const) {
      expect(loss(platt.a + da, platt.b + db)).toBeGreaterThan(best);
    }
  });
});

describe('scoreProbabilities', () => {
  it('splits the Brier score into parts that add up', () => {
    const { scores, y } = distorted(997, 5);
    const score = scoreProbabilities(scores.map(sigmoid), y);
    expect(score.reliability - score.resolution + score.uncertainty + score.withinBins).toBeCloseTo(score.brier, 14);
    expect(score.bins.map((bin) => bin.n).reduce((a, b) => a + b)).toBe(997);
    expect(score.bins).toHaveLength(10);
    for (const bin of score.bins) expect(Math.abs(bin.n - 99.7)).toBeLessThan(1);
    // The part inside the bins is of second order: small against the score itself.
    expect(Math.abs(score.withinBins)).toBeLessThan(0.01);
  });

  it('agrees with a table worked out by hand', () => {
    const score = scoreProbabilities(
      Float64Array.of(0.2, 0.2, 0.2, 0.2, 0.2, 0.8, 0.8),
      Uint8Array.of(1, 0, 0, 0, 0, 1, 0),
    );
    expect(score.bins).toEqual([
      { n: 5, from: 0.2, to: 0.2, meanPredicted: 0.2, observed: 0.2 },
      { n: 2, from: 0.8, to: 0.8, meanPredicted: 0.8, observed: 0.5 },
    ]);
    expect(score.brier).toBeCloseTo((0.64 + 4 * 0.04 + 0.04 + 0.64) / 7, 14);
    expect(score.reliability).toBeCloseTo((2 / 7) * 0.09, 14);
    expect(score.resolution).toBeCloseTo((5 / 7) * (0.2 - 2 / 7) ** 2 + (2 / 7) * (0.5 - 2 / 7) ** 2, 14);
    expect(score.withinBins).toBeCloseTo(0, 14);
    expect(score.ece).toBeCloseTo((2 / 7) * 0.3, 14);
    expect(score.logLoss).toBeCloseTo(-(2 * Math.log(0.2) + 5 * Math.log(0.8)) / 7, 14);
  });

  it('puts a constant prediction into one bin, so that chance does not look like resolution', () => {
    const { y } = distorted(500, 6);
    const score = scoreProbabilities(new Float64Array(500).fill(0.4), y);
    expect(score.bins).toHaveLength(1);
    expect(score.resolution).toBe(0);
  });

  it('punishes a certain mistake with a finite loss', () => {
    expect(logLoss([1], Uint8Array.of(0))).toBeCloseTo(-Math.log(1e-15), 6);
  });
});

/** Labels by sigmoid(truth), scores 3·truth + 1: overconfident and shifted. */
function distorted(n: number, seed: number): { scores: Float64Array; y: Uint8Array } {
  const random = randomOf(String(seed));
  const truth = Float64Array.from({ length: n }, () => 4 * random.uniform() - 2);
  const y = Uint8Array.from(truth, (value) => (random.uniform() < sigmoid(value) ? 1 : 0));
  return { scores: truth.map((value) => 3 * value + 1), y };
}

function smoothedLoss(scores: Float64Array, y: Uint8Array, a: number, b: number): number {
  const positives = y.reduce((sum, label) => sum + label, 0);
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (y.length - positives + 2);
  let loss = 0;
  y.forEach((label, i) => {
    const p = 1 / (1 + Math.exp(a * at(scores, i) + b));
    const target = label === 1 ? high : low;
    loss -= target * Math.log(p) + (1 - target) * Math.log(1 - p);
  });
  return loss;
}

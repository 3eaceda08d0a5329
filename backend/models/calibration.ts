import { at, sigmoid, softplus } from './numeric.ts';

/**
 * P(label 1 | score) = 1 / (1 + exp(a·score + b)). `a` is never above zero: where the calibration window wants a higher score to mean
 * a lower probability, the score has no use, `a` is 0 and every probability is the base rate.
 */
export type Platt = {
  readonly a: number;
  readonly b: number;
  readonly flattened: boolean;
  readonly iterations: number;
};

const MAX_ITERATIONS = 100;
const MIN_STEP = 1e-10;
/** Added to the Hessian's diagonal, so that it can always be inverted. */
const SIGMA = 1e-12;
const GRADIENT_TOLERANCE = 1e-5;

/** The calibrated probability of a score. */
export function plattProbability(platt: Pick<Platt, 'a' | 'b'>, score: number): number {
  return sigmoid(-(platt.a * score + platt.b));
}

/**
 * Platt scaling with Platt's smoothed targets, fitted by Newton's method with backtracking: algorithm 1 of Lin, Lin & Weng, A note on
 * Platt's probabilistic outputs for support vector machines, Machine Learning 68 (2007). Scores and labels (0 or 1) of a window that
 * the model has not seen; both labels must occur. Samples count alike: overlap widens the error of a and b, it does not move them.
 */
export function fitPlatt(scores: Float64Array, y: Uint8Array): Platt {
  const targets = smoothedTargets(y);
  let a = 0;
  let b = logit(1 - mean(targets));
  let loss = lossAt(scores, targets, a, b);
  let iterations = 0;

  for (; iterations < MAX_ITERATIONS; iterations++) {
    const { h11, h22, h21, g1, g2 } = derivatives(scores, targets, a, b);
    if (Math.abs(g1) < GRADIENT_TOLERANCE && Math.abs(g2) < GRADIENT_TOLERANCE) break;
    const determinant = h11 * h22 - h21 * h21;
    const da = -(h22 * g1 - h21 * g2) / determinant;
    const db = -(-h21 * g1 + h11 * g2) / determinant;
    const slope = g1 * da + g2 * db;
    let step = 1;
    for (; step >= MIN_STEP; step /= 2) {
      const next = lossAt(scores, targets, a + step * da, b + step * db);
      if (next >= loss + 1e-4 * step * slope) continue;
      a += step * da;
      b += step * db;
      loss = next;
      break;
    }
    if (step < MIN_STEP) break;
  }
  // The loss is convex, so where its minimum lies at a > 0 the best permitted fit is the constant.
  return a > 0
    ? { a: 0, b: logit(1 - mean(targets)), flattened: true, iterations }
    : { a, b, flattened: false, iterations };
}

/** Platt's targets (1999): (N+ + 1) / (N+ + 2) and 1 / (N- + 2) instead of 1 and 0, so that few samples do not claim certainty. */
function smoothedTargets(y: Uint8Array): Float64Array {
  let positives = 0;
  for (const label of y) positives += label;
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (y.length - positives + 2);
  return Float64Array.from(y, (label) => (label === 1 ? high : low));
}

/** Cross entropy of the targets, summed. */
function lossAt(scores: Float64Array, targets: Float64Array, a: number, b: number): number {
  let loss = 0;
  for (let i = 0; i < scores.length; i++) {
    const f = a * at(scores, i) + b;
    loss += at(targets, i) * softplus(f) + (1 - at(targets, i)) * softplus(-f);
  }
  return loss;
}

function derivatives(scores: Float64Array, targets: Float64Array, a: number, b: number) {
  let [h11, h22, h21, g1, g2] = [SIGMA, SIGMA, 0, 0, 0];
  for (let i = 0; i < scores.length; i++) {
    const score = at(scores, i);
    const p = sigmoid(-(a * score + b));
    const curvature = p * (1 - p);
    h11 += score * score * curvature;
    h22 += curvature;
    h21 += score * curvature;
    g1 += score * (at(targets, i) - p);
    g2 += at(targets, i) - p;
  }
  return { h11, h22, h21, g1, g2 };
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function logit(p: number): number {
  return Math.log(p / (1 - p));
}

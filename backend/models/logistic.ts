import { solveCholesky } from './cholesky.ts';
import { at, sigmoid, softplus } from './numeric.ts';

/** Weighted samples of two classes: `z` holds n*k standardised features in rows, `y` n labels 0 or 1, `weight` n weights > 0. */
export type LogisticProblem = {
  readonly z: Float64Array;
  readonly k: number;
  readonly y: Uint8Array;
  readonly weight: Float64Array;
};

/** log-odds = intercept + weights · z, and how the search for it ended. */
type LogisticFit = {
  readonly intercept: number;
  readonly weights: Float64Array;
  readonly l2: number;
  readonly iterations: number;
  readonly converged: boolean;
  /** Largest component of the gradient at the end. */
  readonly gradient: number;
  /** Weighted mean log loss plus the penalty, at the end. */
  readonly objective: number;
};

const MAX_ITERATIONS = 50;
const GRADIENT_TOLERANCE = 1e-12;
/** Sums of many thousand terms round: a gradient below this is as good as zero. */
const CONVERGED = 1e-9;
/** Relative rounding of the objective that a step may add, or the last steps would be refused for noise. */
const ROUNDING = 1e-14;
const MIN_STEP = 1e-10;

/**
 * Minimises  Σ wᵢ·logloss(yᵢ, xᵢ) / Σ wᵢ  +  l2/2 · |weights|²  by Newton's method (iteratively reweighted least squares: Hastie,
 * Tibshirani & Friedman, The Elements of Statistical Learning, 4.4.1) with step halving. The intercept is not penalised. The
 * objective is strictly convex for l2 > 0 and two classes, so there is one answer and no randomness on the way to it.
 */
export function fitLogistic(problem: LogisticProblem, l2: number): LogisticFit {
  const size = problem.k + 1;
  let beta = new Float64Array(size);
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  let objective = objectiveAt(problem, l2, beta);
  let iterations = 0;

  for (; ; iterations++) {
    derivatives(problem, l2, beta, gradient, hessian);
    if (largest(gradient) <= GRADIENT_TOLERANCE || iterations === MAX_ITERATIONS) break;
    const direction = gradient.slice();
    if (!solveCholesky(hessian, direction)) break;
    const next = lineSearch(problem, l2, { beta, direction, objective, slope: dot(gradient, direction) });
    // No step lowers the objective any more: the gradient is as small as rounding allows.
    if (next === null) break;
    ({ beta, objective } = next);
  }
  return {
    intercept: at(beta, 0),
    weights: beta.slice(1),
    l2,
    iterations,
    converged: largest(gradient) <= CONVERGED,
    gradient: largest(gradient),
    objective,
  };
}

/** Weighted mean log loss of a fit on other samples, without the penalty. */
export function weightedLogLoss(problem: LogisticProblem, fit: LogisticFit): number {
  return objectiveAt(problem, 0, Float64Array.of(fit.intercept, ...fit.weights));
}

type SearchStart = { beta: Float64Array<ArrayBuffer>; direction: Float64Array; objective: number; slope: number };

/** Halves the Newton step until it lowers the objective by 1e-4 of what the slope promises (Armijo's rule). */
function lineSearch(problem: LogisticProblem, l2: number, from: SearchStart) {
  for (let step = 1; step >= MIN_STEP; step /= 2) {
    const beta = from.beta.slice();
    for (let j = 0; j < beta.length; j++) beta[j] = at(beta, j) - step * at(from.direction, j);
    const objective = objectiveAt(problem, l2, beta);
    if (objective <= from.objective * (1 + ROUNDING) - 1e-4 * step * from.slope) return { beta, objective };
  }
  return null;
}

// The loops below are where training spends its time: they index for themselves instead of calling at().

function objectiveAt({ z, k, y, weight }: LogisticProblem, l2: number, beta: Float64Array): number {
  let loss = 0;
  let total = 0;
  for (let i = 0; i < y.length; i++) {
    const score = linear(z, i * k, k, beta);
    loss += (weight[i] as number) * softplus((y[i] as number) === 1 ? -score : score);
    total += weight[i] as number;
  }
  let penalty = 0;
  for (let j = 1; j < beta.length; j++) penalty += (beta[j] as number) * (beta[j] as number);
  return loss / total + (l2 / 2) * penalty;
}

/** Fills in the gradient and the lower triangle of the Hessian at `beta`. */
function derivatives(
  problem: LogisticProblem,
  l2: number,
  beta: Float64Array,
  gradient: Float64Array,
  hessian: Float64Array,
) {
  const { z, k, y, weight } = problem;
  const size = k + 1;
  gradient.fill(0);
  hessian.fill(0);
  let total = 0;
  const row = new Float64Array(size);
  row[0] = 1;
  for (let i = 0; i < y.length; i++) {
    for (let j = 0; j < k; j++) row[j + 1] = z[i * k + j] as number;
    const p = sigmoid(linear(z, i * k, k, beta));
    const w = weight[i] as number;
    addOuter(hessian, row, w * p * (1 - p));
    for (let j = 0; j < size; j++)
      gradient[j] = (gradient[j] as number) + w * (p - (y[i] as number)) * (row[j] as number);
    total += w;
  }
  for (let j = 0; j < size; j++) {
    const penalty = j === 0 ? 0 : l2;
    gradient[j] = (gradient[j] as number) / total + penalty * (beta[j] as number);
    for (let m = 0; m <= j; m++) hessian[j * size + m] = (hessian[j * size + m] as number) / total;
    hessian[j * size + j] = (hessian[j * size + j] as number) + penalty;
  }
}

function addOuter(hessian: Float64Array, row: Float64Array, curvature: number): void {
  const size = row.length;
  for (let j = 0; j < size; j++) {
    const scaled = curvature * (row[j] as number);
    for (let m = 0; m <= j; m++)
      hessian[j * size + m] = (hessian[j * size + m] as number) + scaled * (row[m] as number);
  }
}

/** Log-odds of the row of `z` that begins at `offset`. */
function linear(z: Float64Array, offset: number, k: number, beta: Float64Array): number {
  let score = beta[0] as number;
  for (let j = 0; j < k; j++) score += (beta[j + 1] as number) * (z[offset + j] as number);
  return score;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += at(a, j) * at(b, j);
  return sum;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

import { describe, expect, it } from 'vitest';
import { randomOf } from '../platform/random.ts';
import { solveCholesky } from './cholesky.ts';
import { fitLogistic, type LogisticProblem, weightedLogLoss } from './logistic.ts';
import { at, sigmoid } from './numeric.ts';

describe('fitLogistic', () => {
  it('recovers the coefficients that made the data, within five standard errors', () => {
    const truth = [-0.8, 1.2, -0.6, 0, 0.3];
    const n = 20_000;
    const fit = fitLogistic(generate(truth, n, 7), 1e-9);
    // Fisher information per sample is E[p(1-p)] (about 0.17 here) for features of unit variance.
    const fiveStandardErrors = 5 / Math.sqrt(n * 0.15);
    [fit.intercept, ...fit.weights].forEach((estimate, j) => {
      expect(Math.abs(estimate - at(truth, j))).toBeLessThan(fiveStandardErrors);
    });
    expect(fit.converged).toBe(true);
    expect(fit.iterations).toBeLessThan(12);
  });

  it('ends where the gradient, taken by differences of the objective, is zero', () => {
    const problem = generate([0.2, 0.9, -1.1], 500, 3);
    const fit = fitLogistic(problem, 0.01);
    const beta = [fit.intercept, ...fit.weights];
    beta.forEach((_, j) => {
      const h = 1e-5;
      const up = penalised(problem, 0.01, beta.with(j, at(beta, j) + h));
      const down = penalised(problem, 0.01, beta.with(j, at(beta, j) - h));
      expect(Math.abs((up - down) / (2 * h))).toBeLessThan(1e-9);
    });
    expect(fit.objective).toBeCloseTo(penalised(problem, 0.01, beta), 14);
    expect(fit.gradient).toBeLessThan(1e-9);
  });

  it('agrees with plain gradient descent, with unequal weights', () => {
    const problem = generate([-0.5, 0.7, 0.4], 300, 11);
    const slow = gradientDescent(problem, 0.05);
    const fit = fitLogistic(problem, 0.05);
    [fit.intercept, ...fit.weights].forEach((estimate, j) => {
      expect(estimate).toBeCloseTo(at(slow, j), 8);
    });
  });

  it('counts a sample of weight 2 as the same sample twice', () => {
    const once = generate([0.1, 0.5, -0.5], 100, 5);
    const doubled = { ...once, weight: once.weight.map((weight) => 2 * weight) };
    const twice = {
      z: Float64Array.of(...once.z, ...once.z),
      k: once.k,
      y: Uint8Array.of(...once.y, ...once.y),
      weight: Float64Array.of(...once.weight, ...once.weight),
    };
    expect(fitLogistic(doubled, 0.1).intercept).toBeCloseTo(fitLogistic(twice, 0.1).intercept, 12);
  });

  it('stays finite when the classes can be separated, held by the penalty', () => {
    const z = Float64Array.from({ length: 100 }, (_, i) => (i < 50 ? -1 : 1));
    const y = Uint8Array.from(z, (value) => (value > 0 ? 1 : 0));
    const fit = fitLogistic({ z, k: 1, y, weight: new Float64Array(100).fill(1) }, 1e-4);
    expect(fit.converged).toBe(true);
    expect(fit.weights[0]).toBeGreaterThan(5);
    expect(fit.weights[0]).toBeLessThan(20);
  });

  it('shrinks every weight towards zero as the penalty grows, and leaves the intercept to the base rate', () => {
    const problem = generate([-1, 1, -1], 2_000, 9);
    const fit = fitLogistic(problem, 1e6);
    for (const weight of fit.weights) expect(Math.abs(weight)).toBeLessThan(1e-5);
    const rate = weightedMean(problem.y, problem.weight);
    expect(sigmoid(fit.intercept)).toBeCloseTo(rate, 5);
    expect(weightedLogLoss(problem, fit)).toBeCloseTo(-(rate * Math.log(rate) + (1 - rate) * Math.log(1 - rate)), 5);
  });

  it('gives the same bytes twice', () => {
    const [a, b] = [1, 2].map(() => fitLogistic(generate([0.3, -0.2, 0.8], 1_000, 21), 0.01));
    expect(JSON.stringify(a)).toBe(JSON.stringify(b));
  });
});

describe('solveCholesky', () => {
  it('solves a system that is known', () => {
    const a = Float64Array.of(4, 2, 0.6, 2, 5, 1, 0.6, 1, 3);
    const x = Float64Array.of(1, -2, 3);
    const b = Float64Array.from(
      [0, 1, 2],
      (i) => at(a, 3 * i) * at(x, 0) + at(a, 3 * i + 1) * at(x, 1) + at(a, 3 * i + 2) * at(x, 2),
    );
    expect(solveCholesky(a, b)).toBe(true);
    b.forEach((value, i) => {
      expect(value).toBeCloseTo(at(x, i), 13);
    });
  });

  it('refuses a matrix that is not positive definite', () => {
    expect(solveCholesky(Float64Array.of(1, 2, 2, 1), Float64Array.of(1, 1))).toBe(false);
    expect(solveCholesky(Float64Array.of(Number.NaN), Float64Array.of(1))).toBe(false);
  });
});

/** Samples whose label is 1 with the log-odds truth[0] + Σ truth[j]·z[j], z standard normal; weights between 0.5 and 1.5. */
function generate(truth: readonly number[], n: number, seed: number): LogisticProblem {
  const random = randomOf(String(seed));
  const k = truth.length - 1;
  const z = Float64Array.from({ length: n * k }, () => random.normal());
  const y = Uint8Array.from({ length: n }, (_, i) => {
    let score = at(truth, 0);
    for (let j = 0; j < k; j++) score += at(truth, j + 1) * at(z, i * k + j);
    return random.uniform() < sigmoid(score) ? 1 : 0;
  });
  return { z, k, y, weight: Float64Array.from({ length: n }, () => 0.5 + random.uniform()) };
}

function penalised({ z, k, y, weight }: LogisticProblem, l2: number, beta: readonly number[]): number {
  let [loss, total] = [0, 0];
  y.forEach((label, i) => {
    let score = at(beta, 0);
    for (let j = 0; j < k; j++) score += at(beta, j + 1) * at(z, i * k + j);
    loss -= at(weight, i) * Math.log(label === 1 ? sigmoid(score) : sigmoid(-score));
    total += at(weight, i);
  });
  return loss / total + (l2 / 2) * beta.slice(1).reduce((sum, weightOf) => sum + weightOf * weightOf, 0);
}

function gradientDescent({ z, k, y, weight }: LogisticProblem, l2: number): number[] {
  let beta = new Array<number>(k + 1).fill(0);
  const total = weight.reduce((sum, value) => sum + value, 0);
  for (let iteration = 0; iteration < 3_000; iteration++) {
    const gradient = beta.map((value, j) => (j === 0 ? 0 : l2 * value));
    y.forEach((label, i) => {
      let score = at(beta, 0);
      for (let j = 0; j < k; j++) score += at(beta, j + 1) * at(z, i * k + j);
      const residual = (at(weight, i) * (sigmoid(score) - label)) / total;
      for (let j = 0; j <= k; j++) gradient[j] = at(gradient, j) + residual * (j === 0 ? 1 : at(z, i * k + j - 1));
    });
    beta = beta.map((value, j) => value - 2 * at(gradient, j));
  }
  return beta;
}

function weightedMean(y: Uint8Array, weight: Float64Array): number {
  let [sum, total] = [0, 0];
  y.forEach((label, i) => {
    sum += label * at(weight, i);
    total += at(weight, i);
  });
  return sum / total;
}

/** `level` 0.95 means: 95 of 100 such intervals hold the true value, as far as the method's assumptions hold. */
export type Interval = { readonly low: number; readonly high: number; readonly level: number };

const LEVEL = 0.95;
// The two-sided 95 % point of the normal distribution.
const Z = 1.959963984540054;

/**
 * Wilson's score interval for a share of n: E. B. Wilson, Journal of the American Statistical Association 22 (1927) 209-212.
 * Null when n is 0.
 */
export function wilsonInterval(hits: number, n: number): Interval | null {
  if (n === 0) return null;
  const share = hits / n;
  const z2 = (Z * Z) / n;
  const centre = share + z2 / 2;
  const half = Z * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n));
  const bound = (value: number): number => Math.min(1, Math.max(0, value / (1 + z2)));
  return { low: bound(centre - half), high: bound(centre + half), level: LEVEL };
}

/**
 * Percentile interval of the mean by the circular block bootstrap (Politis and Romano 1992), in blocks of the cube root of n:
 * signals overlap in time, and drawing them one by one would make the interval too narrow. `random` gives uniform numbers in
 * [0, 1). Null when there are fewer than two values.
 */
export function bootstrapInterval(values: readonly number[], random: () => number, resamples: number): Interval | null {
  const n = values.length;
  if (n < 2) return null;
  const means = Float64Array.from({ length: resamples }, () => resampledMean(values, random)).sort();
  const tail = (1 - LEVEL) / 2;
  const low = means[Math.floor(tail * resamples)];
  const high = means[Math.ceil((1 - tail) * resamples) - 1];
  return low === undefined || high === undefined ? null : { low, high, level: LEVEL };
}

export function mean(values: readonly number[]): number | null {
  return ratio(sum(values), values.length);
}

/** Gains over losses; null when nothing was lost. */
export function profitFactor(values: readonly number[]): number | null {
  return ratio(sum(values.filter((value) => value > 0)), -sum(values.filter((value) => value < 0)));
}

/** Deepest fall of the running sum below its highest point so far, which begins at 0. Null without values. */
export function maxDrawdown(values: readonly number[]): number | null {
  let total = 0;
  let peak = 0;
  let deepest = 0;
  for (const value of values) {
    total += value;
    peak = Math.max(peak, total);
    deepest = Math.max(deepest, peak - total);
  }
  return values.length === 0 ? null : deepest;
}

/** Null where a division by zero would be. */
export function ratio(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator;
}

function resampledMean(values: readonly number[], random: () => number): number {
  const n = values.length;
  const block = Math.ceil(Math.cbrt(n));
  let total = 0;
  let index = 0;
  for (let drawn = 0; drawn < n; drawn++) {
    index = drawn % block === 0 ? Math.floor(random() * n) : (index + 1) % n;
    total += values[index] ?? 0;
  }
  return total / n;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

import { at } from './numeric.ts';

/** A standardised value beyond this many standard deviations counts as this many, so that one broken print cannot decide alone. */
export const Z_LIMIT = 5;

/** What turns a feature into its z-score. `scale` is 1 / standard deviation, 0 for a feature that never moved (it then says nothing). */
export type Standardisation = { readonly mean: Float64Array; readonly scale: Float64Array };

/** Mean and spread over the given rows only: the rows of the training window, so that nothing later leaks into the model. */
export function fitStandardisation(x: Float64Array, k: number, rows: Int32Array): Standardisation {
  const mean = new Float64Array(k);
  for (const row of rows) for (let j = 0; j < k; j++) mean[j] = at(mean, j) + at(x, row * k + j);
  for (let j = 0; j < k; j++) mean[j] = at(mean, j) / rows.length;

  const variance = new Float64Array(k);
  for (const row of rows) {
    for (let j = 0; j < k; j++) {
      const distance = at(x, row * k + j) - at(mean, j);
      variance[j] = at(variance, j) + distance * distance;
    }
  }
  const scale = new Float64Array(k);
  for (let j = 0; j < k; j++) {
    const deviation = Math.sqrt(at(variance, j) / rows.length);
    // A constant column leaves only rounding behind, which must not be blown up to a feature.
    scale[j] = deviation > 1e-12 * (1 + Math.abs(at(mean, j))) ? 1 / deviation : 0;
  }
  return { mean, scale };
}

/** The z-score of one value, cut at ±Z_LIMIT. */
export function zScore(standardisation: Standardisation, value: number, feature: number): number {
  const z = (value - (standardisation.mean[feature] as number)) * (standardisation.scale[feature] as number);
  // Math.min and Math.max keep the number in a register; a conditional would put it on the heap, once per feature and bar.
  return Math.max(-Z_LIMIT, Math.min(Z_LIMIT, z));
}

/** The z-scores of the given rows, row by row: rows.length * k numbers. */
export function standardise(x: Float64Array, k: number, rows: Int32Array, by: Standardisation): Float64Array {
  const z = new Float64Array(rows.length * k);
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < k; j++) z[i * k + j] = zScore(by, at(x, at(rows, i) * k + j), j);
  }
  return z;
}

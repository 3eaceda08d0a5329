import { placeOf, type RecentBars } from './recent-bars.ts';

/*
 * Mean and standard deviation of the last n values of a column, kept up to date by adding the value that enters and taking away
 * the one that leaves.
 *
 * Running sums drift; and where values lie far from zero, or calm down all of a sudden, nothing but that drift is left of their
 * variance. So the sums are of distances from a reference among the values, and a bound of their rounding error runs along:
 * once it could be seen in the result, everything is summed anew. All of it follows from the values and the sums, so equal
 * states stay equal to the last bit.
 */

/** Doubles that a window takes: reference, sum, sum of squares, and the sums of squares of all steps, of which the error is a part. */
export const SUMS = 4;

/** The variance's relative error that is let through; half of it reaches the deviation. */
const TOLERANCE = 1e-11;

/** What one step may lose, as a part of the sum of squares: some four roundings each in the sums and in the subtraction. */
const STEP_ERROR = 2e-15;

const ERROR_TO_SPREAD = STEP_ERROR / TOLERANCE;

/** Lets a value into a window of n and another one out. False when the sums are no longer exact enough: then `sumAnew`. */
export function slide(sums: Float64Array, at: number, n: number, entering: number, leaving: number): boolean {
  const reference = sums[at] as number;
  const near = entering - reference;
  const far = leaving - reference;
  const sum = (sums[at + 1] as number) + (near - far);
  const peak = (sums[at + 2] as number) + near * near;
  const squares = peak - far * far;
  const peaks = (sums[at + 3] as number) + peak;
  sums[at + 1] = sum;
  sums[at + 2] = squares;
  sums[at + 3] = peaks;
  return peaks * ERROR_TO_SPREAD <= squares - sum * (sum * (1 / n));
}

/**
 * The sums of the n values that end with number `last` of a column, from the values alone. The newest is the reference: it lies
 * within sqrt(n - 1) deviations of the mean, as each of n values does, so little cancels.
 */
export function sumAnew(
  sums: Float64Array,
  at: number,
  n: number,
  { values, width }: RecentBars,
  column: number,
  last: number,
): void {
  const reference = values[placeOf(width, column, last)] as number;
  let sum = 0;
  let squares = 0;
  for (let index = last - n + 1; index < last; index++) {
    const distance = (values[placeOf(width, column, index)] as number) - reference;
    sum += distance;
    squares += distance * distance;
  }
  sums[at] = reference;
  sums[at + 1] = sum;
  sums[at + 2] = squares;
  sums[at + 3] = squares;
}

export function mean(sums: Float64Array, at: number, n: number): number {
  return (sums[at] as number) + (sums[at + 1] as number) * (1 / n);
}

/** Of the population: divided by n. Exactly 0 when all n values are equal. */
export function deviation(sums: Float64Array, at: number, n: number): number {
  const sum = sums[at + 1] as number;
  const spread = (sums[at + 2] as number) - sum * (sum * (1 / n));
  return spread > 0 ? Math.sqrt(spread * (1 / n)) : 0;
}

/*
 * Mean and standard deviation of the last n values of a ring, kept up to date by adding the value that enters and taking away
 * the one that leaves.
 *
 * Running sums drift; and where values lie far from zero, or calm down all of a sudden, nothing but that drift is left of their
 * variance. So the sums are of distances from a reference among the values, and a bound of their rounding error runs along:
 * once it could be seen in the result, everything is summed anew from the ring. All of it follows from the ring and the sums,
 * so equal states stay equal to the last bit.
 */

/** Doubles that a window takes: reference, sum, sum of squares, bound of the error, and the results mean and deviation. */
export const MOMENTS = 6;
export const MEAN = 4;
/** Of the population: divided by n. Exactly 0 when all n values are equal. */
export const DEVIATION = 5;

/** The variance's relative error that is let through; half of it reaches the deviation. */
const TOLERANCE = 1e-11;

/** What one step may lose, as a part of the sum of squares: some four roundings each in the sums and in the subtraction. */
const STEP_ERROR = 2e-15;

/**
 * Takes ring[last] in and lets ring[last - n] go. `at` is where the window's doubles begin, `ring` where the ring does, both in
 * `state`; indices are cut to the ring's size by `mask`. (Indices and not values: numbers with fractions would be boxed.)
 */
export function slide(state: Float64Array, at: number, n: number, ring: number, mask: number, last: number): void {
  const reference = state[at] as number;
  const entering = (state[ring + (last & mask)] as number) - reference;
  const leaving = (state[ring + ((last - n) & mask)] as number) - reference;

  const sum = (state[at + 1] as number) + (entering - leaving);
  const peak = (state[at + 2] as number) + entering * entering;
  const squares = peak - leaving * leaving;
  const error = (state[at + 3] as number) + peak * STEP_ERROR;
  const share = 1 / n;
  const spread = squares - sum * sum * share;

  if (error > spread * TOLERANCE) {
    sumAnew(state, at, n, ring, mask, last);
    return;
  }
  state[at + 1] = sum;
  state[at + 2] = squares;
  state[at + 3] = error;
  state[at + MEAN] = reference + sum * share;
  state[at + DEVIATION] = Math.sqrt(spread * share);
}

/**
 * The same from the values alone. The newest is the reference: it lies within sqrt(n - 1) deviations of the mean, as each of n
 * values does, so little cancels.
 */
export function sumAnew(state: Float64Array, at: number, n: number, ring: number, mask: number, last: number): void {
  const reference = state[ring + (last & mask)] as number;
  let sum = 0;
  let squares = 0;
  for (let index = last - n + 1; index < last; index++) {
    const distance = (state[ring + (index & mask)] as number) - reference;
    sum += distance;
    squares += distance * distance;
  }
  state[at] = reference;
  state[at + 1] = sum;
  state[at + 2] = squares;
  state[at + 3] = squares * STEP_ERROR;
  state[at + MEAN] = reference + sum / n;
  state[at + DEVIATION] = Math.sqrt(Math.max(0, squares - (sum * sum) / n) / n);
}

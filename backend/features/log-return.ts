/** Where z^2 is smaller than this, what the series below leaves out (z^8 / 9) is less than half a last digit. */
const SERIES_REACH = 1e-4;

/**
 * Natural logarithm of close / previous. Neighbouring closes lie so near each other that the series
 * ln(close / previous) = 2z (1 + z^2/3 + z^4/5 + z^6/7 + ...) with z = (close - previous) / (close + previous) is quicker than
 * Math.log, and more exact than the logarithm of a quotient that has lost digits.
 */
export function logReturn(close: number, previous: number): number {
  const z = (close - previous) / (close + previous);
  const square = z * z;
  if (square > SERIES_REACH) return Math.log(close / previous);
  return (z + z) * (1 + square * (1 / 3 + square * (1 / 5) + square * square * (1 / 7)));
}

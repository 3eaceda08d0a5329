import { at } from './numeric.ts';

/**
 * Solves A x = b for a symmetric positive definite A by Cholesky's A = L Lᵀ (Golub & Van Loan, Matrix Computations, 4.2).
 *
 * @param a n*n numbers in rows; only the lower triangle is read, and it is overwritten by L.
 * @param b n numbers, overwritten by the solution.
 * @returns false when A is not positive definite to working precision: `a` and `b` are then unusable.
 */
export function solveCholesky(a: Float64Array, b: Float64Array): boolean {
  const n = b.length;
  for (let column = 0; column < n; column++) {
    const pivot = at(a, column * n + column) - rowProduct(a, n, column, column, column);
    if (!(pivot > 0)) return false;
    const root = Math.sqrt(pivot);
    a[column * n + column] = root;
    for (let row = column + 1; row < n; row++) {
      a[row * n + column] = (at(a, row * n + column) - rowProduct(a, n, row, column, column)) / root;
    }
  }
  for (let row = 0; row < n; row++) {
    let sum = at(b, row);
    for (let k = 0; k < row; k++) sum -= at(a, row * n + k) * at(b, k);
    b[row] = sum / at(a, row * n + row);
  }
  for (let row = n - 1; row >= 0; row--) {
    let sum = at(b, row);
    for (let k = row + 1; k < n; k++) sum -= at(a, k * n + row) * at(b, k);
    b[row] = sum / at(a, row * n + row);
  }
  return true;
}

function rowProduct(a: Float64Array, n: number, first: number, second: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += at(a, first * n + k) * at(a, second * n + k);
  return sum;
}

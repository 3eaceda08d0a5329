/*
 * Training uses only + - * / and Math.sqrt, exp, log, log1p: the first five are exact by IEEE 754, and V8 carries its own software
 * versions of the others (fdlibm), so the same bars give the same model bytes on every machine. No Math.pow, no Math.random.
 */

/** A number of a typed array at an index that the caller knows to be inside. */
export function at(values: { readonly [index: number]: number }, index: number): number {
  return values[index] as number;
}

/** 1 / (1 + exp(-x)) without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** log(1 + exp(x)) without overflow: the loss of a log-odds `x` against the label 0; `softplus(-x)` is that against the label 1. */
export function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/**
 * The smallest of the sorted numbers that at least a share `p` of them does not exceed (inverse of the empirical distribution,
 * type 1 of Hyndman & Fan 1996): always one of the numbers, so at most a share 1 - p lies strictly above it.
 */
export function quantileOfSorted(sorted: Float64Array, p: number): number {
  const rank = Math.ceil(p * sorted.length - 1e-9);
  return at(sorted, Math.min(Math.max(rank, 1), sorted.length) - 1);
}

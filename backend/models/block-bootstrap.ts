import type { Interval } from '../outcomes/statistics.ts';
import { randomOf } from '../platform/random.ts';
import { at, quantileOfSorted } from './numeric.ts';

/** The interval, null when a single block says nothing about the others, and the number of blocks that were drawn from. */
type BlockInterval = { readonly interval: Interval | null; readonly blocks: number };

/**
 * The 95 % percentile interval of the mean, by drawing whole blocks with replacement (Carlstein 1986). Entries of one block share the
 * same stretch of the market, so drawing them one by one would take a single lucky hour for many independent successes.
 *
 * @param block the block of each value, any integers; at least one value.
 */
export function blockBootstrap(values: Float64Array, block: Int32Array, draws: number, seed: number): BlockInterval {
  const { sums, counts } = totalsByBlock(values, block);
  if (sums.length < 2) return { interval: null, blocks: sums.length };
  const random = randomOf(`blocks\n${seed}`);
  const means = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    let [sum, count] = [0, 0];
    for (let i = 0; i < sums.length; i++) {
      const picked = Math.floor(random.uniform() * sums.length);
      sum += at(sums, picked);
      count += at(counts, picked);
    }
    means[draw] = sum / count;
  }
  means.sort();
  return { interval: rangeOf95(means), blocks: sums.length };
}

/** The middle 95 % of sorted draws. */
export function rangeOf95(sorted: Float64Array): Interval {
  return { low: quantileOfSorted(sorted, 0.025), high: quantileOfSorted(sorted, 0.975), level: 0.95 };
}

function totalsByBlock(values: Float64Array, block: Int32Array): { sums: number[]; counts: number[] } {
  const index = new Map<number, number>();
  const sums: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const position = index.get(at(block, i)) ?? index.size;
    index.set(at(block, i), position);
    sums[position] = (sums[position] ?? 0) + at(values, i);
    counts[position] = (counts[position] ?? 0) + 1;
  }
  return { sums, counts };
}

import { randomOf } from '../platform/random.ts';
import { at } from './numeric.ts';

/** `count` blocks of `size` values that share most of their luck; the true mean is 0. */
export function clusters(seed: number, count: number, size: number): { values: Float64Array; block: Int32Array } {
  const random = randomOf(`clusters ${seed}`);
  const shared = Array.from({ length: count }, () => random.normal());
  const block = Int32Array.from({ length: count * size }, (_, i) => Math.floor(i / size));
  return { values: Float64Array.from(block, (index) => at(shared, index) + 0.5 * random.normal()), block };
}

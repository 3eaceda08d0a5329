import { createHash } from 'node:crypto';

/**
 * A random stream of its own for each text: equal texts give equal streams on every machine, and streams of different texts have nothing to
 * do with each other. For inventing data, not for secrets.
 */
export function randomOf(text: string): Random {
  const digest = createHash('sha256').update(text).digest();
  return new Random([0, 4, 8, 12].map((offset) => digest.readUInt32LE(offset)));
}

/** xoshiro128** 1.1 (D. Blackman, S. Vigna, https://prng.di.unimi.it/xoshiro128starstar.c) from four words that are not all zero. */
export class Random {
  readonly #state: Uint32Array;
  #spare: number | null = null;

  constructor(words: readonly number[]) {
    this.#state = Uint32Array.from(words);
  }

  /** A whole number in [0, 2^32). */
  next(): number {
    const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = this.#state;
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const t2 = s2 ^ s0;
    const t3 = s3 ^ s1;
    this.#state[0] = s0 ^ t3;
    this.#state[1] = s1 ^ t2;
    this.#state[2] = t2 ^ (s1 << 9);
    this.#state[3] = rotateLeft(t3, 11);
    return result;
  }

  /** In [0, 1). */
  uniform(): number {
    return this.next() / 2 ** 32;
  }

  /** A whole number in [from, until). */
  integer(from: number, until: number): number {
    return from + Math.floor(this.uniform() * (until - from));
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Standard normal, by Marsaglia's polar method. */
  normal(): number {
    const spare = this.#spare;
    this.#spare = null;
    if (spare !== null) return spare;

    let x = 0;
    let y = 0;
    let square = 0;
    do {
      x = 2 * this.uniform() - 1;
      y = 2 * this.uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    this.#spare = y * factor;
    return x * factor;
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

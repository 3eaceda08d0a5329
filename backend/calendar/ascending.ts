/**
 * An ascending row of numbers, and where a value lies in it. Bars are asked about in the order of time, so the step that answered
 * last usually answers again; any other question is a binary search.
 */
export class Ascending {
  readonly #values: Float64Array;
  #index = -1;
  #from = Number.NEGATIVE_INFINITY;
  #until: number;

  /** Throws an Error when a value is not greater than the one before it: a search over such a row would answer wrongly. */
  constructor(values: readonly number[]) {
    const disorder = values.findIndex((value, index) => index > 0 && !(value > at(values, index - 1)));
    if (disorder !== -1) throw new Error(`value ${disorder} of an ascending row is not greater than the one before it`);
    this.#values = Float64Array.from(values);
    this.#until = at(values, 0);
  }

  /** Index of the last value <= the given one; -1 when there is none. */
  floor(value: number): number {
    if (!(value >= this.#from && value < this.#until)) this.#search(value);
    return this.#index;
  }

  #search(value: number): void {
    let low = 0;
    let high = this.#values.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(this.#values, middle) <= value) low = middle + 1;
      else high = middle;
    }
    this.#index = low - 1;
    this.#from = low === 0 ? Number.NEGATIVE_INFINITY : at(this.#values, low - 1);
    this.#until = at(this.#values, low);
  }
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.POSITIVE_INFINITY;
}

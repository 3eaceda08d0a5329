/**
 * The last 64 bars of all instruments: a row for each of the last bars, in it a record for each instrument. The bars of a market
 * come instrument by instrument, minute by minute: so they touch a few rows from one end to the other, which the processor reads
 * ahead, and not lines of memory here and there in a ring of each instrument's own.
 */
export type RecentBars = {
  values: Float64Array;
  /** Doubles of a row. */
  width: number;
};

/** A record: close, logarithm of close / the close before, volume. */
export const FIELD = { close: 0, logReturn: 1, volume: 2 } as const;
export const RECORD = 3;

/** The power of two above the longest window. */
const ROWS = 64;
const MASK = ROWS - 1;

export function newRecentBars(instruments: number): RecentBars {
  const width = Math.max(1, instruments) * RECORD;
  return { width, values: new Float64Array(ROWS * width) };
}

/** Where a value of bar number `index` stands. `column`: where the instrument's records begin in a row, plus the field. */
export function placeOf(width: number, column: number, index: number): number {
  return (index & MASK) * width + column;
}

/** Makes room for twice as many instruments. */
export function widen(recent: RecentBars): void {
  const { width, values } = recent;
  recent.width = width * 2;
  recent.values = new Float64Array(values.length * 2);
  for (let row = 0; row < ROWS; row++)
    recent.values.set(values.subarray(row * width, (row + 1) * width), row * recent.width);
}

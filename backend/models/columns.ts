import type { ExitReason } from '../outcomes/barriers.ts';
import type { Side } from '../outcomes/plan.ts';
import { at } from './numeric.ts';
import type { Spans } from './uniqueness.ts';

export const EXIT_REASONS = [
  'TARGET_HIT',
  'STOP_HIT',
  'TIME_EXIT',
  'SESSION_CLOSE',
] as const satisfies readonly ExitReason[];

/** How the n decisions ended for one side. */
type SideLabels = Spans & {
  /** 1: the target was hit before the stop within the horizon. */
  readonly y: Uint8Array;
  /** Net R of the entry. */
  readonly r: Float64Array;
  /** Index into EXIT_REASONS. */
  readonly exit: Uint8Array;
  /** Stop and target lay inside one bar, counted as stop. */
  readonly ambiguous: Uint8Array;
  /** When the label was known, ms. */
  readonly spanEnd: Float64Array;
};

/** n decisions, a row each. */
export type Columns = {
  /** n rows of k features, in the order of FEATURE_NAMES. */
  readonly x: Float64Array;
  /** knownTime of the decision bar, ms. */
  readonly decisionTime: Float64Array;
  /** The latest instant to which the labels of either side can look, ms. */
  readonly horizonEnd: Float64Array;
  readonly instrument: Int32Array;
  readonly close: Float64Array;
  readonly sides: Readonly<Record<Side, SideLabels>>;
};

/** Empty columns for n rows of k features. */
export function roomFor(n: number, k: number): Columns {
  const side = (instrument: Int32Array): SideLabels => ({
    instrument,
    spanFrom: new Int32Array(n),
    spanTo: new Int32Array(n),
    y: new Uint8Array(n),
    r: new Float64Array(n),
    exit: new Uint8Array(n),
    ambiguous: new Uint8Array(n),
    spanEnd: new Float64Array(n),
  });
  const instrument = new Int32Array(n);
  return {
    x: new Float64Array(n * k),
    decisionTime: new Float64Array(n),
    horizonEnd: new Float64Array(n),
    instrument,
    close: new Float64Array(n),
    sides: { LONG: side(instrument), SHORT: side(instrument) },
  };
}

/** The first n rows, which stand instrument by instrument, sorted by (decisionTime, instrument). */
export function inOrder(columns: Columns, n: number, k: number): Columns {
  const { x, decisionTime, horizonEnd, close, sides } = columns;
  // The sort is stable, and the rows of an instrument with a smaller id were written first.
  const byTime = (a: number, b: number) => at(decisionTime, a) - at(decisionTime, b);
  const order = Int32Array.from({ length: n }, (_, row) => row).sort(byTime);
  const doubles = (values: Float64Array) => Float64Array.from(order, (row) => at(values, row));
  const bytes = (values: Uint8Array) => Uint8Array.from(order, (row) => at(values, row));
  const integers = (values: Int32Array) => Int32Array.from(order, (row) => at(values, row));
  const instrument = integers(columns.instrument);
  const sorted = new Float64Array(n * k);
  order.forEach((row, position) => {
    sorted.set(x.subarray(row * k, (row + 1) * k), position * k);
  });
  const side = ({ spanFrom, spanTo, y, r, exit, ambiguous, spanEnd }: SideLabels): SideLabels => ({
    instrument,
    spanFrom: integers(spanFrom),
    spanTo: integers(spanTo),
    y: bytes(y),
    r: doubles(r),
    exit: bytes(exit),
    ambiguous: bytes(ambiguous),
    spanEnd: doubles(spanEnd),
  });
  return {
    x: sorted,
    decisionTime: doubles(decisionTime),
    horizonEnd: doubles(horizonEnd),
    instrument,
    close: doubles(close),
    sides: { LONG: side(sides.LONG), SHORT: side(sides.SHORT) },
  };
}

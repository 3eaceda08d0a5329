import type { Duration, Vector } from './promql/index.ts';

/** A rule whose result is stored under a name: cheaper to ask, and the same number wherever it is shown. */
export type Recording<L extends string = string> = {
  readonly record: string;
  readonly expr: Vector<string>;
  /** All labels of the result: those that the expression keeps, and those that are added. */
  readonly labels: readonly L[];
  readonly added: Readonly<Record<string, string>>;
  readonly tests: readonly RecordingTest[];
};

/** What the rule makes of some series, so long after their first value. */
export type RecordingTest = {
  readonly name: string;
  readonly input: readonly Input[];
  readonly every?: Duration;
  readonly at: Duration;
  /** Nothing at all: null. */
  readonly value: number | null;
  readonly labels?: Readonly<Record<string, string>>;
};

/** A series and its values, in the notation of promtool: `1x10` is 1 eleven times, `0+5x10` rises by 5. */
export type Input = readonly [series: string, values: string];

export function recording<K extends string, A extends string = never>(
  record: string,
  expr: Vector<K>,
  tests: readonly RecordingTest[],
  added: Readonly<Record<A, string>> = {} as Readonly<Record<A, string>>,
): Recording<K | A> {
  return { record, expr, labels: [...expr.labels, ...(Object.keys(added) as A[])], added, tests };
}

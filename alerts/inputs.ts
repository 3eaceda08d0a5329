import type { Counter, Gauge, Histogram, Matcher, Select } from './promql/series.ts';
import type { Input } from './recording.ts';

/** Longer than any test looks. */
const LONG = 400;

/** One series by its labels, and its values. */
export function given(of: Counter<string> | Gauge<string>, values: string): Input {
  return [one(of.select), values];
}

/** The series of a histogram, from how many observations lie below each edge; `all` counts them all. */
export function givenHistogram<Edge extends number>(
  { select }: Histogram<string, Edge>,
  all: string,
  upTo: Partial<Record<Edge, string>>,
): Input[] {
  const bucket = (le: string): Matcher => ({ label: 'le', operator: '=', value: le });
  const series = (suffix: string, ...more: Matcher[]): string =>
    one({ ...select, metric: `${select.metric}${suffix}`, matchers: [...select.matchers, ...more] });
  return [
    ...Object.entries<string>(upTo as Record<string, string>).map(
      ([le, values]): Input => [series('_bucket', bucket(le)), values],
    ),
    [series('_bucket', bucket('+Inf')), all],
    [series('_count'), all],
  ];
}

/** The same value all the time. */
export function flat(value: number): string {
  return `${value}x${LONG}`;
}

/** A counter that rises by so much with each value. */
export function rising(by: number): string {
  return `0+${by}x${LONG}`;
}

/** A counter that rises by `before` until that many values have passed, and then by `after`. */
export function turning(steps: number, before: number, after: number): string {
  return `0+${before}x${steps} ${before * steps + after}+${after}x${LONG}`;
}

/** A gauge that is `before` for that many values after its first, and then `after`. */
export function stepping(steps: number, before: number, after: number): string {
  return `${before}x${steps} ${after}x${LONG}`;
}

function one({ metric, matchers }: Select): string {
  const labels = matchers.map(({ label, operator, value }) => {
    if (operator !== '=') throw new Error(`${metric} has ${label}${operator}"${value}", expected labels of one series`);
    return `${label}=${JSON.stringify(value)}`;
  });
  return labels.length > 0 ? `${metric}{${labels.join(', ')}}` : metric;
}

/** A series that is to have been there: its value so many seconds after the first, in steps. */
export type Past = {
  readonly family: string;
  readonly type: 'counter' | 'gauge';
  readonly labels: Readonly<Record<string, string>>;
  /** Unix seconds, and from one value to the next. */
  readonly from: number;
  readonly until: number;
  readonly step: number;
  readonly value: (seconds: number) => number;
};

/** What promtool makes blocks of: all series of a family in a row. */
export function openMetrics(past: readonly Past[]): string {
  const families = Map.groupBy(past, ({ family }) => family);
  return [
    ...[...families.values()].flatMap((series) => [...head(series[0]), ...series.flatMap(samples)]),
    '# EOF',
    '',
  ].join('\n');
}

function head(series: Past | undefined): string[] {
  if (series === undefined) return [];
  // The format has the name of a counter without its ending.
  return [`# TYPE ${series.family.replace(series.type === 'counter' ? /_total$/ : /$^/, '')} ${series.type}`];
}

function samples({ family, labels, from, until, step, value }: Past): string[] {
  const inside = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
  return Array.from({ length: Math.floor((until - from) / step) + 1 }, (_, index) => {
    const seconds = index * step;
    return `${family}{${inside.join(',')}} ${value(seconds)} ${from + seconds}`;
  });
}

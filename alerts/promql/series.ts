import { type Catalogue, catalogue } from '../../backend/metrics/catalogue.ts';
import type { Label } from '../../backend/metrics/family.ts';
import type { libraryFamilies } from '../../backend/metrics/library.ts';
import { type Foreign, foreign } from '../foreign/index.ts';
import { TARGET_LABELS, type TargetLabel } from '../targets.ts';
import type { Matcher, Node, Select } from './node.ts';

export type { Matcher, Select };

/** What an operation takes: one value for each set of labels. */
export type Vector<L extends string> = {
  readonly is: 'vector';
  readonly node: Node;
  readonly labels: readonly L[];
};

/** A value that goes up and down; it can be used as it is. */
export type Gauge<L extends string> = Vector<L> & { readonly select: Select };

/** A value that only rises: rate and increase alone make sense of it. */
export type Counter<L extends string> = {
  readonly is: 'counter';
  readonly select: Select;
  readonly labels: readonly L[];
};

export type Histogram<L extends string, Edge extends number> = {
  readonly is: 'histogram';
  readonly select: Select;
  readonly labels: readonly L[];
  readonly edges: readonly Edge[];
};

/** A value of the label, some of them, or all but some; a pattern only where the values are not known. */
type Match<Value extends string> =
  | Value
  | { readonly oneOf: readonly Value[] }
  | { readonly not: Value }
  | { readonly noneOf: readonly Value[] }
  | (string extends Value ? { readonly pattern: string } : never);

/** What the catalogue and the tables of alerts/foreign/ have in common. */
type Family = {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: Readonly<Record<string, Label>>;
  readonly buckets?: readonly number[];
};

type ValuesOf<L> = L extends readonly (infer Value extends string)[] ? Value : string;
type Matchers<F extends Family> = { readonly [Name in keyof F['labels']]?: Match<ValuesOf<F['labels'][Name]>> };
type TargetMatchers = { readonly [Name in TargetLabel]?: Match<string> };

type SeriesOf<F extends Family, Extra extends string> = F['type'] extends 'counter'
  ? Counter<(keyof F['labels'] & string) | Extra>
  : F['type'] extends 'gauge'
    ? Gauge<(keyof F['labels'] & string) | Extra>
    : Histogram<(keyof F['labels'] & string) | Extra, EdgeOf<F>>;

type EdgeOf<F extends Family> = F extends { readonly buckets: readonly (infer Edge extends number)[] } ? Edge : never;

/** A family that the service emits, by its key in the catalogue. A name, label or value that is not there does not compile. */
export function metric<Key extends keyof Catalogue>(
  key: Key,
  matchers: Matchers<Catalogue[Key]> & TargetMatchers = {},
): SeriesOf<Catalogue[Key], TargetLabel> {
  const family: Family = catalogue[key];
  return series(family, [...Object.keys(family.labels), ...TARGET_LABELS], matchers) as SeriesOf<
    Catalogue[Key],
    TargetLabel
  >;
}

/** A family that somebody else emits, from the tables of alerts/foreign/. */
export function outside<Key extends keyof Foreign>(
  key: Key,
  matchers: Matchers<Foreign[Key]> = {},
): SeriesOf<Foreign[Key], never> {
  const family: Family = foreign[key];
  return series(family, Object.keys(family.labels), matchers) as SeriesOf<Foreign[Key], never>;
}

type Library = (typeof libraryFamilies)[number];
type OfLibrary<Type extends Library['type'], Of> = Extract<
  Library,
  { readonly type: Type; readonly labels: Of }
>['name'];

/** A gauge that prom-client emits for every process of the service. */
export function runtimeGauge(name: OfLibrary<'gauge', readonly []>, matchers: TargetMatchers = {}): Gauge<TargetLabel> {
  return gauge({ kind: 'select', metric: name, matchers: toMatchers(matchers) }, TARGET_LABELS);
}

/** The same for a counter. */
export function runtimeCounter(
  name: OfLibrary<'counter', readonly []>,
  matchers: TargetMatchers = {},
): Counter<TargetLabel> {
  return {
    is: 'counter',
    select: { kind: 'select', metric: name, matchers: toMatchers(matchers) },
    labels: TARGET_LABELS,
  };
}

/** What a recording rule has made: a gauge with the labels that the rule keeps and adds. */
export function recorded<L extends string>(
  rule: { readonly record: string; readonly labels: readonly L[] },
  matchers: { readonly [Name in L]?: Match<string> } = {},
): Gauge<L> {
  return gauge({ kind: 'select', metric: rule.record, matchers: toMatchers(matchers) }, rule.labels);
}

/** How many observations were at most so large. Only an edge of the histogram compiles. */
export function upTo<L extends string, Edge extends number>(
  histogram: Histogram<L, Edge>,
  edge: NoInfer<Edge>,
): Counter<L> {
  const le: Matcher = Number.isInteger(edge)
    ? // Prometheus 3 writes whole edges with a fraction, earlier ones as the service does.
      { label: 'le', operator: '=~', value: `${edge}([.]0)?` }
    : { label: 'le', operator: '=', value: String(edge) };
  return part(histogram, '_bucket', [le]);
}

/** All buckets of a histogram, one series an edge. */
export function bucketSeries<L extends string>({ select, labels }: Histogram<L, number>): Counter<L | 'le'> {
  return { is: 'counter', select: { ...select, metric: `${select.metric}_bucket` }, labels: [...labels, 'le'] };
}

/** How many observations there were. */
export function observations<L extends string>(histogram: Histogram<L, number>): Counter<L> {
  return part(histogram, '_count', []);
}

/** The sum of what was observed; it rises only where nothing below zero is. */
export function observed<L extends string>(histogram: Histogram<L, number>): Counter<L> {
  return part(histogram, '_sum', []);
}

export function part<L extends string>(
  { select, labels }: Histogram<L, number>,
  suffix: '_bucket' | '_count' | '_sum',
  more: readonly Matcher[],
): Counter<L> {
  return {
    is: 'counter',
    select: { ...select, metric: `${select.metric}${suffix}`, matchers: [...select.matchers, ...more] },
    labels,
  };
}

function series(family: Family, labels: readonly string[], matchers: Readonly<Record<string, unknown>>): unknown {
  const select: Select = { kind: 'select', metric: family.name, matchers: toMatchers(matchers) };
  if (family.type === 'gauge') return gauge(select, labels);
  return family.type === 'counter'
    ? { is: 'counter', select, labels }
    : { is: 'histogram', select, labels, edges: family.buckets ?? [] };
}

function gauge<L extends string>(select: Select, labels: readonly L[]): Gauge<L> {
  return { is: 'vector', node: select, select, labels };
}

function toMatchers(matchers: Readonly<Record<string, unknown>>): Matcher[] {
  return Object.entries(matchers as Readonly<Record<string, Match<string>>>).map(([label, wanted]) => {
    if (typeof wanted === 'string') return { label, operator: '=', value: wanted };
    if ('not' in wanted) return { label, operator: '!=', value: wanted.not };
    if ('oneOf' in wanted) return { label, operator: '=~', value: wanted.oneOf.map(plain).join('|') };
    if ('noneOf' in wanted) return { label, operator: '!~', value: wanted.noneOf.map(plain).join('|') };
    return { label, operator: '=~', value: wanted.pattern };
  });
}

function plain(value: string): string {
  return value.replace(/[.+*?^$(){}|[\]\\]/g, '[$&]');
}

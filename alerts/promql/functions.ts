import type { Aggregate, Duration, Node } from './node.ts';
import { seconds } from './node.ts';
import { type Counter, type Gauge, type Histogram, part, type Vector } from './series.ts';

/** Events a second. Resets of the counter are taken into account. */
export function rate<L extends string>(counter: Counter<L>, window: Duration): Vector<L> {
  return over('rate', counter, window);
}

/** Events in the window. */
export function increase<L extends string>(counter: Counter<L>, window: Duration): Vector<L> {
  return over('increase', counter, window);
}

export function sum<L extends string, By extends L>(of: Vector<L>, ...by: readonly By[]): Vector<By> {
  return aggregate('sum', of, by);
}

export function max<L extends string, By extends L>(of: Vector<L>, ...by: readonly By[]): Vector<By> {
  return aggregate('max', of, by);
}

export function min<L extends string, By extends L>(of: Vector<L>, ...by: readonly By[]): Vector<By> {
  return aggregate('min', of, by);
}

export function count<L extends string, By extends L>(of: Vector<L>, ...by: readonly By[]): Vector<By> {
  return aggregate('count', of, by);
}

/** The quantile (0 to 1) of what was observed in the window, interpolated inside the bucket that it falls into. */
export function quantile<L extends string, By extends L>(
  q: number,
  histogram: Histogram<L, number>,
  window: Duration,
  ...by: readonly By[]
): Vector<By> {
  const rates = rate(part(histogram, '_bucket', []), window).node;
  const summed: Aggregate = { kind: 'aggregate', operator: 'sum', by: ['le', ...by], of: rates };
  return vector(call('histogram_quantile', number(q), summed), by);
}

/** How many observations in the window lie below each edge of the histogram, for a picture of all of them. */
export function buckets<L extends string>(histogram: Histogram<L, number>, window: Duration): Vector<'le'> {
  const inWindow = increase(part(histogram, '_bucket', []), window).node;
  return vector({ kind: 'aggregate', operator: 'sum', by: ['le'], of: inWindow }, ['le']);
}

/** The largest, smallest, sum, mean, newest or number of the values of a gauge in the window. */
export function overTime<L extends string>(
  how: 'max' | 'min' | 'sum' | 'avg' | 'last' | 'count',
  gauge: Gauge<L>,
  window: Duration,
): Vector<L> {
  return vector(call(`${how}_over_time`, { ...gauge.select, window }), gauge.labels);
}

/** How often a gauge changed in the window. */
export function changes<L extends string>(gauge: Gauge<L>, window: Duration): Vector<L> {
  return vector(call('changes', { ...gauge.select, window }), gauge.labels);
}

/** Where a gauge will be after `ahead`, if it goes on as in the window. */
export function predicted<L extends string>(gauge: Gauge<L>, window: Duration, ahead: Duration): Vector<L> {
  return vector(call('predict_linear', { ...gauge.select, window }, number(seconds(ahead))), gauge.labels);
}

export function earlier<L extends string>(gauge: Gauge<L>, offset: Duration): Gauge<L> {
  const select = { ...gauge.select, offset };
  return { ...gauge, select, node: select };
}

/** 1, without labels, while there is nothing. */
export function absent(of: Vector<string>): Vector<never> {
  return vector(call('absent', { kind: 'aggregate', operator: 'max', by: [], of: of.node }), []);
}

/** Seconds since the instant that the gauge tells. */
export function since<L extends string>(instant: Vector<L>): Vector<L> {
  return vector({ kind: 'binary', operator: '-', left: call('time'), right: instant.node }, instant.labels);
}

/** Seconds until the instant that the gauge tells. */
export function until<L extends string>(instant: Vector<L>): Vector<L> {
  return vector({ kind: 'binary', operator: '-', left: instant.node, right: call('time') }, instant.labels);
}

/** The clock of who evaluates, in unix seconds, as a value without labels. */
export function now(): Vector<never> {
  return vector(call('vector', call('time')), []);
}

export function constant(value: number): Vector<never> {
  return vector(call('vector', number(value)), []);
}

/** One of: floor, abs, sqrt, sgn. */
export function each<L extends string>(name: 'floor' | 'abs' | 'sqrt' | 'sgn', of: Vector<L>): Vector<L> {
  return vector(call(name, of.node), of.labels);
}

/** What is smaller becomes that. */
export function noLessThan<L extends string>(least: number, of: Vector<L>): Vector<L> {
  return vector(call('clamp_min', of.node, number(least)), of.labels);
}

export function vector<L extends string>(node: Node, labels: readonly L[]): Vector<L> {
  return { is: 'vector', node, labels };
}

export function number(value: number): Node {
  return { kind: 'number', value };
}

function call(name: string, ...of: readonly Node[]): Node {
  return { kind: 'call', name, of };
}

function over<L extends string>(name: string, { select, labels }: Counter<L>, window: Duration): Vector<L> {
  return vector(call(name, { ...select, window }), labels);
}

function aggregate<L extends string>(operator: Aggregate['operator'], of: Vector<string>, by: readonly L[]): Vector<L> {
  return vector({ kind: 'aggregate', operator, by, of: of.node }, by);
}

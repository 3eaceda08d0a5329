export { SCRAPE_JOB, TARGET_LABELS, type TargetLabel } from '../targets.ts';
export * from './functions.ts';
export { type Duration, duration, type Node, seconds } from './node.ts';
export * from './operators.ts';
export { print } from './print.ts';
export {
  type Counter,
  type Gauge,
  type Histogram,
  type Matcher,
  metric,
  observations,
  observed,
  outside,
  recorded,
  runtimeCounter,
  runtimeGauge,
  upTo,
  type Vector,
} from './series.ts';

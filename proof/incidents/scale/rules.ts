import { stringify } from 'yaml';
import type { Group } from '../../../alerts/all.ts';
import { alertText, type RuleText, recordingText } from '../../../alerts/generate/rule.ts';
import { type Duration, duration, type Node, seconds } from '../../../alerts/promql/index.ts';
import type { MarketTime } from './clock.ts';

/** How a copy of the rules differs from the rules. Thresholds never do: they are what is promised. */
export type Scaling = {
  /** Windows, offsets and horizons of forecasts are divided by it. */
  readonly windows: number;
  /** What a rule waits for, keeps firing for, and the time from one evaluation to the next are divided by it. */
  readonly waits: number;
  /** What takes the place of `time()`; the time of Prometheus when it is null. */
  readonly time: MarketTime | null;
};

/** A copy of the rules as Prometheus reads them, by the name of the file. */
export function scaledRules(groups: readonly Group[], scaling: Scaling): Record<string, string> {
  return Object.fromEntries(
    groups.map(({ name, interval, recordings, alerts }) => {
      const rules = [
        ...recordings.map((one) =>
          recordingText({ ...one, expr: { ...one.expr, node: scaled(one.expr.node, scaling) } }),
        ),
        ...alerts.map((one) =>
          waiting(alertText({ ...one, expr: { ...one.expr, node: scaled(one.expr.node, scaling) } }), scaling),
        ),
      ];
      return [
        `${name}.yaml`,
        stringify({ groups: [{ name, interval: shorter(interval, scaling.waits), rules }] }, { lineWidth: 0 }),
      ];
    }),
  );
}

/** The same expression over windows that are shorter, by the market's clock. */
export function scaled(node: Node, scaling: Scaling): Node {
  switch (node.kind) {
    case 'number':
      return node;
    case 'select':
      return {
        ...node,
        ...(node.window && { window: divided(node.window, scaling.windows) }),
        ...(node.offset && { offset: divided(node.offset, scaling.windows) }),
      };
    case 'call':
      return called(node, scaling);
    case 'aggregate':
      return { ...node, of: scaled(node.of, scaling) };
    case 'binary':
      return { ...node, left: scaled(node.left, scaling), right: scaled(node.right, scaling) };
  }
}

function called(node: Node & { kind: 'call' }, scaling: Scaling): Node {
  if (node.name === 'time' && scaling.time !== null) return clockNode(node, scaling.time);
  const of = node.of.map((one) => scaled(one, scaling));
  const [series, ahead] = of;
  // How far it looks ahead is a span of time, though it is written as a number.
  if (node.name !== 'predict_linear' || series === undefined || ahead?.kind !== 'number') return { ...node, of };
  return { ...node, of: [series, { kind: 'number', value: ahead.value / scaling.windows }] };
}

function clockNode(time: Node, { real, market, speed }: MarketTime): Node {
  const since: Node = { kind: 'binary', operator: '-', left: time, right: { kind: 'number', value: real } };
  const passed: Node = { kind: 'binary', operator: '*', left: since, right: { kind: 'number', value: speed } };
  return { kind: 'binary', operator: '+', left: { kind: 'number', value: market }, right: passed };
}

/** Throws a RangeError where no whole second would be left: a window that is not what it says shows nothing. */
function divided(window: Duration, by: number): Duration {
  const left = seconds(window) / by;
  if (Number.isInteger(left)) return duration(left);
  throw new RangeError(`window ${window} divided by ${by} is ${left} s, expected whole seconds`);
}

/** Prometheus knows milliseconds where it waits. */
function shorter(wait: string, by: number): string {
  return `${Math.round((seconds(wait as Duration) * 1_000) / by)}ms`;
}

function waiting(rule: RuleText, { waits }: Scaling): RuleText {
  if (!('alert' in rule)) return rule;
  return {
    ...rule,
    ...(rule.for && { for: shorter(rule.for, waits) }),
    ...(rule.keep_firing_for && { keep_firing_for: shorter(rule.keep_firing_for, waits) }),
  };
}

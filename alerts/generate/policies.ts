import type { Alert } from '../alert.ts';
import { groups, outsideAlerts } from '../all.ts';
import { type ForeignFamily, foreign } from '../foreign/index.ts';
import { type Matcher, type Node, print, seconds } from '../promql/index.ts';
import { linksOf } from './links.ts';
import { scopeOf } from './scope.ts';

/** An alert as Cloud Monitoring raises it by itself, while the cluster and all that watches from inside it are away. */
export type Policy = {
  readonly alert: string;
  readonly about?: string;
  readonly severity: Alert['severity'];
  readonly service: Alert['service'];
  readonly summary: string;
  readonly reason: string;
  /** With `{stack}`, `{domain}` and `{database}` for what infra/ knows. */
  readonly query: string;
  /** Seconds. */
  readonly for: number;
  /** Seconds. */
  readonly interval: number;
  /** What must be there to be watched: the service itself, or what it runs in. */
  readonly watches: 'service' | 'platform';
  /** Paths, as in the rules of the cluster. */
  readonly dashboard_url: string;
  readonly runbook_url: string;
};

/**
 * Every alert that asks for nothing but what Cloud Monitoring collects itself. Those of the database and the cache are rules of the cluster
 * too, which know more ways to reach people: who is told twice was told.
 */
export function policies(): readonly Policy[] {
  const inside = groups.flatMap(({ alerts, interval }) =>
    alerts
      .filter(({ expr }) => scopeOf(expr.node) === 'project')
      .map((alert) => policy(alert, seconds(interval), 'platform')),
  );
  return [...inside, ...outsideAlerts.map((alert) => policy(alert, 60, 'service'))];
}

/** Where links begin is known to infra/. */
const PATHS = '';

function policy(alert: Alert, interval: number, watches: Policy['watches']): Policy {
  const { name, about, severity, service, reason, expr } = alert;
  return {
    ...{ alert: name, ...(about && { about }), severity, service, summary: withoutTemplates(alert), reason },
    ...{ query: print(ofOneStack(expr.node)), for: seconds(alert.for), interval, watches },
    ...linksOf(alert, PATHS),
  };
}

const families = new Map(Object.values<ForeignFamily>(foreign).map((family) => [family.name, family]));

/** The expression for the series of one stack: a project may have several, and a rule sees them all. */
export function ofOneStack(node: Node): Node {
  switch (node.kind) {
    case 'number':
      return node;
    case 'select':
      return { ...node, matchers: [...ownOf(node.metric).filter(notYetIn(node.matchers)), ...node.matchers] };
    case 'call':
      return { ...node, of: node.of.map(ofOneStack) };
    case 'aggregate':
      return { ...node, of: ofOneStack(node.of) };
    case 'binary':
      return { ...node, left: ofOneStack(node.left), right: ofOneStack(node.right) };
  }
}

/** Where an expression says more exactly by itself what is the stack's, that is enough. */
function notYetIn(matchers: readonly Matcher[]): (own: Matcher) => boolean {
  return ({ label }) => matchers.every((matcher) => matcher.label !== label);
}

function ownOf(metric: string): Matcher[] {
  const own = families.get(metric)?.own;
  if (own === undefined) throw new Error(`${metric} says not of which stack it is, expected own in alerts/foreign/`);
  return Object.entries(own).map(([label, value]) =>
    'is' in value ? { label, operator: '=', value: value.is } : { label, operator: '=~', value: value.pattern },
  );
}

/** Cloud Monitoring fills in no numbers: in their place stands the line that was crossed. */
function withoutTemplates({ name, summary, limit }: Alert): string {
  return summary.replaceAll(/ ?\{\{ \$labels\.\w+ \}\}/g, '').replaceAll(/\{\{ \$value[^}]*\}\}/g, () => {
    if (limit === undefined) throw new Error(`${name} shows its value and has no limit to show in its place`);
    return `more than ${limit.unit === 'ratio' ? `${limit.value * 100} %` : spoken(limit.value)}`;
  });
}

function spoken(amount: number): string {
  return amount % 60 === 0 ? `${amount / 60} minutes` : `${amount} seconds`;
}

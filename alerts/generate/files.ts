import { stringify } from 'yaml';
import { type Group, groups } from '../all.ts';
import { alertmanager } from '../routing/config.ts';
import { OWN_NAMESPACE } from '../targets.ts';
import { waitingPage } from './page.ts';
import { policies } from './policies.ts';
import { alertText, type RuleText, recordingText } from './rule.ts';
import { type Scope, scopeOf } from './scope.ts';

/** Everything that is written from the tables of alerts/, by path below the root of the repository. */
export function generatedFiles(): Record<string, string> {
  return {
    ...Object.fromEntries(
      groups.map((group) => [`alerts/generated/prometheus/${group.name}.yaml`, yaml({ groups: [ruleGroup(group)] })]),
    ),
    ...Object.fromEntries(groups.flatMap(managed)),
    'alerts/generated/alertmanager.yaml': yaml(alertmanager),
    'alerts/generated/cloud-monitoring.json': `${JSON.stringify(policies(), null, 2)}\n`,
    'docs/alerts.md': waitingPage(),
  };
}

const ORIGIN = ' Written by `npm run docs` from the tables in alerts/. Change those, then run it.';

function yaml(content: unknown): string {
  return `#${ORIGIN}\n${stringify(content, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

function ruleGroup(
  { name, interval, recordings, alerts }: Group,
  dashboards?: string,
): { name: string; interval: string; rules: RuleText[] } {
  const rules = [...recordings.map(recordingText), ...alerts.map((alert) => alertText(alert, dashboards))];
  return { name, interval, rules };
}

/** What makes addresses out of them is infra/. */
const PATHS = '';
const KINDS = { service: 'Rules', cluster: 'ClusterRules', project: 'GlobalRules' } as const;

/** For Managed Prometheus: one object for each scope that rules of the group need. */
function managed(group: Group): [path: string, text: string][] {
  return (['service', 'cluster', 'project'] as const).flatMap((scope): [string, string][] => {
    const alerts = group.alerts.filter(({ expr }) => scopeOf(expr.node) === scope);
    const recordings = group.recordings.filter(({ expr }) => scopeOf(expr.node) === scope);
    if (alerts.length + recordings.length === 0) return [];
    const name = scope === 'service' ? group.name : `${group.name}-${scope}`;
    return [
      [
        `alerts/generated/managed/${name}.yaml`,
        yaml(object(scope, ruleGroup({ ...group, name, alerts, recordings }, PATHS))),
      ],
    ];
  });
}

/** Managed Prometheus does not keep an alert firing: its rules have no such field (prometheus-engine, July 2026). */
function object(scope: Scope, { name, interval, rules }: ReturnType<typeof ruleGroup>): unknown {
  return {
    apiVersion: 'monitoring.googleapis.com/v1',
    kind: KINDS[scope],
    metadata: { name: `heliograph-${name}`, ...(scope === 'service' && { namespace: OWN_NAMESPACE }) },
    spec: { groups: [{ name, interval, rules: rules.map(withoutKeeping) }] },
  };
}

function withoutKeeping(rule: RuleText): RuleText {
  if (!('alert' in rule)) return rule;
  const { keep_firing_for: _, ...others } = rule;
  return others;
}

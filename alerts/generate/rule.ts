import type { Alert } from '../alert.ts';
import { print } from '../promql/index.ts';
import type { Recording } from '../recording.ts';
import { LOCAL_DASHBOARDS, linksOf } from './links.ts';

/** A rule as Prometheus reads it. */
export type RuleText =
  | { readonly record: string; readonly expr: string; readonly labels?: Readonly<Record<string, string>> }
  | {
      readonly alert: string;
      readonly expr: string;
      readonly for?: string;
      readonly keep_firing_for?: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    };

/** Who looks after all of it. Others route by this label. */
const TEAM = 'heliograph';
/** So long a page goes on after its cause has ended, so that one that flaps calls once. */
const KEPT = '5m';

export function recordingText({ record, expr, added }: Recording): RuleText {
  return { record, expr: print(expr.node), ...(Object.keys(added).length > 0 && { labels: added }) };
}

/** `dashboards`: the address below which Grafana is, or nothing where whoever deploys it puts one before. */
export function alertText(alert: Alert, dashboards: string = LOCAL_DASHBOARDS): RuleText {
  const { name, expr, severity, summary, reason, panel } = alert;
  return {
    alert: name,
    expr: print(expr.node),
    ...(alert.for !== '0s' && { for: alert.for }),
    ...(severity === 'page' && { keep_firing_for: KEPT }),
    labels: labelsOf(alert),
    annotations: { summary, reason, panel, ...linksOf(alert, dashboards) },
  };
}

/** The labels that the rule adds to those of its series. */
export function labelsOf({ severity, service, slo, about }: Alert): Record<string, string> {
  return { severity, service, ...(slo && { slo }), ...(about && { about }), team: TEAM };
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { alerts, pageOf } from '../alerts/index.ts';

const root = join(import.meta.dirname, '..');

type Rule = { readonly alert?: string; readonly annotations?: Readonly<Record<string, string>> };
type Panel = { readonly id: number; readonly links?: readonly { readonly url: string }[] };

const boards = readdirSync(join(root, 'dashboards/generated')).map(
  (file) =>
    JSON.parse(readFileSync(join(root, 'dashboards/generated', file), 'utf8')) as {
      readonly uid: string;
      readonly panels: readonly Panel[];
    },
);

const rules = readdirSync(join(root, 'alerts/generated/prometheus')).flatMap((file) => {
  const text = readFileSync(join(root, 'alerts/generated/prometheus', file), 'utf8');
  const { groups } = parse(text) as { groups: { rules: Rule[] }[] };
  return groups.flatMap((group) => group.rules).filter(({ alert }) => alert !== undefined);
});

/** What Cloud Monitoring raises: of those that the cluster raises too, the same. Links are paths. */
const policies = JSON.parse(readFileSync(join(root, 'alerts/generated/cloud-monitoring.json'), 'utf8')) as {
  readonly alert: string;
  readonly dashboard_url: string;
  readonly runbook_url: string;
}[];

const outside = policies
  .filter(({ alert }) => !rules.some((rule) => rule.alert === alert))
  .map(({ alert, dashboard_url, runbook_url }) => ({
    alert,
    annotations: { dashboard_url: `http://localhost:3000${dashboard_url}`, runbook_url },
  }));

it('every alert leads to a panel that is there, and that leads back to the page of the alert', () => {
  const all: readonly Rule[] = [...rules, ...outside];
  expect(all).toHaveLength(alerts.length);
  for (const { alert = '', annotations = {} } of all) {
    const address = new URL(annotations['dashboard_url'] ?? '');
    expect(address.origin).toBe('http://localhost:3000');
    const board = boards.find(({ uid }) => address.pathname === `/d/${uid}`);
    const panel = board?.panels.find(({ id }) => address.searchParams.get('viewPanel') === `panel-${id}`);
    expect(
      panel?.links?.map(({ url }) => url),
      alert,
    ).toContain(`\${pages}/${pageOf({ name: alert })}`);
    expect(annotations['runbook_url']).toBe(pageOf({ name: alert }));
  }
});

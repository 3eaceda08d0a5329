import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Alert, pageOf } from '../alert.ts';
import { lately } from '../routing/range.ts';

/** Where a panel is, below the address of Grafana: as dashboards/ has written it, which this folder knows nothing else of. */
const FILE = join(import.meta.dirname, '../../dashboards/panels.json');

/** Grafana on the machine of who runs all of it there. What is deployed gets paths, which infra/ makes whole. */
export const LOCAL_DASHBOARDS = 'http://localhost:3000';

/** Address of the panel below `dashboards`, with the last hours as its range: a rule does not know when it began to fire. Path of the page in the repository. Throws an Error for a panel that was never written. */
export function linksOf(
  alert: Alert,
  dashboards: string,
): { readonly dashboard_url: string; readonly runbook_url: string } {
  const path = places()[alert.panel];
  if (path === undefined)
    throw new Error(
      `${alert.name} names the panel ${JSON.stringify(alert.panel)}, expected one of dashboards/panels.json: npm run docs writes it`,
    );
  return { dashboard_url: `${dashboards}${path}&${lately}`, runbook_url: pageOf(alert) };
}

let read: Readonly<Record<string, string>> | null = null;

function places(): Readonly<Record<string, string>> {
  read ??= JSON.parse(readFileSync(FILE, 'utf8')) as Readonly<Record<string, string>>;
  return read;
}

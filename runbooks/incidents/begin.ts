import { type Alert, alerts } from '../../alerts/index.ts';
import { readPages } from '../page/files.ts';
import { type Component, type Incident, IncidentError } from './incident.ts';
import { type Given, needed, oneOf } from './options.ts';
import { type IncidentSeverity, severities } from './policy.ts';

/** What users see of a service. */
const seen: Readonly<Record<Alert['service'], readonly Component[]>> = {
  api: ['answers'],
  delivery: ['subscriptions'],
  signals: ['signals'],
  'market-data': ['market data', 'signals'],
  models: ['signals'],
  database: ['answers', 'subscriptions', 'signals', 'market data'],
  cache: ['answers'],
  jobs: [],
  recovery: [],
  platform: [],
  security: [],
  monitoring: [],
};
const components: readonly Component[] = ['answers', 'subscriptions', 'signals', 'market data'];

/** What an incident begins with: said by the person, or by the alerts and their pages. */
export async function beginning(
  given: Given,
): Promise<Pick<Incident, 'title' | 'severity' | 'impact' | 'alerts' | 'components'>> {
  const of = (given.alert ?? []).map(alertOf);
  const [first] = of;
  const wakes = of.some(({ severity }) => severity === 'page');
  const names = Object.keys(severities) as IncidentSeverity[];
  const severity = oneOf('--severity', given.severity ?? (wakes ? 'SEV2' : 'SEV3'), names);
  const impact = given.impact ?? (first === undefined ? undefined : await impactOf(first));
  // Not the name of the alert: users read it.
  const [sentence] = (impact ?? '').split(/[.:;]/);
  return {
    title: needed('--title', given.title ?? sentence?.slice(0, 200)),
    severity,
    impact: needed('--impact (what users lose)', impact),
    alerts: [...new Set(of.map(({ name }) => name))],
    components:
      given.component === undefined
        ? [...new Set(of.flatMap(({ service }) => seen[service]))]
        : given.component.map((name) => oneOf('--component', name, components)),
  };
}

export function alertOf(given: string): Alert {
  const found = alerts.find(({ name }) => name.toLowerCase() === given.toLowerCase());
  if (found === undefined)
    throw new IncidentError(
      `there is no alert ${JSON.stringify(given.slice(0, 64))}: npm run --silent runbook -- --list has all`,
    );
  return found;
}

/** What its page says of it, without what only says whether it may wait. */
async function impactOf({ name }: Alert): Promise<string | undefined> {
  const page = (await readPages()).find((one) => one.name === name);
  const text =
    page?.parts
      .find((part) => part.name === 'Impact')
      ?.text.join(' ')
      .trim() ?? '';
  const sentences = text.split(/(?<=[.]) +/).filter((one) => !/\bwaits?\b/.test(one));
  return sentences.length === 0 ? undefined : sentences.join(' ').slice(0, 500);
}

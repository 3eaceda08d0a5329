import { type Alert, alerts } from '../../alerts/index.ts';
import { readPages } from '../page/files.ts';
import { type Incident, IncidentError } from './incident.ts';
import { type Given, needed, oneOf } from './options.ts';
import { type IncidentSeverity, severities } from './policy.ts';
import { components, noticedOf } from './users.ts';

/** Of an incident that nobody outside notices. It is not told to anybody. */
const UNNOTICED = 'Users notice nothing of it.';
/** Where it is told all the same, and nobody has said what users lose. */
const NOT_KNOWN = 'We have found a fault. What it means for you is not known yet.';

/** What an incident begins with: said by the person, or by the alerts. Users read it, unless they notice nothing: that is SEV4. */
export async function beginning(
  given: Given,
): Promise<Pick<Incident, 'title' | 'severity' | 'impact' | 'alerts' | 'components'>> {
  const of = (given.alert ?? []).map(alertOf);
  const [first] = of;
  const noticed = of.flatMap((alert) => noticedOf(alert) ?? []);
  const severity = severityOf(given, of);
  const unsaid = severity === 'SEV4' ? UNNOTICED : NOT_KNOWN;
  const impact = given.impact ?? noticed[0]?.impact ?? (first === undefined ? undefined : unsaid);
  const title = impact === UNNOTICED && first !== undefined ? await inside(first) : headOf(impact ?? '');
  return {
    title: needed('--title', given.title ?? title),
    severity,
    impact: needed('--impact (what users lose)', impact),
    alerts: [...new Set(of.map(({ name }) => name))],
    components: componentsOf(given) ?? [...new Set(noticed.flatMap((one) => one.components))],
  };
}

/** What users are told from now on of an incident that is worse than thought. Where they have been told nothing, its title was for the house. */
export function toldNow(of: Incident, given: Given): Pick<Incident, 'title' | 'impact' | 'components'> {
  const isNew = of.impact === UNNOTICED;
  const impact = given.impact ?? (isNew ? NOT_KNOWN : of.impact);
  return {
    title: needed('--title', given.title ?? (isNew ? headOf(impact) : of.title)),
    impact,
    components: componentsOf(given) ?? of.components,
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

/** An impact that a person gives is one that somebody notices. */
function severityOf({ severity, impact }: Given, of: readonly Alert[]): IncidentSeverity {
  const wakes = of.filter((alert) => impact !== undefined || noticedOf(alert) !== null);
  const names = Object.keys(severities) as IncidentSeverity[];
  if (severity !== undefined) return oneOf('--severity', severity, names);
  if (of.length > 0 && wakes.length === 0) return 'SEV4';
  return wakes.some((alert) => alert.severity === 'page') ? 'SEV2' : 'SEV3';
}

function componentsOf({ component }: Given): Incident['components'] | undefined {
  return component?.map((name) => oneOf('--component', name, components));
}

/** The first sentence: not the name of the alert, since users read it. */
function headOf(impact: string): string | undefined {
  return impact.split(/[.:;]/)[0]?.slice(0, 200);
}

/** What the page of the alert says first, for the house alone. */
async function inside({ name }: Alert): Promise<string> {
  const page = (await readPages()).find((one) => one.name === name);
  return (
    headOf(
      page?.parts
        .find((part) => part.name === 'Impact')
        ?.text.join(' ')
        .trim() ?? '',
    ) || name
  );
}

import { alerts, foreign, recordings, SCRAPE_JOB, TARGET_LABELS } from '../../../alerts/index.ts';
import { CALENDAR_IDS } from '../../../backend/calendar/index.ts';
import { catalogue } from '../../../backend/metrics/catalogue.ts';
import { type Family, type Label, open, rolesOf } from '../../../backend/metrics/family.ts';
import { libraryFamilies } from '../../../backend/metrics/library.ts';
import { roles } from '../../../backend/roles.ts';

/** The labels of a series by name: the values that there are, or null where only the running system knows them. */
export type Labels = ReadonlyMap<string, readonly string[] | null>;

/** Every series that there is, by name. */
export type Series = ReadonlyMap<string, Labels>;

/** What whoever scrapes and whoever evaluates rules add. */
const ADDED = [...TARGET_LABELS, 'pod', 'container', 'node', 'namespace', 'cluster', 'le'];

/** What a label of that name says wherever it stands, and whoever emits it. */
const EVERYWHERE: Readonly<Record<string, readonly string[]>> = {
  market: CALENDAR_IDS,
  role: Object.keys(roles),
};

const SCRAPED = { job: [SCRAPE_JOB] } as const;

const OF_ALERTS: Readonly<Record<string, readonly string[] | null>> = {
  alertname: alerts.map(({ name }) => name),
  alertstate: ['pending', 'firing'],
  severity: alerts.map(({ severity }) => severity),
  service: alerts.map(({ service }) => service),
  slo: alerts.flatMap(({ slo }) => slo ?? []),
  about: null,
  team: null,
};

export function seriesNames(): Series {
  return new Map([
    ...Object.values(foreign).flatMap((family) => seriesOf(family, {})),
    ...Object.values(catalogue).flatMap((family: Family) => seriesOf(family, { ...SCRAPED, role: rolesOf(family) })),
    ...libraryFamilies.flatMap(({ name, type, labels: own }) =>
      seriesOf({ name, type, labels: Object.fromEntries(own.map((label) => [label, open('prom-client')])) }, SCRAPED),
    ),
    ...recorded(),
    ...['ALERTS', 'ALERTS_FOR_STATE'].map((name): [string, Labels] => [name, labels(OF_ALERTS)]),
  ]);
}

type Emitted = {
  readonly name: string;
  readonly type: string;
  readonly labels: Readonly<Record<string, Label>>;
  readonly buckets?: readonly number[];
};

/** The series of a family, of which a histogram has three. `scraped`: what its target adds. */
function seriesOf(family: Emitted, scraped: Readonly<Record<string, readonly string[]>>): [string, Labels][] {
  const own = Object.entries(family.labels).map(([name, label]) => [name, 'from' in label ? null : label] as const);
  const le = family.buckets && { le: [...family.buckets.map(String), '+Inf'] };
  const known = labels({ ...scraped, ...Object.fromEntries(own), ...le });
  const endings = family.type === 'histogram' ? ['_bucket', '_count', '_sum'] : [''];
  return endings.map((ending) => [`${family.name}${ending}`, known]);
}

/** Rules of one name differ in what each adds. */
function recorded(): [string, Labels][] {
  return [...Map.groupBy(recordings, ({ record }) => record)].map(([record, rules]) => {
    const names = new Set<string>(rules.flatMap((rule) => rule.labels));
    const valuesOf = (name: string) => {
      const values = rules.map(({ added }) => added[name]);
      return values.every((value) => value !== undefined) ? values : null;
    };
    return [record, labels(Object.fromEntries([...names].map((name) => [name, valuesOf(name)])))];
  });
}

function labels(own: Readonly<Record<string, readonly string[] | null>>): Labels {
  const names = new Set([...ADDED, ...Object.keys(own)]);
  return new Map([...names].map((name) => [name, own[name] ?? EVERYWHERE[name] ?? null]));
}

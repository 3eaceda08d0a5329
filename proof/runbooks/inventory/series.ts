import { foreign, recordings, TARGET_LABELS } from '../../../alerts/index.ts';
import { catalogue } from '../../../backend/metrics/catalogue.ts';

/** Every series that there is, by name: its labels. */
export type Series = ReadonlyMap<string, ReadonlySet<string>>;

/** What whoever scrapes and whoever evaluates rules add. */
const ADDED = [...TARGET_LABELS, 'pod', 'container', 'node', 'namespace', 'cluster', 'le'];
const ALERT_LABELS = ['alertname', 'alertstate', 'severity', 'service', 'slo', 'about', 'team'];

type Family = { readonly name: string; readonly type: string; readonly labels: Readonly<Record<string, unknown>> };

export function seriesNames(): Series {
  const families: readonly Family[] = [...Object.values(catalogue), ...Object.values(foreign)];
  return new Map([
    ...families.flatMap(({ name, type, labels }) =>
      (type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name]).map(
        (one): [string, Set<string>] => [one, new Set([...Object.keys(labels), ...ADDED])],
      ),
    ),
    ...recordings.map(({ record, labels }): [string, Set<string>] => [record, new Set([...labels, ...ADDED])]),
    ['ALERTS', new Set([...ALERT_LABELS, ...ADDED])],
    ['ALERTS_FOR_STATE', new Set([...ALERT_LABELS, ...ADDED])],
  ]);
}

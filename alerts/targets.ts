import { probes } from '../backend/roles.ts';

/** The job under which the service is scraped: the name of the PodMonitoring, and of the scrape job elsewhere. */
export const SCRAPE_JOB = 'heliograph';

/** What every series of the service has by being scraped: role is that of the process (backend/roles.ts). */
export const TARGET_LABELS = ['job', 'instance', 'role'] as const;
export type TargetLabel = (typeof TARGET_LABELS)[number];

/** The namespace that the service runs in: what kube-state-metrics tells of others is not ours to mend. */
export const OWN_NAMESPACE = 'heliograph';

/** The requests of users: Kubernetes asks every few seconds, and one that is told to wait is no user. */
export const OF_USERS = { endpoint: { noneOf: Object.values(probes) } } as const;

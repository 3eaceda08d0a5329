import { probes, type Role } from '../backend/roles.ts';

/** The job under which the service is scraped: the name of the PodMonitoring, and of the scrape job elsewhere. */
export const SCRAPE_JOB = 'heliograph';

/** What every series of the service has by being scraped: role is that of the process (backend/roles.ts). */
export const TARGET_LABELS = ['job', 'instance', 'role'] as const;
export type TargetLabel = (typeof TARGET_LABELS)[number];

/** Roles that ask the database. What tells of all of them must not look at the others: every process tells every counter, from zero on. */
export const WITH_DATABASE = ['api', 'pipeline', 'worker', 'all'] as const satisfies readonly Role[];

/** The namespace that the service runs in: what kube-state-metrics tells of others is not ours to mend. */
export const OWN_NAMESPACE = 'heliograph';

/**
 * The instance of Cloud SQL that the service writes to: its replicas, and what a drill makes of it, are others of the same project. infra/ puts
 * the name in the place of `{database}`.
 */
export const PRIMARY = { database_id: { pattern: '.*:{database}' } } as const;

/** The requests of users: Kubernetes asks every few seconds, and one that is told to wait is no user. */
export const OF_USERS = { endpoint: { noneOf: Object.values(probes) } } as const;

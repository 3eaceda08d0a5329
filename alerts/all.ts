import type { Alert } from './alert.ts';
import { marketRules } from './market/rules.ts';
import type { Recording } from './recording.ts';
import { sloAlerts } from './slos/burn.ts';
import { sloRecordings } from './slos/recordings.ts';
import { aliases } from './subjects/aliases.ts';
import { apiAlerts } from './subjects/api.ts';
import { cacheAlerts, cacheRecordings } from './subjects/cache.ts';
import { cloudAlerts } from './subjects/cloud.ts';
import { databaseAlerts } from './subjects/database.ts';
import { deploymentAlerts } from './subjects/deployments.ts';
import { jobAlerts } from './subjects/jobs.ts';
import { kubernetesAlerts } from './subjects/kubernetes.ts';
import { marketDataAlerts } from './subjects/market-data.ts';
import { modelAlerts, modelRecordings } from './subjects/models.ts';
import { monitoringAlerts } from './subjects/monitoring.ts';
import { recoveryAlerts } from './subjects/recovery.ts';
import { securityAlerts } from './subjects/security.ts';
import { signalAlerts } from './subjects/signals.ts';

/** Rules that are evaluated together, in this order. */
export type Group = {
  readonly name: string;
  /** From one evaluation to the next. */
  readonly interval: '30s' | '1m';
  readonly recordings: readonly Recording[];
  readonly alerts: readonly Alert[];
};

/** All rules, in the order in which they need each other. */
export const groups: readonly Group[] = [
  { name: 'market', interval: '30s', recordings: marketRules, alerts: [] },
  { name: 'slos', interval: '1m', recordings: sloRecordings, alerts: sloAlerts },
  { name: 'api', interval: '30s', recordings: aliases, alerts: apiAlerts },
  { name: 'signals', interval: '30s', recordings: [], alerts: signalAlerts },
  { name: 'market-data', interval: '30s', recordings: [], alerts: marketDataAlerts },
  { name: 'models', interval: '30s', recordings: modelRecordings, alerts: modelAlerts },
  { name: 'database', interval: '30s', recordings: [], alerts: databaseAlerts },
  { name: 'cache', interval: '30s', recordings: cacheRecordings, alerts: cacheAlerts },
  { name: 'jobs', interval: '30s', recordings: [], alerts: jobAlerts },
  { name: 'recovery', interval: '1m', recordings: [], alerts: recoveryAlerts },
  { name: 'deployments', interval: '30s', recordings: [], alerts: deploymentAlerts },
  { name: 'kubernetes', interval: '30s', recordings: [], alerts: kubernetesAlerts },
  { name: 'security', interval: '30s', recordings: [], alerts: securityAlerts },
  { name: 'monitoring', interval: '30s', recordings: [], alerts: monitoringAlerts },
];

/** Told from outside of the cluster alone. */
export const outsideAlerts: readonly Alert[] = cloudAlerts;

export const alerts: readonly Alert[] = [...groups.flatMap((group) => group.alerts), ...outsideAlerts];
export const recordings: readonly Recording[] = groups.flatMap((group) => group.recordings);

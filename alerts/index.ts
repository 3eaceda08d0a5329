/** What dashboards and runbooks may use of alerts/: the builder, the series of others, the alerts with their limits, the promises. */
export type { Alert, Dashboard, Limit, Panel, Severity } from './alert.ts';
export { pageOf } from './alert.ts';
export { alerts, recordings } from './all.ts';
export { type ForeignFamily, foreign } from './foreign/index.ts';
export { latencyLadder } from './ladder.ts';
export { closeTimestamp, marketIsOpen, openForSeconds } from './market/rules.ts';
export * as promql from './promql/index.ts';
export { secretNames } from './routing/receivers.ts';
export { allowed, badEvents, badRatio, budgetLeft } from './slos/recordings.ts';
export { slos } from './slos/table.ts';
export { cacheHitRatio } from './subjects/cache.ts';
export { predictionAccuracy, resolvedPredictions } from './subjects/models.ts';
export { OF_USERS, OWN_NAMESPACE, SCRAPE_JOB, TARGET_LABELS } from './targets.ts';

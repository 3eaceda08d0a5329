import { type JobName, type JobSpec, jobs } from '../../jobs.ts';
import type { Metrics } from '../../metrics/registry.ts';
import { type Observed, Observer } from '../../operations/backup/observe.ts';
import { type RunState, readRuns } from '../../operations/backup/runs.ts';
import type { Stored } from '../../operations/backup/storage.ts';
import { tables } from '../../operations/backup/tables.ts';
import type { DrillPhase, DrillResult, Scenario } from '../../operations/restore/drill.ts';
import type { Queryable } from '../../platform/database/pool.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { showCloudSql } from './cloud-sql.ts';
import { type Backups, isConfigured, type RecoveryJob } from './jobs.ts';
import { TARGET } from './run.ts';

const LOOK_EVERY_MS = 30_000;
const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400] as const;

/** How often each of them is planned, in seconds, as the cron of the job has it. */
const PLANNED = {
  'backup-wal': { kind: 'wal', seconds: MINUTE },
  'backup-base': { kind: 'full', seconds: DAY },
  'backup-export': { kind: 'export', seconds: HOUR },
  'backup-export-rest': { kind: 'export_rest', seconds: DAY },
  'backup-platform': { kind: 'platform', seconds: DAY },
} as const satisfies Partial<Record<RecoveryJob, object>>;

/** Shows what there is to be recovered from, looked up anew each half minute. */
export async function showRecovery(runtime: Runtime, backups: Backups): Promise<void> {
  const { metrics, log, pools, lifecycle } = runtime;
  const { vault, cloudSql } = backups;
  if (cloudSql !== null) showCloudSql(runtime, cloudSql);
  showPlans(runtime, backups);
  const observer = new Observer(vault);
  const look = async (): Promise<void> => {
    try {
      await lookOnce(metrics, { observer, database: pools.work, lockDays: vault.lockDays });
    } catch (error) {
      log.warn('the backups could not be looked at, trying again', { error });
    }
  };
  await look();
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  lifecycle.onStop('look at the backups', () => clearInterval(timer));
}

export type Looking = {
  readonly observer: Pick<Observer, 'look'>;
  readonly database: Queryable;
  /** Undefined: nothing is expected to be locked. */
  readonly lockDays?: number | undefined;
};

/** One look, at the storage and at the table of what was tried. */
export async function lookOnce(metrics: Metrics, { observer, database, lockDays }: Looking): Promise<void> {
  const { full, export: hourly, exportRest, platform, wal, latestRecovery } = await observer.look();
  const kinds = { full, export: hourly, export_rest: exportRest, platform, wal } as const satisfies Record<
    string,
    Observed | null
  >;
  for (const kind of ['full', 'export', 'export_rest', 'platform', 'wal'] as const) {
    const [observed, labels] = [kinds[kind], { kind, target: TARGET } as const];
    // What is gone is not shown as it was: BackupMissing asks for a series that is not there.
    for (const gauge of ofStored(metrics)) gauge.remove(labels);
    if (observed === null) continue;
    metrics.backupLastSuccess.set(labels, observed.reaches / 1_000);
    metrics.backupSize.set(labels, observed.bytes);
    if (lockDays === undefined || observed.objects.length === 0) continue;
    const locked = observed.objects.filter((object) => isLocked(object, lockDays));
    metrics.backupObjects.set(labels, observed.objects.length);
    metrics.backupObjectsLocked.set(labels, locked.length);
  }
  if (latestRecovery === null) metrics.backupLatestRecovery.remove({ target: TARGET });
  else metrics.backupLatestRecovery.set({ target: TARGET }, latestRecovery / 1_000);
  const runs = await readRuns(database);
  for (const run of runs) {
    if (run.kind === 'drill') showDrill(metrics, run);
    else {
      const labels = { kind: run.kind, target: TARGET } as const;
      metrics.backupLastAttempt.set(labels, run.lastAttempt / 1_000);
      if (run.seconds !== null) metrics.backupDuration.set(labels, run.seconds);
    }
  }
  const compared = runs.filter(({ kind, target, ok }) => kind === 'drill' && target !== 'older' && ok !== null);
  const newest = compared.reduce<RunState | null>(
    (last, run) => (last === null || run.lastAttempt > last.lastAttempt ? run : last),
    null,
  );
  if (newest !== null) showTables(metrics, resultOf(newest));
}

const ofStored = ({ backupLastSuccess, backupSize, backupObjects, backupObjectsLocked }: Metrics) => [
  backupLastSuccess,
  backupSize,
  backupObjects,
  backupObjectsLocked,
];

/** Whether it is locked for as long as it is to be, counted from when it was stored. */
function isLocked({ lockedUntil, storedAt }: Stored, days: number): boolean {
  return typeof lockedUntil === 'number' && lockedUntil >= storedAt + days * DAY * 1_000;
}

function showPlans(runtime: Runtime, backups: Backups): void {
  const isPlanned = (name: JobName) => isConfigured(jobs[name] as JobSpec, runtime, backups);
  for (const [name, { kind, seconds }] of Object.entries(PLANNED))
    if (isPlanned(name as JobName)) runtime.metrics.backupInterval.set({ kind, target: TARGET }, seconds);
  for (const [name, scenario] of [
    ['restore-drill', 'newest'],
    ['restore-drill-cloudsql', 'cloudsql'],
  ] as const)
    if (isPlanned(name)) runtime.metrics.drillInterval.set({ scenario }, 7 * DAY);
}

function showDrill(metrics: Metrics, run: RunState): void {
  const scenario: Scenario = run.target === 'older' || run.target === 'cloudsql' ? run.target : 'newest';
  metrics.drillLastAttempt.set({ scenario }, run.lastAttempt / 1_000);
  if (run.lastSuccess !== null) metrics.drillLastSuccess.set({ scenario }, run.lastSuccess / 1_000);
  metrics.drillFailures.set({ scenario }, run.failures);
  if (run.ok === null) return;
  metrics.drillSuccess.set({ scenario }, run.ok ? 1 : 0);
  const result = resultOf(run);
  for (const [phase, seconds] of Object.entries(result.phases ?? {}))
    metrics.drillPhase.set({ scenario, phase: phase as DrillPhase }, seconds);
  if (typeof result.rto === 'number') metrics.drillRto.set({ scenario }, result.rto);
  if (typeof result.rpo === 'number') metrics.drillRpo.set({ scenario }, result.rpo);
}

/** Written by ourselves; a failure before the drill began has no more than an error. */
function resultOf({ detail }: RunState): Partial<DrillResult> {
  return JSON.parse(detail ?? '{}') as Partial<DrillResult>;
}

/** Of a table that the last drill did not come to nothing is shown: what the one before found says nothing of this one. */
function showTables(metrics: Metrics, result: Partial<DrillResult>): void {
  const { drillExpectedRows, drillVerifiedRows, drillChecksumMatch } = metrics;
  const found = new Map(result.tables?.map((compared) => [compared.table, compared]));
  for (const table of new Set([...Object.keys(tables), ...found.keys()])) {
    for (const gauge of [drillExpectedRows, drillVerifiedRows, drillChecksumMatch]) gauge.remove({ table });
    const compared = found.get(table);
    if (compared === undefined) continue;
    drillExpectedRows.set({ table }, compared.expected);
    drillVerifiedRows.set({ table }, compared.found);
    if (compared.checksumsMatch !== null) drillChecksumMatch.set({ table }, compared.checksumsMatch ? 1 : 0);
  }
}

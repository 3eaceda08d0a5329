import { calendarById } from '../../calendar/index.ts';
import { type JobName, type JobSpec, jobs } from '../../jobs.ts';
import { archiveOldEvents, type EventLogRetention } from '../../log/retention.ts';
import { checkRealFeeds } from '../../market-data/ingestion-days/real-feeds.ts';
import { dropOldBars } from '../../market-data/retention.ts';
import type { Vault } from '../../operations/backup/objects.ts';
import type { PlatformSource } from '../../operations/backup/platform.ts';
import type { CloudSql } from '../../operations/cloud-sql/instance.ts';
import { wallClock } from '../../platform/clock.ts';
import { outlastRestart } from '../../platform/database/pool.ts';
import type { JobHandler, JobQueue } from '../../platform/job-queue/job-queue.ts';
import type { Role } from '../../roles.ts';
import { tellDay } from '../feed/tell-day.ts';
import type { RecoveryJob } from '../recovery/jobs.ts';
import type { ScratchSettings } from '../recovery/server-files.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { retraining } from '../training/retraining.ts';

const RESTART_MS = 30_000;
const LOOK_EVERY_MS = 15_000;
const MINUTE = 60_000;

export type JobOptions = {
  readonly role: Role;
  /** How old bars may get; null keeps them all. */
  readonly retentionDays: number | null;
  /** How old events may get; null keeps them all. */
  readonly eventLog: EventLogRetention | null;
  /** Where backups go; null where none are taken. */
  readonly vault: Vault | null;
  /** What of the platform goes there, too. */
  readonly sources: readonly PlatformSource[];
  /** The instance of Cloud SQL that the database runs on; null where it is none. */
  readonly cloudSql: CloudSql | null;
  /** Who runs what is restored in a drill. */
  readonly common: ScratchSettings;
};

/** Begins to work on the scheduled jobs of a role, and ends it with the lifecycle. */
export async function startJobs(runtime: Runtime, options: JobOptions): Promise<void> {
  const { role, vault } = options;
  const recovery = vault === null ? null : await openRecovery(runtime, vault, options);
  const handlers: Partial<Record<JobName, JobHandler>> = { ...handlersOf(runtime, options), ...recovery?.handlers };
  const own = Object.entries<JobSpec>(jobs).flatMap(([key, spec]) => {
    const name = key as JobName;
    const handler = handlers[name];
    // Whoever sits beside a server takes its backups; the other jobs are for who has a machine for them.
    const isHere = spec.needs === undefined ? runtime.database.beside === null : recovery?.isConfigured(spec) === true;
    return handler !== undefined && isHere && spec.roles.includes(role) ? [{ name, spec, handler }] : [];
  });
  if (own.length === 0) return;
  const { pools, log, database, lifecycle } = runtime;
  const { openPgBossQueue } = await import('../../platform/job-queue/pg-boss.ts');
  const queue = await outlastRestart(RESTART_MS, () =>
    openPgBossQueue({ url: database.url, database: pools.work, log }),
  );
  lifecycle.onStop('jobs', () => queue.stop());
  for (const { name, spec, handler } of own)
    await outlastRestart(RESTART_MS, () => queue.work(name, spec, watched(runtime, name, handler)));

  await recovery?.begin(queue);
  const added = new Set<string>();
  const look = async (): Promise<void> => {
    try {
      for (const { name, spec } of own) await addClosed(queue, name, spec, added);
      await measure(runtime, queue);
    } catch (error) {
      log.warn('the jobs could not be looked at, trying again', { error });
    }
  };
  await look();
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  lifecycle.onStop('look at the jobs', () => clearInterval(timer));
}

/** Loaded where there are backups only. */
async function openRecovery(runtime: Runtime, vault: Vault, { sources, cloudSql, common }: JobOptions) {
  const { addFirstBackups, isConfigured, recoveryHandlers } = await import('../recovery/jobs.ts');
  const { showRecovery } = await import('../recovery/metrics.ts');
  const { scratchServersOf } = await import('../recovery/server-files.ts');
  const backups = { vault, sources, cloudSql, servers: scratchServersOf(common) };
  return {
    handlers: recoveryHandlers(runtime, backups),
    isConfigured: (spec: JobSpec) => isConfigured(spec, runtime, backups),
    begin: async (queue: JobQueue): Promise<void> => {
      await showRecovery(runtime, backups);
      // Where backups go may be away; the service is there all the same.
      await addFirstBackups(queue, runtime, backups).catch((error: unknown) =>
        runtime.log.warn('it could not be seen whether there are backups', { error }),
      );
    },
  };
}

/** What each job of the table does, but those of backups. */
function handlersOf(
  runtime: Runtime,
  { retentionDays, eventLog }: JobOptions,
): Readonly<Record<Exclude<JobName, RecoveryJob>, JobHandler>> {
  const { log, metrics } = runtime;
  const pool = runtime.pools.work;
  return {
    partitions: async () => {
      const { rows } = await pool.query<{ made: number }>(
        `select ensure_partitions(now() + interval '2 months', now()) as made`,
      );
      metrics.jobItems.inc({ job_name: 'partitions', result: 'done' }, rows[0]?.made ?? 0);
    },
    retention: async () => {
      if (retentionDays === null) return;
      const { dropped, kept, refusedRows } = await dropOldBars(pool, retentionDays);
      metrics.jobItems.inc({ job_name: 'retention', result: 'done' }, dropped.length);
      metrics.jobItems.inc({ job_name: 'retention', result: 'kept' }, kept.length);
      for (const { month, reason } of kept) log.warn('a month of bars is kept, though it is old', { month, reason });
      if (dropped.length + refusedRows > 0)
        log.info('old bars were dropped', { months: dropped, refused_rows: refusedRows });
    },
    'event-log-retention': async ({ id, attempt, signal }) => {
      if (eventLog === null) return;
      const dropped = await archiveOldEvents(pool, eventLog, { suffix: `${id}.${attempt}`, signal });
      metrics.jobItems.inc({ job_name: 'event-log-retention', result: 'done' }, dropped.length);
      if (dropped.length > 0) log.info('old events were archived and dropped', { partitions: dropped });
    },
    retraining: retraining(runtime),
    'daily-ingestion-xnys': dailyIngestion(runtime, 'daily-ingestion-xnys'),
    'daily-ingestion-24x7': dailyIngestion(runtime, 'daily-ingestion-24x7'),
  };
}

function dailyIngestion(runtime: Runtime, name: JobName): JobHandler {
  return async ({ data, fence }) => {
    const session = { calendar: data['calendar'] ?? '', sessionDate: data['sessionDate'] ?? '' };
    const checked = await checkRealFeeds(runtime.pools.work, session, fence);
    for (const result of checked) {
      tellDay(runtime, result);
      const isIn = result.day.completedAt !== null;
      runtime.metrics.jobItems.inc({ job_name: name, result: isIn ? 'done' : 'failed' });
    }
    const missing = checked.filter(({ day }) => day.sessionDate === session.sessionDate && day.completedAt === null);
    const names = missing.map(({ day }) => day.sourceId).join(', ');
    if (missing.length > 0) throw new Error(`session ${session.sessionDate} is not in: ${names}`);
  };
}

function watched({ log, metrics }: Runtime, name: JobName, handler: JobHandler): JobHandler {
  return async (run) => {
    const begin = performance.now();
    try {
      await handler(run);
    } catch (error) {
      log.warn('a job failed and is tried again, up to its limit', {
        job: name,
        attempt: run.attempt,
        ...run.data,
        error,
      });
      throw error;
    } finally {
      metrics.jobDuration.observe({ job_name: name }, (performance.now() - begin) / 1_000);
    }
  };
}

/** Adds the occurrence of the session that has closed last, unless it was added before, here or elsewhere. */
async function addClosed(queue: JobQueue, name: JobName, { trigger }: JobSpec, added: Set<string>): Promise<void> {
  if (!('afterClose' in trigger)) return;
  const calendar = trigger.afterClose;
  const { sessionDate } = calendarById(calendar).previousSession(wallClock.now() - trigger.minutes * MINUTE);
  if (added.has(`${name} ${sessionDate}`)) return;
  await queue.add(name, sessionDate, { calendar, sessionDate });
  added.add(`${name} ${sessionDate}`);
}

async function measure({ metrics }: Runtime, queue: JobQueue): Promise<void> {
  for (const { queue: name, depth, oldestSeconds, lastSuccess } of await queue.states()) {
    metrics.queueDepth.set({ queue: name }, depth);
    metrics.queueOldestJobAge.set({ queue: name }, oldestSeconds);
    if (lastSuccess !== null) metrics.jobLastSuccess.set({ job_name: name }, lastSuccess / 1_000);
  }
}

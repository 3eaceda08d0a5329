import { type JobName, type JobSpec, jobs } from '../../jobs.ts';
import type { Vault } from '../../operations/backup/objects.ts';
import { Observer } from '../../operations/backup/observe.ts';
import type { PlatformSource } from '../../operations/backup/platform.ts';
import { sweep } from '../../operations/cloud-sql/clone.ts';
import type { CloudSql } from '../../operations/cloud-sql/instance.ts';
import { wallClock } from '../../platform/clock.ts';
import type { JobHandler, JobQueue } from '../../platform/job-queue/job-queue.ts';
import type { ServerAccess } from '../../platform/postgres/running.ts';
import type { ScratchServers } from '../../platform/postgres/scratch-servers.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { drillFault, runBase, runCloudSqlDrill, runDrills, runExport, runLog, runPlatform } from './run.ts';
import { filesOf, serverFiles } from './server-files.ts';

export type RecoveryJob = Extract<JobName, `backup-${string}` | `restore-drill${string}`>;

/** Where backups go, what of the platform is among them, the instance of Cloud SQL that has its own, and who runs what is restored in a drill. */
export type Backups = {
  readonly vault: Vault;
  readonly sources: readonly PlatformSource[];
  readonly cloudSql: CloudSql | null;
  readonly servers: ScratchServers;
};

/** Whether what a job needs is configured here, where backups are taken. */
export function isConfigured({ needs }: JobSpec, runtime: Runtime, { sources, cloudSql }: Backups): boolean {
  if (needs === 'platform') return sources.length > 0;
  if (needs === 'cloud sql') return cloudSql !== null;
  return needs !== 'server files' || filesOf(runtime.database) !== null;
}

/** What the jobs of backups and drills do. */
export function recoveryHandlers(
  runtime: Runtime,
  { vault, sources, cloudSql, servers }: Backups,
): Readonly<Record<RecoveryJob, JobHandler>> {
  const pool = runtime.pools.work;
  const count = (job_name: RecoveryJob, items: number) =>
    runtime.metrics.jobItems.inc({ job_name, result: 'done' }, items);
  const exporting = (name: RecoveryJob, kind: 'export' | 'export-rest') => async () => {
    const { tables } = await runExport({ pool, vault }, kind, runtime.database.url);
    count(name, tables.length);
  };
  return {
    'backup-wal': async () => count('backup-wal', await runLog({ vault }, await server(runtime))),
    'backup-base': async () => {
      const { files } = await runBase({ pool, vault }, await server(runtime));
      // Without the log of its time nothing can be recovered from it.
      await runLog({ vault }, await server(runtime));
      count('backup-base', files.length);
    },
    'backup-export': exporting('backup-export', 'export'),
    'backup-export-rest': exporting('backup-export-rest', 'export-rest'),
    'backup-platform': async () => {
      const { files } = await runPlatform({ pool, vault }, sources);
      count('backup-platform', files.length);
    },
    'restore-drill': async () => {
      const results = await runDrills({ pool, vault, production: filesOf(runtime.database), scratch: null, servers });
      for (const { ok } of results)
        runtime.metrics.jobItems.inc({ job_name: 'restore-drill', result: ok ? 'done' : 'failed' });
      const faults = results.flatMap((result) => drillFault(result) ?? []);
      if (faults.length > 0) throw new Error(`a backup cannot be relied on: ${faults.join('; ')}`);
    },
    'restore-drill-cloudsql': async ({ signal }) => {
      if (cloudSql === null) return;
      const result = await runCloudSqlDrill({ pool, vault, cloudSql, databaseUrl: runtime.database.url, signal });
      runtime.metrics.jobItems.inc({ job_name: 'restore-drill-cloudsql', result: result.ok ? 'done' : 'failed' });
      const fault = drillFault(result);
      if (fault !== null) throw new Error(`what Cloud SQL keeps cannot be relied on: ${fault}`);
    },
    'restore-drill-leftovers': async ({ signal }) => {
      if (cloudSql !== null)
        count('restore-drill-leftovers', (await sweep(cloudSql, wallClock.now(), { signal })).length);
    },
  };
}

const FIRST = {
  'backup-base': 'full',
  'backup-export': 'export',
  'backup-export-rest': 'exportRest',
  'backup-platform': 'platform',
} as const;

/** Adds a backup of each kind that there is none of: the next one by its cron may be a day away. */
export async function addFirstBackups(queue: JobQueue, runtime: Runtime, backups: Backups): Promise<void> {
  const seen = await new Observer(backups.vault).look();
  const today = new Date(wallClock.now()).toISOString().slice(0, 10);
  for (const [name, kind] of Object.entries(FIRST) as [keyof typeof FIRST, (typeof FIRST)[keyof typeof FIRST]][])
    if (seen[kind] === null && isConfigured(jobs[name], runtime, backups))
      await queue.add(name, `the first, on ${today}`, {});
}

async function server({ database }: Runtime): Promise<ServerAccess> {
  const running = await serverFiles(database);
  if (running === null) throw new Error('the files of the database are not here');
  return running;
}

import type { JobName, JobSpec } from '../jobs.ts';
import type { Vault } from '../operations/backup/objects.ts';
import { shipWal } from '../operations/backup/wal.ts';
import type { JobHandler } from '../platform/job-queue/job-queue.ts';
import { runningServer, type ServerAccess } from '../platform/postgres/running.ts';
import { drillFault, runBase, runDrills, runExport } from './recovery.ts';
import type { Runtime } from './runtime.ts';
import { fewLetters } from './vault.ts';

export type RecoveryJob = Extract<JobName, `backup-${string}` | 'restore-drill'>;

/** Whether what a job needs is configured here. */
export function isConfigured({ needs }: JobSpec, runtime: Runtime, vault: Vault | null): boolean {
  if (needs === undefined) return true;
  return vault !== null && (needs === 'backups' || runtime.database.folder !== null);
}

/** What the jobs of backups and drills do. Those that are not configured are never begun. */
export function recoveryHandlers(
  runtime: Runtime,
  configured: Vault | null,
): Readonly<Record<RecoveryJob, JobHandler>> {
  const pool = runtime.pools.work;
  const vault = (): Vault => configured ?? refuse();
  const count = (job_name: RecoveryJob, items: number) =>
    runtime.metrics.jobItems.inc({ job_name, result: 'done' }, items);
  return {
    'backup-wal': async () => count('backup-wal', await shipWal(server(runtime).walOut, vault(), fewLetters)),
    'backup-base': async () => {
      const { files } = await runBase({ pool, vault: vault() }, server(runtime));
      await shipWal(server(runtime).walOut, vault(), fewLetters);
      count('backup-base', files.length);
    },
    'backup-export': async () => {
      const { tables } = await runExport({ pool, vault: vault() }, 'export', runtime.database.url);
      count('backup-export', tables.length);
    },
    'backup-export-rest': async () => {
      const { tables } = await runExport({ pool, vault: vault() }, 'export-rest', runtime.database.url);
      count('backup-export-rest', tables.length);
    },
    'restore-drill': async () => {
      const results = await runDrills({ pool, vault: vault(), production: runtime.database.folder, scratch: null });
      for (const result of results) {
        runtime.metrics.jobItems.inc({ job_name: 'restore-drill', result: result.ok ? 'done' : 'failed' });
        const fault = drillFault(result);
        if (fault !== null) throw new Error(`${result.backup} could not be relied on: ${fault}`);
      }
    },
  };
}

function server({ database }: Runtime): ServerAccess {
  const running = database.folder === null ? null : runningServer(database.folder);
  return running ?? refuse();
}

function refuse(): never {
  throw new Error('a job was begun whose needs are not configured here');
}

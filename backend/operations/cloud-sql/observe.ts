import { z } from 'zod';
import { type SqlAdminClient, SqlAdminError } from '../../platform/google/sql-admin-client.ts';
import { type Instance, pathOf } from './instance.ts';

/** What Cloud SQL says of its own backups of an instance; null where there is none. */
export type ManagedBackups = {
  /** The newest that succeeded: the moment it shows, ms. */
  readonly newest: { readonly reaches: number; readonly bytes: number | null } | null;
  /** When it was last tried, ms, whatever came of it. */
  readonly lastAttempt: number | null;
  /** Of the last one that has an end, seconds. */
  readonly seconds: number | null;
  /** The latest moment that a new instance could be made of, ms; null without recovery to a point in time. */
  readonly latestRecovery: number | null;
};

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const runSchema = z.object({
  status: z.string(),
  enqueuedTime: time.optional(),
  startTime: time.optional(),
  endTime: time.optional(),
  maxChargeableBytes: z.string().optional(),
});
type BackupRun = z.infer<typeof runSchema>;
const pageSchema = z.object({ items: z.array(runSchema).optional(), nextPageToken: z.string().optional() });
const recoverySchema = z.object({ latestRecoveryTime: time.optional() });

/** Those that are no attempt at a backup: not begun, not to be begun, or taken away. */
const NOT_TRIED = ['ENQUEUED', 'OVERDUE', 'SKIPPED', 'DELETION_PENDING', 'DELETION_FAILED', 'DELETED'];

/**
 * Asks Cloud SQL what there is to be recovered from: https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/backupRuns and
 * instances.getLatestRecoveryTime. A backup shows the moment at which it was begun. Throws a SqlAdminError.
 */
export async function askBackups(client: SqlAdminClient, instance: Instance): Promise<ManagedBackups> {
  const runs = await backupRuns(client, instance);
  const tried = runs.filter(({ status, startTime }) => startTime !== undefined && !NOT_TRIED.includes(status));
  const newest = latest(
    tried.filter(({ status }) => status === 'SUCCESSFUL'),
    begunAt,
  );
  const ended = latest(tried, ({ endTime }) => endTime ?? 0);
  return {
    newest: newest === null ? null : { reaches: begunAt(newest), bytes: bytesOf(newest) },
    lastAttempt: tried.length === 0 ? null : Math.max(...tried.map(begunAt)),
    seconds: ended?.endTime === undefined ? null : (ended.endTime - begunAt(ended)) / 1_000,
    latestRecovery: await latestRecoveryTime(client, instance),
  };
}

/** The latest moment that the instance could be recovered to, ms; null where it has no recovery to a point in time. */
export async function latestRecoveryTime(client: SqlAdminClient, instance: Instance): Promise<number | null> {
  try {
    const answer = await client.ask(`${pathOf(instance)}/getLatestRecoveryTime`);
    return recoverySchema.parse(answer).latestRecoveryTime ?? null;
  } catch (error) {
    // It is no question that could be asked of an instance which keeps no log.
    if (error instanceof SqlAdminError && error.status === 400) return null;
    throw error;
  }
}

async function backupRuns(client: SqlAdminClient, instance: Instance): Promise<BackupRun[]> {
  const runs: BackupRun[] = [];
  let page: string | undefined;
  do {
    const query = new URLSearchParams({ maxResults: '100', ...(page === undefined ? {} : { pageToken: page }) });
    const { items = [], nextPageToken } = pageSchema.parse(await client.ask(`${pathOf(instance)}/backupRuns?${query}`));
    runs.push(...items);
    page = nextPageToken === '' ? undefined : nextPageToken;
  } while (page !== undefined);
  return runs;
}

function begunAt({ startTime }: BackupRun): number {
  return startTime ?? 0;
}

/** The most that it may be charged for is the only size that Cloud SQL tells of a backup. */
function bytesOf({ maxChargeableBytes }: BackupRun): number | null {
  const bytes = Number(maxChargeableBytes ?? Number.NaN);
  return Number.isFinite(bytes) && bytes > 0 ? bytes : null;
}

function latest(runs: readonly BackupRun[], when: (run: BackupRun) => number): BackupRun | null {
  return runs.reduce<BackupRun | null>((best, run) => (best === null || when(run) > when(best) ? run : best), null);
}

import type { Metrics } from '../../metrics/registry.ts';
import type { CloudSql } from '../../operations/cloud-sql/instance.ts';
import { askBackups, type ManagedBackups } from '../../operations/cloud-sql/observe.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** What Cloud SQL keeps by itself, in dr_run and in the metrics. */
export const CLOUD_SQL = 'cloudsql';

/** The API has quotas, and what it tells changes every few minutes. */
const ASK_EVERY_MS = 120_000;
/** A backup is daily by the settings of the instance, and Cloud SQL takes the log away every five minutes or sooner. Seconds. */
const PLANNED = { full: 86_400, wal: 300 } as const;

/**
 * Shows what Cloud SQL has to be recovered from, asked anew every two minutes. While it cannot be asked, what was shown stays: moments, which grow
 * old by themselves, so that the alerts on their age fire. Where nothing was shown yet, BackupMissing and WalArchiveLag ask for it.
 */
export function showCloudSql({ metrics, log, lifecycle }: Runtime, cloudSql: CloudSql): void {
  const look = async (): Promise<void> => {
    try {
      await askOnce(metrics, cloudSql);
    } catch (error) {
      log.warn('Cloud SQL could not be asked for its backups, trying again', { error });
    }
  };
  for (const kind of ['full', 'wal'] as const) metrics.backupInterval.set({ kind, target: CLOUD_SQL }, PLANNED[kind]);
  void look();
  const timer = setInterval(() => void look(), ASK_EVERY_MS);
  lifecycle.onStop('ask Cloud SQL for its backups', () => clearInterval(timer));
}

/** Asks once, and shows what came. Throws a SqlAdminError, and then shows what it did before. */
export async function askOnce(
  metrics: Metrics,
  { client, instance }: Pick<CloudSql, 'client' | 'instance'>,
): Promise<void> {
  show(metrics, await askBackups(client, instance));
}

function show(metrics: Metrics, { newest, lastAttempt, seconds, latestRecovery }: ManagedBackups): void {
  const full = { kind: 'full', target: CLOUD_SQL } as const;
  const wal = { kind: 'wal', target: CLOUD_SQL } as const;
  const shown = [
    [metrics.backupLastSuccess, full, inSeconds(newest?.reaches)],
    [metrics.backupSize, full, newest?.bytes],
    [metrics.backupLastAttempt, full, inSeconds(lastAttempt)],
    [metrics.backupDuration, full, seconds],
    [metrics.backupLastSuccess, wal, inSeconds(latestRecovery)],
  ] as const;
  for (const [gauge, labels, value] of shown) {
    if (value === null || value === undefined) gauge.remove(labels);
    else gauge.set(labels, value);
  }
  const target = { target: CLOUD_SQL } as const;
  if (latestRecovery === null) metrics.backupLatestRecovery.remove(target);
  else metrics.backupLatestRecovery.set(target, latestRecovery / 1_000);
}

function inSeconds(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : ms / 1_000;
}

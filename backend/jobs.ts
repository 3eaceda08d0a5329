import type { Role } from './roles.ts';

/** One scheduled job. Any process of its roles may run it, one at a time runs each occurrence of it, and it may run more than once. */
export type JobSpec = {
  readonly description: string;
  readonly trigger: Cron | AfterClose;
  /** After which a run is given up and another begins, in seconds. */
  readonly timeLimitSeconds: number;
  /** How often an occurrence is tried again: after so many seconds, then twice as many, up to the most. */
  readonly retries: { readonly limit: number; readonly delaySeconds: number; readonly mostSeconds: number };
  readonly roles: readonly Role[];
  /** What must be configured before it is worked on: a place for backups, and besides it a server whose files are here, what the platform is made anew with, or an instance of Cloud SQL. */
  readonly needs?: 'backups' | 'server files' | 'platform' | 'cloud sql';
};

/** Five fields, UTC. What came due while nothing ran is made up for once. */
type Cron = { readonly cron: string };

/** So many minutes after each session of a calendar has closed; the run is told which session. */
type AfterClose = { readonly afterClose: string; readonly minutes: number };

export type JobName = keyof typeof jobs;

const workers = ['worker', 'pipeline', 'all'] as const;

/** The table of scheduled jobs. Whatever watches or documents them reads it; `commands/jobs.ts` has what each of them does. */
export const jobs = {
  partitions: {
    description: 'Makes the partitions of bars and longer bars two months ahead, and that of the event log one ahead.',
    trigger: { cron: '7 * * * *' },
    timeLimitSeconds: 60,
    retries: { limit: 5, delaySeconds: 10, mostSeconds: 300 },
    roles: workers,
  },
  retention: {
    description: 'Drops whole months of bars, and refused rows, that are older than BARS_RETENTION_DAYS.',
    trigger: { cron: '40 3 * * *' },
    timeLimitSeconds: 600,
    retries: { limit: 5, delaySeconds: 60, mostSeconds: 3_600 },
    roles: workers,
  },
  'event-log-retention': {
    description:
      'Archives whole partitions of the event log that are older than EVENT_LOG_RETENTION_DAYS to EVENT_LOG_ARCHIVE_DIR, reads them back, and drops them.',
    trigger: { cron: '20 4 * * *' },
    timeLimitSeconds: 3_600,
    retries: { limit: 5, delaySeconds: 60, mostSeconds: 3_600 },
    roles: workers,
  },
  retraining: {
    description: 'Trains a model version anew for each feed of real data, on all of its bars that are stored.',
    trigger: { cron: '0 6 * * 0' },
    timeLimitSeconds: 14_400,
    retries: { limit: 2, delaySeconds: 600, mostSeconds: 3_600 },
    roles: workers,
  },
  'backup-wal': {
    description:
      'Takes the write-ahead log of the embedded server, or of that of DATABASE_FILES, up to now into BACKUP_DIR.',
    trigger: { cron: '* * * * *' },
    timeLimitSeconds: 300,
    retries: { limit: 0, delaySeconds: 60, mostSeconds: 60 },
    roles: workers,
    needs: 'server files',
  },
  'backup-base': {
    description: 'Copies the files of the embedded server, or those in DATABASE_FILES, into BACKUP_DIR.',
    trigger: { cron: '10 2 * * *' },
    timeLimitSeconds: 7_200,
    retries: { limit: 3, delaySeconds: 300, mostSeconds: 3_600 },
    roles: workers,
    needs: 'server files',
  },
  'backup-export': {
    description:
      'Writes all rows that nobody could give us again (events, signals, keys, audit, models) into BACKUP_DIR.',
    trigger: { cron: '5 * * * *' },
    timeLimitSeconds: 1_800,
    retries: { limit: 3, delaySeconds: 60, mostSeconds: 600 },
    roles: workers,
    needs: 'backups',
  },
  'backup-export-rest': {
    description: 'Writes all other rows (bars, longer bars, positions) into BACKUP_DIR.',
    trigger: { cron: '30 2 * * *' },
    timeLimitSeconds: 7_200,
    retries: { limit: 3, delaySeconds: 300, mostSeconds: 3_600 },
    roles: workers,
    needs: 'backups',
  },
  'backup-platform': {
    description:
      'Copies the state of Pulumi (BACKUP_STATE) and the values of secrets (BACKUP_VALUES), encrypted, into BACKUP_DIR.',
    trigger: { cron: '50 1 * * *' },
    timeLimitSeconds: 1_800,
    retries: { limit: 3, delaySeconds: 300, mostSeconds: 3_600 },
    roles: ['worker', 'all'],
    needs: 'platform',
  },
  'restore-drill': {
    description:
      'Restores the newest base backup and an older one into a scratch server, compares all of it, and takes it away.',
    trigger: { cron: '0 5 * * 0' },
    timeLimitSeconds: 7_200,
    retries: { limit: 1, delaySeconds: 600, mostSeconds: 600 },
    roles: workers,
    needs: 'server files',
  },
  'restore-drill-cloudsql': {
    description:
      'Makes a new instance of Cloud SQL out of what it keeps of ours (CLOUDSQL_INSTANCE), compares it with the database in use, and takes it away.',
    trigger: { cron: '0 9 * * 0' },
    timeLimitSeconds: 21_600,
    retries: { limit: 1, delaySeconds: 600, mostSeconds: 600 },
    roles: ['worker', 'all'],
    needs: 'cloud sql',
  },
  'restore-drill-leftovers': {
    description:
      'Takes away instances of Cloud SQL that drills have left behind for more than a day: each costs as much as the one in use.',
    trigger: { cron: '0 8 * * *' },
    timeLimitSeconds: 7_200,
    retries: { limit: 3, delaySeconds: 600, mostSeconds: 3_600 },
    roles: ['worker', 'all'],
    needs: 'cloud sql',
  },
  // One a calendar: a market that is open on every day must not hide that the other has been without data for days.
  'daily-ingestion-xnys': dailyIngestion('XNYS'),
  'daily-ingestion-24x7': dailyIngestion('24x7'),
} as const satisfies Record<string, JobSpec>;

function dailyIngestion(calendar: string): JobSpec {
  return {
    description: `Tells of each feed of real data whether a session of ${calendar} is in; succeeds when all are, and looks again until then.`,
    trigger: { afterClose: calendar, minutes: 15 },
    timeLimitSeconds: 300,
    retries: { limit: 8, delaySeconds: 300, mostSeconds: 3_600 },
    roles: workers,
  };
}

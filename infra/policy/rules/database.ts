import { all, at, is, isNotSet, isSet, listAt, type Rule, type Seen, when } from '../rule.ts';

const INSTANCE = 'gcp:sql/databaseInstance:DatabaseInstance';
const USER = 'gcp:sql/user:User';

const isPrimary = isNotSet('masterInstanceName');
const isLocked = is('deletionProtection', true);
const isPlus = is('settings.edition', 'ENTERPRISE_PLUS');
const flagOf = ({ props }: Seen, name: string) =>
  listAt(props, 'settings.databaseFlags').find((flag) => flag['name'] === name)?.['value'];
const numberAt = ({ props }: Seen, path: string) => Number(at(props, path) ?? 0);
const logDays = 'settings.backupConfiguration.transactionLogRetentionDays';
const backups = 'settings.backupConfiguration.backupRetentionSettings.retainedBackups';

/** Cloud SQL. */
export const database: readonly Rule[] = [
  {
    name: 'database-edition-is-said',
    on: INSTANCE,
    what: 'The edition of an instance is said.',
    why: 'Left out, the API takes ENTERPRISE_PLUS for PostgreSQL 16 and later, and refuses db-custom tiers.',
    source: 'GoogleCloudPlatform/magic-modules#18014',
    fix: 'settings.edition, beside settings.tier',
    holds: isSet('settings.edition'),
  },
  {
    name: 'database-tier-fits-edition',
    on: INSTANCE,
    what: 'The tier is one of the edition.',
    why: 'Neither types nor the check of the provider compare them; the API refuses after a quarter of an hour.',
    source: 'terraform-google-modules/terraform-google-sql-db#785',
    fix: 'ENTERPRISE: db-custom-CPUS-MIB; ENTERPRISE_PLUS: db-perf-optimized-N-CPUS',
    holds: (seen, stack) => {
      const tier = String(at(seen.props, 'settings.tier'));
      if (isNotSet('settings.edition')(seen, stack)) return true;
      return isPlus(seen, stack) ? /^db-perf-optimized-N-\d+$/.test(tier) : /^db-custom-\d+-\d+$/.test(tier);
    },
  },
  {
    name: 'database-known-version',
    on: INSTANCE,
    what: 'The version is a PostgreSQL that Cloud SQL has and the service is tested with.',
    why: 'The check of the provider takes POSTGRES_99.',
    source: 'cloud.google.com/sql/docs/postgres/db-versions',
    fix: 'databaseVersion: POSTGRES_18',
    holds: is('databaseVersion', 'POSTGRES_17', 'POSTGRES_18'),
  },
  {
    name: 'database-log-days-fit-edition',
    on: INSTANCE,
    what: 'The log is kept no longer than the edition allows: 7 days, with PLUS 35.',
    why: 'The API refuses more only when it is applied.',
    source: 'langfuse-gcp#34, cloud.google.com/sql/docs/postgres/backup-recovery/pitr',
    fix: 'settings.backupConfiguration.transactionLogRetentionDays',
    holds: (seen, stack) => numberAt(seen, logDays) <= (isPlus(seen, stack) ? 35 : 7),
  },
  {
    name: 'database-backups-outlast-log',
    on: INSTANCE,
    what: 'More daily backups are kept than days of log.',
    why: 'The log alone restores nothing: without a backup that is older, its first days are lost.',
    source: 'cloud.google.com/sql/docs/postgres/backup-recovery/pitr',
    fix: 'settings.backupConfiguration.backupRetentionSettings.retainedBackups',
    holds: when(isPrimary, (seen) => numberAt(seen, backups) > numberAt(seen, logDays)),
  },
  {
    name: 'database-point-in-time',
    on: INSTANCE,
    what: 'A primary has backups and can be restored to any instant.',
    why: 'A wrong statement at noon would cost the day.',
    source: 'CIS GCP 6.7',
    fix: 'settings.backupConfiguration: enabled and pointInTimeRecoveryEnabled',
    holds: when(
      isPrimary,
      all(
        is('settings.backupConfiguration.enabled', true),
        is('settings.backupConfiguration.pointInTimeRecoveryEnabled', true),
      ),
    ),
  },
  {
    name: 'database-outlived-by-backups',
    on: INSTANCE,
    what: 'What is deleted leaves its backups and a last one behind.',
    why: 'Backups of Cloud SQL go with their instance unless it was told otherwise before.',
    source: 'cloud.google.com/sql/docs/postgres/backup-recovery/backups',
    fix: 'settings.retainBackupsOnDelete and settings.finalBackupConfig',
    holds: when(
      all(isLocked, isPrimary),
      all(is('settings.retainBackupsOnDelete', true), is('settings.finalBackupConfig.enabled', true)),
    ),
  },
  {
    name: 'database-locked-twice',
    on: INSTANCE,
    what: 'An instance that Pulumi does not delete is not deleted by the console either.',
    why: 'deletionProtection stops the provider alone, settings.deletionProtectionEnabled everybody.',
    source: 'pulumi/pulumi-gcp#1394',
    fix: 'deletionProtection and settings.deletionProtectionEnabled, equal',
    holds: ({ props }) => at(props, 'deletionProtection') === at(props, 'settings.deletionProtectionEnabled'),
  },
  {
    name: 'database-highly-available',
    on: INSTANCE,
    what: 'A locked primary stands in two zones.',
    why: 'With one, the loss of a zone is a restore from backups: an hour instead of a minute.',
    source: 'cloud.google.com/sql/docs/postgres/high-availability',
    fix: 'settings.availabilityType: REGIONAL',
    holds: when(all(isLocked, isPrimary), is('settings.availabilityType', 'REGIONAL')),
  },
  {
    name: 'database-no-public-address',
    on: INSTANCE,
    what: 'An instance has no public address.',
    why: 'What cannot be reached cannot be tried.',
    source: 'CIS GCP 6.6',
    fix: 'settings.ipConfiguration.ipv4Enabled: false',
    holds: is('settings.ipConfiguration.ipv4Enabled', false),
  },
  {
    name: 'database-encrypts-connections',
    on: INSTANCE,
    what: 'Unencrypted connections are refused.',
    why: 'The default lets both in.',
    source: 'CIS GCP 6.4',
    fix: 'settings.ipConfiguration.sslMode',
    holds: is('settings.ipConfiguration.sslMode', 'ENCRYPTED_ONLY', 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED'),
  },
  {
    name: 'database-through-connector',
    on: INSTANCE,
    what: 'Only the proxy or a connector gets in.',
    why: 'They prove an identity of IAM; a password that leaked opens nothing.',
    source: 'cloud.google.com/sql/docs/postgres/connect-instance-auth-proxy',
    fix: 'settings.connectorEnforcement: REQUIRED',
    holds: is('settings.connectorEnforcement', 'REQUIRED'),
  },
  {
    name: 'database-disk-is-not-compared',
    on: INSTANCE,
    what: 'A disk that grows by itself is not compared with the program.',
    why: 'Grown, it differs from what was asked for; a smaller disk means a new instance.',
    source: 'type documentation of DatabaseInstance, settings.diskSize',
    fix: "ignoreChanges: ['settings.diskSize']",
    holds: when(is('settings.diskAutoresize', true), ({ ignoreChanges }) =>
      ignoreChanges.includes('settings.diskSize'),
    ),
  },
  {
    name: 'database-pooling-only-when-on',
    on: INSTANCE,
    what: 'connectionPoolConfigs is there only when pooling is on.',
    why: 'Said as off, it differs in every preview.',
    source: 'hashicorp/terraform-provider-google#27133',
    fix: 'leave settings.connectionPoolConfigs out',
    holds: ({ props }) =>
      listAt(props, 'settings.connectionPoolConfigs').every((pool) => pool['connectionPoolingEnabled'] === true),
  },
  {
    name: 'database-private-connection-declared',
    on: INSTANCE,
    what: 'With Private Service Connect the connections that make themselves are declared.',
    why: 'Made outside of the program they are a difference in every preview.',
    source: 'terraform-google-modules/terraform-google-sql-db#858, #859',
    fix: 'settings.ipConfiguration.pscConfigs[].pscAutoConnections',
    holds: ({ props }) =>
      listAt(props, 'settings.ipConfiguration.pscConfigs').every(
        (psc) => psc['pscEnabled'] !== true || listAt(psc, 'pscAutoConnections').length > 0,
      ),
  },
  ...flag(
    'cloudsql.iam_authentication',
    'on',
    'Identities of IAM may sign in.',
    'Else every user needs a password.',
    'cloud.google.com/sql/docs/postgres/iam-authentication',
  ),
  ...flag(
    'cloudsql.enable_pgaudit',
    'on',
    'Changes of schema and roles are audited.',
    'Else nobody can say who did what.',
    'CIS GCP 6.2.8',
  ),
  ...flag('log_connections', 'on', 'Connections are logged.', 'An intrusion begins with one.', 'CIS GCP 6.2.2'),
  ...flag('log_disconnections', 'on', 'Ends of connections are logged.', 'How long somebody was in.', 'CIS GCP 6.2.3'),
  ...flag(
    'log_min_duration_statement',
    '-1',
    'Statements are not logged with their values.',
    'They hold what clients sent.',
    'CIS GCP 6.2.7',
  ),
  {
    name: 'database-users-are-identities',
    on: USER,
    what: 'Users of the database are identities of IAM.',
    why: 'A password would be in the state of the stack, and would have to be rotated.',
    source: 'pulumi/pulumi-kubernetes#734, cloud.google.com/sql/docs/postgres/iam-authentication',
    fix: 'type: CLOUD_IAM_SERVICE_ACCOUNT, no password',
    holds: all(
      is('type', 'CLOUD_IAM_SERVICE_ACCOUNT', 'CLOUD_IAM_GROUP', 'CLOUD_IAM_USER'),
      isNotSet('password', 'passwordWo'),
    ),
  },
  {
    name: 'database-contents-are-abandoned',
    on: [USER, 'gcp:sql/database:Database'],
    what: 'Users and databases are given up, not deleted, with their resource.',
    why: 'A user who owns something cannot be deleted, and a database must not be by a change of names.',
    source: 'type documentation of User and Database, deletionPolicy',
    fix: 'deletionPolicy: ABANDON',
    holds: is('deletionPolicy', 'ABANDON'),
  },
  {
    name: 'database-maintained-at-the-weekend',
    on: INSTANCE,
    what: 'Maintenance happens on Saturday or Sunday.',
    why: 'Without a window it happens whenever, during trading hours too.',
    source: 'cloud.google.com/sql/docs/postgres/maintenance',
    fix: 'settings.maintenanceWindow.day: 6 or 7',
    holds: when(isPrimary, is('settings.maintenanceWindow.day', 6, 7)),
  },
];

function flag(name: string, value: string, what: string, why: string, source: string): Rule[] {
  return [
    {
      name: `database-flag-${name.replace(/^cloudsql\./, '').replaceAll('_', '-')}`,
      on: INSTANCE,
      what,
      why,
      source,
      fix: `settings.databaseFlags: ${name}=${value}`,
      holds: (seen) => flagOf(seen, name) === value,
    },
  ];
}

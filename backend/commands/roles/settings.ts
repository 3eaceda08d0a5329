import type { EventLogRetention } from '../../log/retention.ts';
import type { Vault } from '../../operations/backup/objects.ts';
import type { PlatformSource } from '../../operations/backup/platform.ts';
import type { CloudSql } from '../../operations/cloud-sql/instance.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { type Role, roles } from '../../roles.ts';
import { readSettings, type Settings, SettingsError } from '../../settings.ts';
import {
  type CloudSqlSettings,
  configuredInstance,
  configuredSources,
  configuredVault,
  type PlatformSettings,
  type VaultSettings,
} from '../recovery/vault.ts';
import type { ServerSettings } from '../runtime/open-database.ts';

/** The settings of a role, by the part of the service that reads them. A part that the role does not run has none. */
export type RoleSettings = {
  readonly role: Exclude<Role, 'synthetic'>;
  readonly common: Omit<Settings<'pipeline'>, PipelineOnly | 'TRACES_URL' | 'TRACES_RATIO'> & {
    readonly DATABASE_OWNER_URL?: string | null;
    readonly DATA_DIR?: string | null;
    readonly BACKUP_DIR?: string | null;
    readonly TRACES_URL?: string | null;
    readonly TRACES_RATIO?: number;
  } & ServerSettings;
  readonly drainSeconds: number;
  readonly api: Settings<'api'> | null;
  readonly pipeline: Settings<'pipeline'> | null;
  /** How old bars may get; null where they are kept, and where no jobs run. */
  readonly retentionDays: number | null;
  /** How old events may get; null where they are kept, and where no jobs run. */
  readonly eventLog: EventLogRetention | null;
  /** Where backups go; null where none are taken, and where no jobs run. */
  readonly vault: Vault | null;
  /** What of the platform goes there, too. */
  readonly sources: readonly PlatformSource[];
  /** The instance of Cloud SQL that the database runs on; null where it is none, and where nobody asks it. */
  readonly cloudSql: CloudSql | null;
};

type PipelineOnly = Exclude<keyof Settings<'pipeline'>, keyof Settings<'api'>>;

/** The role of that name; an InvalidInput says which there are. */
export function roleNamed(name: string): Role {
  const role = Object.keys(roles).find((known): known is Role => known === name);
  if (role === undefined) throw new InvalidInput('--role', name, `one of ${Object.keys(roles).join(', ')}`);
  return role;
}

/** Reads what the role needs; throws all mistakes together. */
export function roleSettings(role: RoleSettings['role']): RoleSettings {
  if (role === 'api') {
    const api = readSettings('api');
    return { role, common: api, drainSeconds: drainTime(role, api), api, pipeline: null, ...NO_JOBS };
  }
  if (role === 'pipeline') {
    const pipeline = readSettings('pipeline');
    return {
      role,
      common: pipeline,
      drainSeconds: drainSeconds(role, pipeline),
      api: null,
      pipeline,
      ...jobsOf(pipeline),
      sources: [],
      cloudSql: null,
    };
  }
  if (role === 'worker') {
    const worker = readSettings('worker');
    return {
      role,
      common: worker,
      drainSeconds: drainSeconds(role, worker),
      api: null,
      pipeline: null,
      ...jobsOf(worker),
      sources: configuredSources(worker),
      cloudSql: configuredInstance(worker),
    };
  }
  const all = readSettings('all');
  return {
    role,
    common: all,
    drainSeconds: drainTime(role, all),
    api: all,
    pipeline: all,
    ...jobsOf(all),
    sources: configuredSources(all),
    cloudSql: configuredInstance(all),
  };
}

const NO_JOBS = { retentionDays: null, eventLog: null, vault: null, sources: [], cloudSql: null } as const;

function jobsOf(
  settings: Omit<Settings<'worker'>, keyof PlatformSettings | keyof CloudSqlSettings | keyof ServerSettings> &
    VaultSettings,
): Pick<RoleSettings, 'retentionDays' | 'eventLog' | 'vault'> {
  const { EVENT_LOG_RETENTION_DAYS: days, EVENT_LOG_ARCHIVE_DIR: directory } = settings;
  const eventLog = days === null || directory === null ? null : { days, directory };
  return { retentionDays: settings.BARS_RETENTION_DAYS, eventLog, vault: configuredVault(settings) };
}

function drainSeconds(role: Role, settings: { readonly DRAIN_SECONDS: number | null }): number {
  return settings.DRAIN_SECONDS ?? roles[role].drainSeconds;
}

/** Whoever spreads the end of sockets over longer than the drain would cut off the last of them. */
function drainTime(role: Role, settings: Pick<Settings<'api'>, 'DRAIN_SECONDS' | 'DRAIN_SPREAD_MS'>): number {
  const seconds = drainSeconds(role, settings);
  const { DRAIN_SPREAD_MS: spreadMs } = settings;
  if (spreadMs > 0 && spreadMs >= seconds * 1_000)
    throw new SettingsError([
      `DRAIN_SPREAD_MS is "${spreadMs}", expected less than the drain, which takes ${seconds} s (DRAIN_SECONDS)`,
    ]);
  return seconds;
}

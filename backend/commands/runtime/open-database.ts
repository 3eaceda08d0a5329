import { join } from 'node:path';
import { isConnectionError } from '../../platform/database/pool.ts';
import { InvalidInput, UserError } from '../../platform/errors.ts';
import type { FaultPoints } from '../../platform/fault-point.ts';
import { defaultDataDirectory } from '../../platform/postgres/folder.ts';
import type { ServerBeside } from '../../platform/postgres/server-beside.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Environment } from '../../settings.ts';

export type DatabaseSettings = {
  readonly ENVIRONMENT: Environment;
  readonly DATABASE_URL: string | null;
  readonly DATABASE_OWNER_URL?: string | null;
  readonly DATA_DIR?: string | null;
  readonly BACKUP_DIR?: string | null;
} & ServerSettings;

/** What a process beside a server of somebody else is told of it. */
export type ServerSettings = {
  readonly DATABASE_ADMIN_URL?: string | null;
  readonly DATABASE_FILES?: string | null;
  readonly DATABASE_WAL_OUT?: string | null;
  readonly DATABASE_SCRATCH?: string | null;
};

export type OpenDatabaseOptions = {
  readonly settings: DatabaseSettings;
  readonly dataDir: string | null;
  readonly log: Logger;
  readonly faults: (postmasterPid: () => number | null) => FaultPoints;
  /** The embedded server cannot be kept running. */
  readonly onFailed: (error: Error) => void;
};

export type OpenDatabase = {
  readonly url: string;
  readonly ownerUrl: string | null;
  /** For a person: which server, and where its data lies. */
  readonly description: readonly string[];
  /** Folder for files of this process; null with a database of somebody else. */
  readonly folder: string | null;
  /** The server of somebody else, where its files are here. */
  readonly beside: ServerBeside | null;
  readonly faults: FaultPoints;
  /** How often the embedded server died and was brought back. */
  readonly restarts: () => number;
  readonly stop: () => Promise<void>;
};

const ROOT = join(import.meta.dirname, '../../..');

/** The folder of the embedded database: as asked for, else the default with the reason where it lies elsewhere. */
export function dataFolder(
  settings: Pick<DatabaseSettings, 'DATA_DIR'>,
  option: string | null,
): { directory: string; reason: string | null } {
  const chosen = option ?? settings.DATA_DIR ?? null;
  if (chosen === '') throw new InvalidInput('--data-dir', chosen, 'the path of a folder');
  return chosen === null ? defaultDataDirectory(ROOT) : { directory: chosen, reason: null };
}

/** The database that the settings name, or an embedded one that is started here. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenDatabase> {
  const { settings, log } = options;
  if (settings.DATABASE_URL !== null) {
    const { host, pathname } = new URL(settings.DATABASE_URL);
    return {
      url: settings.DATABASE_URL,
      ownerUrl: settings.DATABASE_OWNER_URL ?? null,
      description: [`PostgreSQL at ${host}${pathname}`],
      folder: null,
      beside: besideOf(settings),
      faults: options.faults(() => null),
      restarts: () => 0,
      stop: async () => undefined,
    };
  }
  const { directory, reason } = dataFolder(settings, options.dataDir);
  let pid: () => number | null = () => null;
  const faults = options.faults(() => pid());
  const { startEmbeddedPostgres } = await import('../../platform/postgres/index.ts');
  const server = await startEmbeddedPostgres({
    dataDirectory: directory,
    // Whoever starts it, or what is written meanwhile would be missing between two backups.
    archive: (settings.BACKUP_DIR ?? null) !== null,
    log: ({ level, message, ...fields }) => log[level](message, fields),
    onInitdb: (_step, initdb) => {
      // There is no postmaster yet: initdb stands in for it.
      pid = () => initdb;
      faults.reach('database.initdb');
    },
    onFailed: options.onFailed,
  });
  pid = server.pid;
  return {
    url: server.applicationUrl,
    ownerUrl: server.ownerUrl,
    description: [
      `PostgreSQL ${server.version}, embedded, port ${server.port}, data in ${server.dataDirectory}`,
      ...(reason === null ? [] : [reason]),
    ],
    folder: server.dataDirectory,
    beside: null,
    faults,
    restarts: server.restarts,
    stop: () => server.stop(),
  };
}

function besideOf(settings: DatabaseSettings): ServerBeside | null {
  const { DATABASE_URL: applicationUrl, DATABASE_ADMIN_URL: adminUrl } = settings;
  const { DATABASE_FILES: files, DATABASE_WAL_OUT: walOut } = settings;
  // Whoever sets one of them sets all: the settings see to it.
  return applicationUrl && adminUrl && files && walOut ? { applicationUrl, adminUrl, files, walOut } : null;
}

const ALL = ['LIVE', 'DELAYED', 'PAPER', 'REPLAY', 'SYNTHETIC'] as const;
export const PRODUCTION_PROVENANCES = ['LIVE', 'DELAYED', 'PAPER'] as const;

/** Brings the schema up to date where we are told its owner; answers what was applied, null where nobody gave us the right. */
export async function migrateIfOwner(
  database: OpenDatabase,
  environment: Environment,
): Promise<readonly string[] | null> {
  if (database.ownerUrl === null) return null;
  const { ownerUrl } = database;
  const { migrate } = await import('../../platform/database/migrate.ts');
  const result = await migrate({
    ownerUrl,
    applicationRole: roleOf(database.url),
    allowedProvenance: environment === 'production' ? PRODUCTION_PROVENANCES : ALL,
    onMigration: () => database.faults.reach('migration.applied'),
  }).catch((error: unknown) => {
    throw isConnectionError(error) || isRefusedLogin(error)
      ? unreachable('DATABASE_OWNER_URL', ownerUrl, error)
      : error;
  });
  return result.applied;
}

/** What a connection acts as: the role that its options name, else its user. */
export function roleOf(url: string): string {
  const { username, searchParams } = new URL(url);
  const [, role] = /(?:^|\s)-c\s*role=(\S+)/.exec(searchParams.get('options') ?? '') ?? [];
  return role ?? decodeURIComponent(username);
}

/** A database that cannot be reached, or does not let us in, is the operator's to mend: told with the place and what it said. */
export function unreachable(name: string, url: string, error: unknown): UserError {
  const { username, host, pathname } = new URL(url);
  const said = error instanceof Error ? error.message : String(error);
  return new UserError(
    'DATABASE_UNREACHABLE',
    `${name} leads to ${host}${pathname} as ${username}, expected a PostgreSQL database that lets us in: ${said}`,
    { cause: error },
  );
}

/** Wrong password, no such role, no such database: classes 28 and 3D of SQLSTATE. */
export function isRefusedLogin(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(28|3D)/.test(String(error.code));
}

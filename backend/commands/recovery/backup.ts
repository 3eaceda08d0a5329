import type { Vault } from '../../operations/backup/objects.ts';
import { type Observed, Observer } from '../../operations/backup/observe.ts';
import type { PlatformSource } from '../../operations/backup/platform.ts';
import { wallClock } from '../../platform/clock.ts';
import { InvalidInput, UserError } from '../../platform/errors.ts';
import type { ServerAccess } from '../../platform/postgres/running.ts';
import { readSettings } from '../../settings.ts';
import { fact, type Write } from '../console/fact.ts';
import { type Beside, openBeside } from './beside.ts';
import { runBase, runExport, runLog, runPlatform } from './run.ts';
import { configuredSources, neededVault } from './vault.ts';

export type BackupFlags = { readonly dataDir?: string };

type Kind = keyof typeof kinds;
type Work = {
  readonly database: Beside;
  readonly vault: Vault;
  readonly sources: readonly PlatformSource[];
  readonly write: Write;
};
type OfDatabase = Omit<Work, 'sources'>;

const kinds = {
  base: takeBase,
  wal: takeWal,
  export: (work: Work) => takeExport(work, 'export'),
  'export-rest': (work: Work) => takeExport(work, 'export-rest'),
  platform: copyPlatform,
} as const;

/** Takes one backup of a database that runs, or starts the embedded one for it; or says what is there. */
export async function backupCommand(
  given: string,
  flags: BackupFlags,
  { write }: { readonly write: Write },
): Promise<void> {
  if (given !== 'status' && !Object.hasOwn(kinds, given))
    throw new InvalidInput('The kind of backup', given, `one of ${[...Object.keys(kinds), 'status'].join(', ')}`);
  const settings = readSettings('backup');
  const vault = neededVault(settings);
  fact(write, 'storage', `${vault.storage.description}, ${vault.key === null ? 'not encrypted' : 'encrypted'}`);
  if (given === 'status') return tellStatus(vault, write);
  const database = await openBeside(settings, flags.dataDir ?? null);
  try {
    // It was looked up among the kinds above.
    await kinds[given as Kind]({ database, vault, sources: configuredSources(settings), write });
  } finally {
    await database.stop();
  }
}

async function takeBase({ database, vault, write }: OfDatabase): Promise<void> {
  const { key, archive, startLsn, stopLsn } = await runBase({ pool: database.pool, vault }, filesOf(database));
  fact(
    write,
    'base',
    key,
    `${archive.plain.bytes} bytes, ${archive.stored.bytes} stored, log from ${startLsn} to ${stopLsn}`,
  );
  await takeWal({ database, vault, write });
}

async function takeWal({ database, vault, write }: OfDatabase): Promise<void> {
  fact(write, 'log', `${await runLog({ vault }, filesOf(database))} files of the write-ahead log`);
}

async function takeExport({ database, vault, write }: OfDatabase, kind: 'export' | 'export-rest'): Promise<void> {
  const { key, tables } = await runExport({ pool: database.pool, vault }, kind, database.url);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  fact(write, kind, key, `${rows} rows of ${tables.length} tables`);
}

async function copyPlatform({ database, vault, sources, write }: Work): Promise<void> {
  if (sources.length === 0)
    throw new UserError('NO_PLATFORM', 'BACKUP_STATE and BACKUP_VALUES are missing, expected one of them');
  const { key, files } = await runPlatform({ pool: database.pool, vault }, sources);
  fact(write, 'platform', key, `${files.length} files`);
}

function filesOf({ server }: Beside): ServerAccess {
  if (server !== null) return server;
  throw new UserError(
    'NOT_OUR_FILES',
    'DATABASE_URL names a server whose files are not here, expected the embedded one, or DATABASE_FILES: of another one take an export',
  );
}

/** Only of a storage that knows locks. */
function lockOf({ objects }: Observed): string {
  const ends = objects.flatMap(({ lockedUntil }) => (lockedUntil === undefined ? [] : [lockedUntil ?? 0]));
  if (ends.length === 0) return '';
  const first = Math.min(...ends);
  if (first <= wallClock.now()) return ', can be taken away';
  return Number.isFinite(first) ? `, locked until ${new Date(first).toISOString()}` : ', held';
}

async function tellStatus(vault: Vault, write: Write): Promise<void> {
  const seen = await new Observer(vault).look();
  const named = {
    base: seen.full,
    wal: seen.wal,
    export: seen.export,
    'export-rest': seen.exportRest,
    platform: seen.platform,
  };
  for (const [kind, observed] of Object.entries(named))
    fact(
      write,
      kind,
      observed === null
        ? 'none that is whole'
        : `${observed.bytes} bytes, reaches up to ${new Date(observed.reaches).toISOString()}${lockOf(observed)}`,
    );
  const { latestRecovery } = seen;
  fact(
    write,
    'recovery',
    latestRecovery === null ? 'not possible' : `possible up to ${new Date(latestRecovery).toISOString()}`,
  );
}

import { takeBase } from '../operations/backup/base.ts';
import { shipWal } from '../operations/backup/wal.ts';
import { wallClock } from '../platform/clock.ts';
import { InvalidInput, UserError } from '../platform/errors.ts';
import { noFaults } from '../platform/fault-point.ts';
import { runningServer, type ServerAccess } from '../platform/postgres/running.ts';
import { silentLogger } from '../platform/telemetry/logger.ts';
import { readSettings, type Settings } from '../settings.ts';
import { fact, type Write } from './fact.ts';
import { dataFolder, openDatabase } from './open-database.ts';
import { fewLetters, neededVault } from './vault.ts';

export type BackupFlags = { readonly dataDir?: string };

const KINDS = ['base', 'wal'] as const;

/** Takes one backup of a database that runs, or starts the embedded one for it. */
export async function backupCommand(
  given: string,
  flags: BackupFlags,
  { write }: { readonly write: Write },
): Promise<void> {
  const kind = KINDS.find((known) => known === given);
  if (kind === undefined) throw new InvalidInput('The kind of backup', given, `one of ${KINDS.join(', ')}`);
  const settings = readSettings('backup');
  const vault = neededVault(settings);
  fact(write, 'storage', `${vault.storage.description}, ${vault.key === null ? 'not encrypted' : 'encrypted'}`);
  await withServer(settings, flags.dataDir ?? null, async (server) => {
    if (kind === 'base') {
      const { key, archive, startLsn, stopLsn } = await takeBase({
        server,
        vault,
        clock: wallClock,
        random: fewLetters,
      });
      fact(
        write,
        'base',
        key,
        `${archive.plain.bytes} bytes, ${archive.stored.bytes} stored, log from ${startLsn} to ${stopLsn}`,
      );
    }
    fact(write, 'log', `${await shipWal(server.walOut, vault, fewLetters)} files of the write-ahead log`);
  });
}

/** The embedded server of a data folder, whoever runs it. */
async function withServer(
  settings: Settings<'backup'>,
  dataDir: string | null,
  work: (server: ServerAccess) => Promise<void>,
): Promise<void> {
  if (settings.DATABASE_URL !== null)
    throw new UserError(
      'NOT_OUR_FILES',
      'DATABASE_URL names a server whose files are not here, expected the embedded one: for others, export',
    );
  const { directory } = dataFolder(settings, dataDir);
  const running = runningServer(directory);
  if (running !== null) return work(running);
  const database = await openDatabase({
    ...{ settings, dataDir, log: silentLogger, faults: () => noFaults },
    onFailed: () => undefined,
  });
  try {
    const started = runningServer(directory);
    if (started === null) throw new Error('the server that was just started is not there');
    await work(started);
  } finally {
    await database.stop();
  }
}

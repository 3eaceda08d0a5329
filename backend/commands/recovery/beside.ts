import { createPool, type Pool } from '../../platform/database/pool.ts';
import { noFaults } from '../../platform/fault-point.ts';
import { runningServer, type ServerAccess } from '../../platform/postgres/running.ts';
import { silentLogger } from '../../platform/telemetry/logger.ts';
import { type DatabaseSettings, dataFolder, migrateIfOwner, openDatabase } from '../runtime/open-database.ts';
import { filesOf, serverFiles } from './server-files.ts';

/** A database for a task that may come while the service works on it. */
export type Beside = {
  /** As the service's role. */
  readonly pool: Pool;
  readonly url: string;
  /** The embedded server and its files, or that of DATABASE_FILES; null with a server whose files are elsewhere. */
  readonly server: ServerAccess | null;
  /** Its data folder; null where it is elsewhere. */
  readonly folder: string | null;
  readonly stop: () => Promise<void>;
};

/** The database that the settings name, or the embedded one: as it runs already, else started for this task alone. */
export async function openBeside(settings: DatabaseSettings, dataDir: string | null): Promise<Beside> {
  const embedded = settings.DATABASE_URL === null ? dataFolder(settings, dataDir).directory : null;
  const running = embedded === null ? null : runningServer(embedded);
  if (running !== null) return { ...opened(running.applicationUrl), server: running, folder: embedded };
  const database = await openDatabase({
    ...{ settings, dataDir, log: silentLogger, faults: () => noFaults },
    onFailed: () => undefined,
  });
  try {
    if (embedded !== null) await migrateIfOwner(database, settings.ENVIRONMENT);
  } catch (error) {
    await database.stop();
    throw error;
  }
  const server = await serverFiles(database);
  const { pool, url, stop } = opened(database.url);
  return {
    ...{ pool, url, folder: filesOf(database), server },
    stop: async () => {
      await stop();
      await database.stop();
    },
  };
}

function opened(url: string): Pick<Beside, 'pool' | 'url' | 'stop'> {
  const pool = createPool({ ...{ url, name: 'task', size: 2, statementTimeoutMs: 60_000 }, onError: () => undefined });
  return { pool, url, stop: () => pool.end() };
}

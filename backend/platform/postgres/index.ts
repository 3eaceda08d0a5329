import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.ts';
import { type Account, databaseAccount } from './account.ts';
import { type Binaries, copyPlaces, installedPackage, prepareBinaries } from './binaries.ts';
import { checkCluster, createCluster, removeDrafts } from './cluster.ts';
import { loadCredentials } from './credentials.ts';
import { explained, folderProblem, type Layout, prepareDataFolder } from './folder.ts';
import { endProcessesOf } from './leftovers.ts';
import { acquireLock, type Lock } from './lock.ts';
import { startOnPort } from './port.ts';
import { BRIEF, launch, PATIENT, type Postmaster, StartFailure } from './postmaster.ts';
import { ensureRolesAndDatabase, urlsOf } from './roles.ts';
import { stopper } from './stop.ts';
import { type LogEvent, supervise } from './supervisor.ts';
import { prepareWalArchive } from './wal-archive.ts';

/** A running server. Leaving the process without `stop` stops it too, as far as an exit handler can. */
export type EmbeddedPostgres = AsyncDisposable & {
  /** Role heliograph_owner: owns the database, not a superuser. For migrations only. */
  readonly ownerUrl: string;
  /** Role heliograph_app: may connect; migrations grant it the rest. */
  readonly applicationUrl: string;
  readonly dataDirectory: string;
  readonly port: number;
  /** "18.4" */
  readonly version: string;
  /** Process id of the postmaster; another one after a restart. */
  readonly pid: () => number;
  /** How often the server died and was brought back. */
  readonly restarts: () => number;
  /** Fast shutdown: sessions end, open transactions are rolled back. Resolves when the server has ended. Can be called again. */
  stop(): Promise<void>;
};

export type EmbeddedPostgresOptions = {
  /** Made when missing. One process at a time may have it. */
  readonly dataDirectory: string;
  /** Default: the port of the last start, else the first free one from 25432 on. A port asked for must be free. */
  readonly port?: number;
  readonly log?: (event: LogEvent) => void;
  readonly onPhase?: (phase: 'initdb' | 'start' | 'ready') => void;
  /** Told of each step that initdb begins while it makes a new database, with its process id. */
  readonly onInitdb?: (step: string, pid: number) => void;
  /** The server died too often and is not started again. */
  readonly onFailed?: (error: Error) => void;
  /** Whether finished segments of the write-ahead log are left in `wal-out` of the data folder, for whoever takes them to safety. Default: no. */
  readonly archive?: boolean;
  /** PostgreSQL settings that win over ours, such as `{ work_mem: '64MB' }`. */
  readonly settings?: Readonly<Record<string, string>>;
};

/**
 * Starts PostgreSQL from the npm packages on 127.0.0.1 and keeps it running. Throws a UserError when the platform, the data
 * folder or the port does not allow it; then nothing is left running and the folder is free again.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const account = databaseAccount();
  const layout = prepareDataFolder(options.dataDirectory, account);
  const lock = explained(layout.directory, () => acquireLock(layout.directory));
  try {
    return await startLocked(layout, lock, account, options);
  } catch (error) {
    lock.release();
    throw forPerson(layout, error);
  }
}

function forPerson(layout: Layout, error: unknown): unknown {
  if (error instanceof StartFailure) return new UserError('DATABASE_START', error.message, { cause: error });
  const isInFolder = (error as NodeJS.ErrnoException).path?.startsWith(layout.directory) ?? false;
  return isInFolder ? (folderProblem(layout.directory, error) ?? error) : error;
}

async function startLocked(
  layout: Layout,
  lock: Lock,
  account: Account,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => {});
  const binaries = await prepareBinaries(await installedPackage(), {
    account,
    copyTo: copyPlaces(layout.directory, account),
  });
  checkCluster(layout, binaries, account);
  await clearTheWay(layout, log);

  const credentials = loadCredentials(layout);
  if (!existsSync(layout.cluster)) {
    options.onPhase?.('initdb');
    const sync = options.settings?.['fsync'] !== 'off';
    const onStep = options.onInitdb ?? (() => {});
    await createCluster(layout, binaries, account, { password: credentials.superuser, sync, onStep });
  }

  options.onPhase?.('start');
  const archiving = options.archive === true ? prepareWalArchive(layout, account) : {};
  const settings = { ...archiving, ...options.settings };
  const start = (port: number) => startPatiently({ layout, binaries, account, port, settings, log });
  const { port, postmaster } = await startOnPort(layout, options.port, start);
  const supervisor = supervise({
    first: postmaster,
    start: () => start(port),
    log,
    onFailed: options.onFailed ?? (() => {}),
    now: () => performance.now(),
  });
  const stop = stopper(supervisor, layout, lock);
  try {
    await ensureRolesAndDatabase(port, credentials);
  } catch (error) {
    await stop();
    throw error;
  }

  options.onPhase?.('ready');
  const urls = urlsOf(port, credentials);
  return {
    ownerUrl: urls.owner,
    applicationUrl: urls.application,
    dataDirectory: layout.directory,
    port,
    version: binaries.version,
    pid: () => supervisor.current().pid,
    restarts: supervisor.restarts,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** What a Node that was killed left in the folder: its server, still running, and a half-made database. */
async function clearTheWay(layout: Layout, log: (event: LogEvent) => void): Promise<void> {
  const ended = await endProcessesOf(layout.cluster, PATIENT);
  if (ended > 0) {
    log({ level: 'warn', message: 'A database server that had lost its owner was stopped.', processes: ended });
  }
  await removeDrafts(layout);
}

type Start = {
  layout: Layout;
  binaries: Binaries;
  account: Account;
  port: number;
  settings: Readonly<Record<string, string>>;
  log: (event: LogEvent) => void;
};

// After a killed postmaster its children, and with them its shared memory, may stay for a moment.
async function startPatiently({ layout, binaries, account, port, settings, log }: Start): Promise<Postmaster> {
  const onSlow = (seconds: number) => log({ level: 'warn', message: 'The database is still recovering.', seconds });
  const deadline = performance.now() + 30_000;
  for (;;) {
    await endProcessesOf(layout.cluster, BRIEF);
    try {
      return await launch({ layout, binaries, account, port, settings, onSlow });
    } catch (error) {
      const inUse = error instanceof StartFailure && error.reason === 'files in use';
      if (!inUse || performance.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMetrics, type Metrics } from '../../metrics/registry.ts';
import { wallClock } from '../../platform/clock.ts';
import type { EntityManager } from '../../platform/database/orm.ts';
import { outlastRestart, type Pool } from '../../platform/database/pool.ts';
import { InvalidInput, UserError } from '../../platform/errors.ts';
import { Lifecycle } from '../../platform/lifecycle.ts';
import { ensureDataFolder, holdsDatabase } from '../../platform/postgres/folder.ts';
import { currentContext } from '../../platform/telemetry/context.ts';
import { createLogger, type Logger, patientDestination } from '../../platform/telemetry/logger.ts';
import type { Tracing } from '../../platform/telemetry/tracing.ts';
import type { Environment, FaultPoint } from '../../settings.ts';
import { VERSION } from '../version.ts';
import { faultsFrom } from './faults.ts';
import {
  type DatabaseSettings,
  dataFolder,
  migrateIfOwner,
  type OpenDatabase,
  openDatabase,
  unreachable,
} from './open-database.ts';
import type { openOrm } from './open-orm.ts';
import { openPools, type PoolSettings, type Pools } from './pools.ts';

const STOP_STEP_MS = 15_000;
const RESTART_MS = 30_000;
const LOOK_AGAIN_MS = 5_000;

export type RuntimeSettings = DatabaseSettings &
  PoolSettings & {
    readonly ENVIRONMENT: Environment;
    readonly LOG_LEVEL: 'debug' | 'info' | 'warn' | 'error';
    readonly FAULT_POINT: FaultPoint | null;
    readonly TRACES_URL?: string | null;
    readonly TRACES_RATIO?: number;
  };

export type Runtime = {
  readonly log: Logger;
  /** Where the log goes, for a person. */
  readonly logPlace: string;
  readonly lifecycle: Lifecycle;
  readonly metrics: Metrics;
  /** Null where traces are off. */
  readonly tracing: Tracing | null;
  readonly database: OpenDatabase;
  readonly migrated: readonly string[] | null;
  /** Of a task. */
  readonly pool: Pool;
  readonly pools: Pools;
  /** Opens the object mapper, which whoever only answers has no use for. */
  readonly em: () => Promise<EntityManager>;
};

export type RuntimeOptions = {
  /** Told with the traces of this process. */
  readonly role?: string;
  readonly settings: RuntimeSettings;
  readonly dataDir: string | null;
  /** A command for a person shows its own lines; its log goes to a file in the data folder. A service logs to stdout. */
  readonly forPerson: boolean;
  /** What is only read is not made where it is missing. */
  readonly mustExist?: boolean;
  readonly onFatal: (error: Error) => void;
  /** Ends the wait of who is started before its database. */
  readonly stopRequested?: AbortSignal;
};

/** What every command stands on: log, database at the newest schema, connections; each with its end in the lifecycle. */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { settings } = options;
  if (options.mustExist === true && settings.DATABASE_URL === null) refuseMissingDatabase(settings, options.dataDir);
  const { log, logPlace } = openLog(options);
  const lifecycle = new Lifecycle(log, STOP_STEP_MS);
  try {
    const traced = (settings.TRACES_URL ?? null) === null ? {} : { traceId: () => currentContext().traceId };
    const metrics = createMetrics({ withProcess: true, ...traced });
    const tracing = await openTracing(options, log);
    lifecycle.onStop('traces', async () => tracing?.close());
    const database = await openDatabase({
      settings,
      dataDir: options.dataDir,
      log,
      faults: (postmasterPid) => faultsFrom(settings.FAULT_POINT, postmasterPid),
      onFailed: options.onFatal,
    });
    lifecycle.onStop('database', database.stop);
    const migrated = await migrateIfOwner(database, settings.ENVIRONMENT);
    const { pools, end } = openPools({ settings, url: database.url, metrics, log });
    lifecycle.onStop('connections', end);
    const pool = pools.requests;
    if (database.beside !== null) await schemaBeside(pool, database.url, { log, stop: options.stopRequested });
    // Our own server is brought back when it dies; that somebody else's is away is told at once.
    const patienceMs = database.folder === null ? 0 : RESTART_MS;
    await outlastRestart(patienceMs, () => refuseMissingSchema(pool, database.url));
    watchRestarts(metrics, database);
    return {
      log,
      logPlace,
      lifecycle,
      metrics,
      tracing,
      database,
      migrated,
      pool,
      pools,
      em: opensOnce(database.url, settings, lifecycle),
    };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

/** What it needs is loaded where traces are wanted, and nowhere else. */
async function openTracing({ settings, role = 'task' }: RuntimeOptions, log: Logger): Promise<Tracing | null> {
  const { TRACES_URL: url = null, TRACES_RATIO: ratio = 1 } = settings;
  if (url === null) return null;
  const { openOtlp } = await import('../../platform/telemetry/otlp.ts');
  const random = (bytes: number): string => randomBytes(bytes).toString('hex');
  return openOtlp({ url, ratio, role, version: VERSION, log, random });
}

/** What opens the object mapper when it is first wanted. Its end has its place from now on: after those of all who will use it. */
function opensOnce(url: string, settings: PoolSettings, lifecycle: Lifecycle): Runtime['em'] {
  let opened: ReturnType<typeof openOrm> | null = null;
  lifecycle.onStop('object mapper', async () => (await opened)?.close(true));
  const open = async () => (await import('./open-orm.ts')).openOrm(url, settings.DATABASE_STATEMENT_TIMEOUT_MS);
  return async () => {
    opened ??= open();
    return (await opened).em;
  };
}

function refuseMissingDatabase(settings: RuntimeSettings, dataDir: string | null): void {
  const { directory } = dataFolder(settings, dataDir);
  if (!holdsDatabase(directory))
    throw new InvalidInput('--data-dir', directory, 'a folder that holds a database of ours');
}

function openLog({ settings, dataDir, forPerson }: RuntimeOptions): { log: Logger; logPlace: string } {
  const level = settings.LOG_LEVEL;
  if (!forPerson) return { log: createLogger({ level, clock: wallClock, destination: 'stdout' }), logPlace: 'stdout' };
  if (settings.DATABASE_URL !== null)
    return { log: createLogger({ level, clock: wallClock, destination: 'stderr' }), logPlace: 'stderr' };
  const { directory } = dataFolder(settings, dataDir);
  const path = join(directory, 'heliograph.log');
  ensureDataFolder(directory);
  return {
    log: createLogger({ level, clock: wallClock, destination: patientDestination(path) }),
    logPlace: path,
  };
}

function watchRestarts(metrics: Metrics, database: OpenDatabase): void {
  let counted = 0;
  metrics.beforeScrape(() => {
    metrics.embeddedDatabaseRestarts.inc(database.restarts() - counted);
    counted = database.restarts();
  });
}

type Waiting = { readonly log: Logger; readonly stop: AbortSignal | undefined };

/** Whoever sits beside a server is started with it: before it answers, and before anybody has made a schema in it. */
async function schemaBeside(pool: Pool, url: string, { log, stop }: Waiting): Promise<void> {
  for (;;) {
    try {
      return await refuseMissingSchema(pool, url);
    } catch (error) {
      log.info('waiting for the database', { reason: error instanceof Error ? error.message : String(error) });
      await sleep(LOOK_AGAIN_MS, undefined, { signal: stop }).catch(() => undefined);
      if (stop?.aborted === true) throw error;
    }
  }
}

async function refuseMissingSchema(pool: Pool, url: string): Promise<void> {
  const { rows } = await pool
    .query<{ there: boolean }>(`select to_regclass('public.event_log') is not null as there`)
    .catch((error: unknown) => {
      throw unreachable('DATABASE_URL', url, error);
    });
  if (rows[0]?.there === true) return;
  throw new UserError(
    'NO_SCHEMA',
    'The database has no tables of ours, expected a migrated one: run the migrate task with DATABASE_OWNER_URL first',
  );
}

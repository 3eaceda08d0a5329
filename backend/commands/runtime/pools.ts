import type { Metrics } from '../../metrics/registry.ts';
import { createPool, type Pool, type PoolOptions } from '../../platform/database/pool.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';

/** Connections by what they are for, so that none of it waits for another: what stands still then is what is slow, and no more. */
export type Pools = {
  /** Of requests and tasks. */
  readonly requests: Pool;
  /** Of the question whether the database answers: slow requests are no reason to be taken out of service. */
  readonly health: Pool;
  /** Of what follows the event log for subscriptions. */
  readonly tailer: Pool;
  /** Of the pipeline and of scheduled jobs. */
  readonly work: Pool;
};

export type PoolSettings = {
  readonly DATABASE_POOL_SIZE: number;
  /** Absent where nobody subscribes. */
  readonly DATABASE_TAILER_POOL_SIZE?: number;
  /** Absent where nothing works in the background. */
  readonly DATABASE_WORK_POOL_SIZE?: number;
  readonly DATABASE_STATEMENT_TIMEOUT_MS: number;
};

export type PoolsOptions = {
  readonly settings: PoolSettings;
  readonly url: string;
  readonly metrics: Metrics;
  readonly log: Logger;
};

/** A transaction that stores a chunk of history has many statements. ms */
export const WORK_TRANSACTION_MS = 300_000;

/** The server is the one to give up a statement; who waits for longer waits for a server that hangs. ms */
const LATER_MS = 1_000;
/** Subscribers are told that the log is away before a checkpoint of theirs is due. ms */
const TAILER_MS = 2_000;

type Limits = Pick<PoolOptions, 'transactionTimeoutMs' | 'answerTimeoutMs'>;

/** Opens no connection before one is wanted. A pool that the role has no setting for has one connection at most. */
export function openPools({ settings, url, metrics, log }: PoolsOptions): { pools: Pools; end: () => Promise<void> } {
  const statementTimeoutMs = settings.DATABASE_STATEMENT_TIMEOUT_MS;
  const connect = (name: keyof Pools, size: number, limits: Limits): Pool =>
    createPool({
      ...{ url, name, size, statementTimeoutMs, ...limits },
      onError: (lost) => log.warn('an idle connection broke', { pool: name, error: lost }),
      watch: {
        done: (type, seconds) => metrics.queryDuration.observe({ query_type: type }, seconds),
        failed: (errorClass) => metrics.databaseErrors.inc({ class: errorClass }),
      },
    });
  const open = (name: 'requests' | 'tailer' | 'work', wanted: number | undefined, limits: Limits): Pool => {
    const size = wanted ?? 1;
    const pool = connect(name, size, limits);
    if (wanted === undefined) return pool;
    metrics.poolMax.set({ pool: name }, size);
    metrics.beforeScrape(() => {
      metrics.poolInUse.set({ pool: name }, pool.totalCount - pool.idleCount);
      metrics.poolWaiting.set({ pool: name }, pool.waitingCount);
    });
    return pool;
  };
  const pools = {
    requests: open('requests', settings.DATABASE_POOL_SIZE, {
      transactionTimeoutMs: 2 * statementTimeoutMs,
      answerTimeoutMs: statementTimeoutMs + LATER_MS,
    }),
    // One that hangs is given up soon, or nobody could ask after it.
    health: connect('health', 1, {
      transactionTimeoutMs: 2 * statementTimeoutMs,
      answerTimeoutMs: Math.min(statementTimeoutMs, LATER_MS),
    }),
    tailer: open('tailer', settings.DATABASE_TAILER_POOL_SIZE, {
      transactionTimeoutMs: 2 * statementTimeoutMs,
      answerTimeoutMs: Math.min(statementTimeoutMs, TAILER_MS),
    }),
    work: open('work', settings.DATABASE_WORK_POOL_SIZE, { transactionTimeoutMs: WORK_TRANSACTION_MS }),
  };
  const end = async (): Promise<void> => {
    await Promise.all(Object.values(pools).map((pool) => pool.end()));
  };
  return { pools, end };
}

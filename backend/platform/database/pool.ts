import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { CancellablePool, isUnanswered } from './cancellation.ts';
import { type QueryWatch, timedClient } from './timed-client.ts';

// Instants and counters come back as numbers: every bigint of ours stays below 2^53, every timestamp is ms since 1970.
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);
types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => Date.parse(text));

export type Pool = pg.Pool;
export type Connection = pg.PoolClient;
/** Anything that runs a statement: the pool, or the connection of a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>;

export type PoolOptions = {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  readonly size: number;
  readonly statementTimeoutMs: number;
  /** After which the server ends a transaction, whatever it is doing; from PostgreSQL 17 on. Without it they may take for ever. */
  readonly transactionTimeoutMs?: number;
  /**
   * After which nobody waits for the server's answer any more, nor for a connection: a server that hangs ends no statement by itself. Only for pools
   * whose statements are plain queries. ms
   */
  readonly answerTimeoutMs?: number;
  /** Told of a connection that broke while idle; the pool itself replaces it. */
  readonly onError: (lost: LostConnection) => void;
  readonly watch?: QueryWatch;
};

/** Why a connection broke, and no more: the driver's own error holds the whole client with its parameters. */
export type LostConnection = { readonly name: string; readonly code: string | null; readonly message: string };

const CONNECT_MS = 5_000;

/** Connections for plain SQL. Times are read as ms since 1970, bigint as number, numeric as decimal text. */
export function createPool(options: PoolOptions): Pool {
  const pool = new CancellablePool({
    connectionString: options.url,
    application_name: `heliograph-${options.name}`,
    max: options.size,
    connectionTimeoutMillis: Math.min(CONNECT_MS, options.answerTimeoutMs ?? CONNECT_MS),
    idleTimeoutMillis: 30_000,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: 2_000,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    types,
    ...(options.answerTimeoutMs === undefined ? {} : { query_timeout: options.answerTimeoutMs }),
    ...(options.transactionTimeoutMs === undefined
      ? {}
      : { onConnect: limitTransactions(options.transactionTimeoutMs) }),
    ...(options.watch === undefined ? {} : { Client: timedClient(options.watch) }),
  });
  pool.on('error', (error) => {
    const { name, message } = error;
    options.onError({ name, code: 'code' in error ? String(error.code) : null, message });
  });
  return pool;
}

/** Said after the connection is made: a server before version 17 would refuse one that asks for this limit. */
export function limitTransactions(milliseconds: number): (client: pg.ClientBase) => Promise<void> {
  return async (client) => {
    await client.query(
      `select set_config('transaction_timeout', $1, false) where current_setting('server_version_num')::integer >= 170000`,
      [String(milliseconds)],
    );
  };
}

/** Runs the work in one transaction on one connection: commits its result, rolls back on any error and lets the error go on. */
export async function transaction<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await pool.connect();
  let broken: Error | undefined;
  // A socket that dies while the connection is checked out would otherwise be an uncaught exception; the pending statement rejects too.
  const onError = (error: Error): void => {
    broken = error;
  };
  connection.on('error', onError);
  try {
    await connection.query('begin');
    const result = await work(connection);
    await connection.query('commit');
    return result;
  } catch (error) {
    // Who does not answer that either is not asked: it ends the transaction when the connection does.
    if (isUnanswered(error)) broken = error;
    else
      await connection.query('rollback').catch((failure: Error) => {
        broken = failure;
      });
    throw error;
  } finally {
    connection.off('error', onError);
    connection.release(broken);
  }
}

// 53100: its disk is full, which is over when there is room again. 25P03 and 25P04: a transaction that stood still too long, as those do of a
// server that hung.
const CONNECTION_STATES = /^(08|57P0[123]|53[13]00|25006|25P0[34])/;
const CONNECTION_WORDS =
  /terminat|ECONN|EPIPE|ETIMEDOUT|timeout exceeded when trying to connect|timeout expired|read timeout|not queryable|socket|Connection/;

/** True for an error that says "the database is away or going", after which the same work may be tried again on a new connection. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (CONNECTION_STATES.test(code)) return true;
  // A server's answer has a five-letter SQLSTATE; without one the words of driver and socket are all there is.
  if (/^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E')) return false;
  return CONNECTION_WORDS.test(`${code} ${error.message}`) || isConnectionError(error.cause);
}

const RETRY_MS = 250;

/** Runs work that may be repeated until the database takes it. After `patienceMs`, or at any other error, throws what was said last. */
export async function outlastRestart<T>(patienceMs: number, work: () => Promise<T>): Promise<T> {
  for (let left = patienceMs; ; left -= RETRY_MS) {
    try {
      return await work();
    } catch (error) {
      if (left <= 0 || !isConnectionError(error)) throw error;
      await sleep(RETRY_MS);
    }
  }
}

/** True for a transaction that lost against another one and may simply be run again (serialisation failure, deadlock, lock time-out). */
export function isTransient(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === '40001' || code === '40P01' || code === '55P03' || isConnectionError(error);
}

/** True for a statement that the server gave up because it took too long, or because somebody told it to. Whether to ask again depends on who waits. */
export function isGivenUp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014';
}

import { setTimeout as sleep } from 'node:timers/promises';
import { createPool, type Pool, transaction } from '../../platform/database/pool.ts';
import { type Inventory, takeInventory } from '../backup/inventory.ts';
import { type Check, type Compared, compare, newestRow } from '../restore/checks.ts';
import type { DrillPhase, DrillResult } from '../restore/drill.ts';
import { type Smoke, smoke } from '../restore/smoke.ts';
import { Stopwatch } from '../restore/stopwatch.ts';
import { cloneAt, drillName, type Patience, sweep, takeAway } from './clone.ts';
import type { CloudSql } from './instance.ts';
import { latestRecoveryTime } from './observe.ts';
import { openTunnel } from './tunnel.ts';

export type CloudSqlDrillOptions = {
  readonly cloudSql: CloudSql;
  /** The database in use, as the service's role: the new instance has its user, too. */
  readonly databaseUrl: string;
  /** How this program is started, for the query of the real role. */
  readonly program: readonly string[];
  /** Where a new instance listens: that of Cloud SQL when left out. */
  readonly port?: number;
  readonly patience: Patience;
  readonly onPhase?: ((phase: DrillPhase) => void) | undefined;
};

/** Of the database in use at one moment, ms. */
type Held = { readonly inventory: Inventory; readonly at: number };
type Watch = Stopwatch<DrillPhase>;

const LOG_AT_MOST_MS = 50 * 60_000;
const REACHED_AT_MOST_MS = 15 * 60_000;

/**
 * Makes a new instance out of what Cloud SQL keeps, of a moment after everything was counted, compares it with that, asks it by GraphQL, and takes it
 * away. The answer says what was wrong; nothing is thrown.
 */
export async function drillCloudSql(options: CloudSqlDrillOptions): Promise<DrillResult> {
  const { cloudSql, patience } = options;
  const watch: Watch = new Stopwatch<DrillPhase>('log', options.onPhase);
  const left = await checked('leftovers', () => sweep(cloudSql, Date.now(), patience));
  const found = await drilled(options, watch).catch((error: unknown) => failed(watch.phase, error));
  const checks = [...found.checks, left];
  return {
    ...found,
    scenario: 'cloudsql',
    ok: checks.every(({ fault }) => fault === null),
    checks,
    phases: watch.end(),
  };
}

type Found = Omit<DrillResult, 'scenario' | 'ok' | 'phases'>;

async function drilled(options: CloudSqlDrillOptions, watch: Watch): Promise<Found> {
  const { cloudSql, patience } = options;
  const held = await withPool(options.databaseUrl, count);
  const known = await latestRecoveryTime(cloudSql.client, cloudSql.instance);
  const moment = await reachedBy(held.at, options);
  const rpo = known === null ? null : Math.max(0, held.at - known) / 1_000;
  const backup = `${cloudSql.instance.name} at ${new Date(moment).toISOString()}`;
  const name = drillName(cloudSql.instance);
  watch.begin('clone');
  const found = await restored(options, { name, moment, held }, watch).catch((error: unknown) =>
    failed(watch.phase, error),
  );
  watch.begin('remove');
  // Whatever became of it, and however this drill ends: it costs as much as the one in use.
  const removed = await checked('remove', () => takeAway(cloudSql, name, { ...patience, signal: undefined }));
  return { ...found, backup, rpo: found.rto === null ? null : rpo, checks: [...found.checks, removed] };
}

type Clone = { readonly name: string; readonly moment: number; readonly held: Held };

async function restored(options: CloudSqlDrillOptions, { name, moment, held }: Clone, watch: Watch): Promise<Found> {
  const { cloudSql, patience, port, program } = options;
  const began = performance.now();
  await cloneAt(cloudSql, name, moment, patience);
  watch.begin('connect');
  await using tunnel = await openTunnel(cloudSql, name, port);
  const url = through(options.databaseUrl, tunnel.port);
  const compared = await withPool(url, async (pool) => {
    await answered(pool, patience);
    watch.begin('check');
    return transaction(pool, (connection) => compare(connection, held.inventory, true));
  });
  watch.begin('smoke');
  let rto: number | null = null;
  const asked = await smoke({ databaseUrl: url, program }, () => {
    rto ??= (performance.now() - began) / 1_000;
  });
  return { ...answer(compared, asked, held), rto };
}

/** Its name and its way into the network come some time after itself. */
async function answered(pool: Pool, { pollMs = 10_000, signal }: Patience): Promise<void> {
  for (const until = performance.now() + REACHED_AT_MOST_MS; ; ) {
    try {
      await pool.query('select');
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(pollMs, undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** However long it takes: what it holds up is only the cleaning of dead rows. */
async function withPool<T>(url: string, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = createPool({ ...{ url, name: 'drill', size: 1, statementTimeoutMs: 0 }, onError: () => undefined });
  return work(pool).finally(() => pool.end());
}

function answer(compared: Compared, asked: Smoke, { inventory }: Held): Found {
  const [found, expected] = [compared.newestRow, newestRow(inventory)];
  const lost = `the newest row is of ${iso(found)}, expected one of ${iso(expected)} or later`;
  const checks = [
    { name: 'restore', fault: null },
    ...compared.checks,
    { name: 'newest row', fault: found < expected ? lost : null },
    { name: 'query', fault: asked.fault },
  ];
  return { backup: '', checks, tables: compared.tables, rto: null, rpo: null, p95Ms: asked.p95Ms };
}

/** Everything that is committed by a moment of the database's own clock. */
async function count(pool: Pool): Promise<Held> {
  return transaction(pool, async (connection) => {
    await connection.query('set transaction isolation level repeatable read, read only');
    await connection.query('set local idle_in_transaction_session_timeout = 0');
    const { rows } = await connection.query<{ at: number }>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float8 as at',
    );
    const at = rows[0]?.at;
    if (at === undefined) throw new Error('a query without a table gave no row');
    return { at, inventory: await takeInventory(connection) };
  });
}

/** Waits until Cloud SQL could recover a moment, and answers of its latest one. */
async function reachedBy(moment: number, { cloudSql, patience }: CloudSqlDrillOptions): Promise<number> {
  const { pollMs = 10_000, signal } = patience;
  for (const until = performance.now() + LOG_AT_MOST_MS; performance.now() < until; ) {
    const latest = await latestRecoveryTime(cloudSql.client, cloudSql.instance);
    if (latest === null) throw new Error(`${cloudSql.instance.name} cannot be recovered to a moment: it keeps no log`);
    if (latest >= moment) return latest;
    await sleep(pollMs, undefined, signal === undefined ? {} : { signal });
  }
  throw new Error(`the log did not reach ${iso(moment)} within ${LOG_AT_MOST_MS / 60_000} minutes`);
}

function through(databaseUrl: string, port: number): string {
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return url.href;
}

async function checked(name: string, work: () => Promise<unknown>): Promise<Check> {
  try {
    await work();
    return { name, fault: null };
  } catch (error) {
    return { name, fault: reasonOf(error) };
  }
}

function failed(phase: DrillPhase, error: unknown): Found {
  return {
    backup: '',
    checks: [{ name: phase, fault: reasonOf(error) }],
    tables: [],
    rto: null,
    rpo: null,
    p95Ms: null,
  };
}

function iso(moment: number): string {
  return new Date(moment).toISOString();
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

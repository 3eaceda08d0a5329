import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMetrics } from '../../metrics/registry.ts';
import type { Pool } from '../../platform/database/pool.ts';
import { silentLogger } from '../../platform/telemetry/logger.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import { openPools } from './pools.ts';

let store: TestStore;
beforeEach(async () => {
  store = await openTestStore('pools');
});
afterEach(() => store.dispose());

const settings = {
  ...{ DATABASE_POOL_SIZE: 2, DATABASE_TAILER_POOL_SIZE: 1, DATABASE_WORK_POOL_SIZE: 3 },
  DATABASE_STATEMENT_TIMEOUT_MS: 4_000,
};

function open(given: Partial<typeof settings> = settings) {
  const metrics = createMetrics();
  const all = { DATABASE_POOL_SIZE: 2, DATABASE_STATEMENT_TIMEOUT_MS: 4_000, ...given };
  return {
    metrics,
    ...openPools({ settings: all, url: store.database.applicationUrl, metrics, log: silentLogger }),
  };
}

const LIMITS = ['statement', 'lock', 'idle_in_transaction_session', 'transaction'] as const;

async function described(pool: Pool): Promise<Record<string, unknown>> {
  const limits = LIMITS.map((name) => `current_setting('${name}_timeout') as "${name}"`).join(', ');
  const { rows } = await pool.query(`select current_setting('application_name') as name, ${limits}`);
  return rows[0];
}

it('has a pool for each kind of work, with its name and its limits in the database', async () => {
  const { pools, end } = open();
  const common = { statement: '4s', lock: '2s', idle_in_transaction_session: '10s' };
  expect(await described(pools.requests)).toEqual({ name: 'heliograph-requests', ...common, transaction: '8s' });
  expect(await described(pools.health)).toEqual({ name: 'heliograph-health', ...common, transaction: '8s' });
  expect(await described(pools.tailer)).toEqual({ name: 'heliograph-tailer', ...common, transaction: '8s' });
  expect(await described(pools.work)).toEqual({ name: 'heliograph-work', ...common, transaction: '5min' });
  await end();
});

it('serves probes, the tailer and the pipeline while requests hold all of theirs and more of them wait', async () => {
  const { pools, metrics, end } = open();
  const held = await Promise.all([pools.requests.connect(), pools.requests.connect()]);
  const waiting = pools.requests.query('select 1');
  expect((await pools.health.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  expect((await pools.tailer.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  expect((await pools.work.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  const page = await metrics.render();
  expect(page).toContain('db_pool_in_use{pool="requests"} 2\n');
  expect(page).toContain('db_pool_waiting{pool="requests"} 1\n');
  expect(page).toContain('db_pool_max{pool="work"} 3\n');
  expect(page).toContain('db_pool_in_use{pool="tailer"} 0\n');
  for (const connection of held) connection.release();
  await waiting;
  await end();
});

it('says nothing about pools that a role does not have', async () => {
  const { metrics, end } = open({});
  const page = await metrics.render();
  expect(page).toContain('db_pool_max{pool="requests"} 2\n');
  expect(page).toContain('db_pool_max{pool="tailer"} 0\n');
  await end();
});

import { BarIngest } from '../../../../backend/market-data/store/ingest.ts';
import { createPool, type Pool } from '../../../../backend/platform/database/pool.ts';
import { feed } from './feed.ts';
import type { Database } from './server.ts';
import type { Store } from './store.ts';

/** The product's own way, with its role and a connection of its pool: order, revisions, references, all or nothing. */
export async function openOurs({ applicationUrl }: Database): Promise<Store> {
  const pool: Pool = createPool({
    url: applicationUrl,
    name: 'bench',
    size: 1,
    statementTimeoutMs: 60_000,
    onError: () => undefined,
  });
  const ingest = new BarIngest(pool);
  await ingest.register(feed);
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  return {
    pid: rows[0]?.pid ?? 0,
    store: async (batch) => void (await ingest.store(feed, [batch])),
    close: () => pool.end(),
  };
}

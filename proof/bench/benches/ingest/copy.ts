import { once } from 'node:events';
import pg from 'pg';
import { copiedColumns, encodeBars } from '../../../../backend/market-data/store/binary-copy.ts';
import { BarIngest, shardOf } from '../../../../backend/market-data/store/ingest.ts';
import { createPool } from '../../../../backend/platform/database/pool.ts';
import { feed } from './feed.ts';
import type { Database } from './server.ts';
import type { Store } from './store.ts';

type CopyStreams = { readonly from: (sql: string) => pg.Submittable & NodeJS.WritableStream };

const ROWS = { timeframe: feed.timeframe, shard: shardOf(feed), sourceId: feed.sourceId };

/** Binary COPY of the same bytes as ours and nothing else: it asks no head, knows no revision, and the same bar again is an error. */
export async function openCopy({ ownerUrl }: Database, { from }: CopyStreams): Promise<Store> {
  await prepareTables(ownerUrl);
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return {
    pid: rows[0]?.pid ?? 0,
    async store({ bars }, firstSeq) {
      const stream = client.query(from(`copy bar (${copiedColumns(bars)}) from stdin (format binary)`));
      stream.end(encodeBars(bars, { ...ROWS, firstSeq }) ?? '');
      await once(stream, 'finish');
    },
    close: () => client.end(),
  };
}

/** Source, instruments and the month's partition, as ours has them. */
export async function prepareTables(ownerUrl: string): Promise<void> {
  const pool = createPool({
    url: ownerUrl,
    name: 'bench',
    size: 1,
    statementTimeoutMs: 60_000,
    onError: () => undefined,
  });
  await new BarIngest(pool).register(feed);
  await pool.query(`select ensure_partitions('2024-08-01', '2024-07-01')`);
  await pool.end();
}

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool, isTransient, transaction } from '../../platform/database/pool.ts';
import { batchesOf, feedNamed, minuteBar } from '../../testing/bars.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import type { SourceDescription } from '../source.ts';
import { copyIn } from './copy-in.ts';
import { BarIngest, shardOf } from './ingest.ts';

let store: TestStore;
let ingest: BarIngest;
let feed: SourceDescription;
let month = 0;
beforeAll(async () => {
  store = await openTestStore('copy_in');
});
afterAll(() => store.dispose());
beforeEach(async () => {
  month += 1;
  feed = feedNamed(`feed-${month}`);
  ingest = new BarIngest(store.pool);
  await ingest.register(feed);
});

const at = (minute: number) => minuteBar(minute + month * 45_000, '50');
const minutes = (count: number) => Array.from({ length: count }, (_, minute) => at(minute));
const stored = async () => {
  const { rows } = await store.pool.query('select count(*) as n from bar where shard = $1', [shardOf(feed)]);
  return rows[0].n;
};

describe('a copy', () => {
  it('that is refused while most of its rows are still on their way leaves a connection that goes on', async () => {
    await ingest.store(feed, batchesOf([at(0)]));
    // Several times what the sockets hold.
    expect(await ingest.store(feed, [{ knownTime: 0, bars: minutes(40_000), quarantined: [] }])).toMatchObject({
      stored: 39_999,
      duplicate: 1,
    });
  });

  it('whose connection dies says so, and stores nothing of its rows', async () => {
    // Makes the month's partition.
    await ingest.store(feed, batchesOf([at(9)]));
    const blocker = await store.pool.connect();
    await blocker.query('begin');
    await blocker.query(
      `insert into bar (instrument_id, timeframe, bar_start, revision, bar_end, known_time, shard, ingest_seq, source_id, segment, open, high, low, close, volume)
       values ('spy-us', '1m', $1, 0, $2, $2, 'blocker', 0, $3, 'REGULAR', 1, 1, 1, 1, 1)`,
      [new Date(at(0).barStart), new Date(at(0).barEnd), feed.sourceId],
    );
    const storing = ingest.store(feed, batchesOf([at(0), at(1)])).catch((error: unknown) => error);
    const terminate = `select pg_terminate_backend(pid) from pg_stat_activity where query like 'copy bar%' and wait_event_type = 'Lock' and datname = current_database()`;
    while ((await store.pool.query(terminate)).rowCount === 0) await sleep(10);

    expect(isTransient(await storing)).toBe(true);
    await blocker.query('rollback');
    blocker.release();
    expect(await stored()).toBe(1);
    expect(await ingest.store(feed, batchesOf([at(0), at(1)]))).toMatchObject({ stored: 2, lastSeq: 3 });
  });

  it('is a statement that a pool can time', async () => {
    const seen: string[] = [];
    const watch = { done: (type: string) => seen.push(type), failed: (what: string) => seen.push(`failed: ${what}`) };
    const { applicationUrl: url } = store.database;
    const pool = createPool({
      url,
      name: 'test',
      size: 1,
      statementTimeoutMs: 20_000,
      onError: () => undefined,
      watch,
    });
    const copy = (text: string) =>
      transaction(pool, (connection) => copyIn(connection, 'copy ingest_shard (shard) from stdin', Buffer.from(text)));
    await copy('timed one\ntimed two\n');
    await expect(copy('timed two\n')).rejects.toMatchObject({ code: '23505', table: 'ingest_shard' });
    await pool.end();
    expect(seen).toEqual(['transaction', 'other', 'transaction', 'transaction', 'failed: constraint', 'transaction']);
  });
});

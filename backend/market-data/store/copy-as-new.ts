import { type Connection, type Pool, transaction } from '../../platform/database/pool.ts';
import { copiedColumns, encodeBars } from './binary-copy.ts';
import { copyIn } from './copy-in.ts';
import { type Delivery, type IngestResult, insertRefused, isKnownBar, iso, notRegistered, spanOf } from './delivery.ts';

/**
 * Stores a delivery of which no bar is known yet, the usual one, in a third of the time that comparing takes. Null, and nothing stored,
 * when a bar of it is known already or comes twice, or when the database has to judge how a number is written.
 */
export async function copyAsNew(pool: Pool, delivery: Delivery): Promise<IngestResult | null> {
  try {
    return await transaction(pool, (connection) => copyAll(connection, delivery));
  } catch (error) {
    if (error instanceof UnusualNumber || isKnownBar(error)) return null;
    throw error;
  }
}

class UnusualNumber extends Error {}

// The row lock of the head makes the order of ingest_seq the order of commit. A copy that fails takes its numbers back with it.
const TAKE_NUMBERS = `
  with head as (
    update ingest_shard set last_ingest_seq = last_ingest_seq + $2::bigint where shard = $1 returning last_ingest_seq
  )
  insert into ingest_batch (shard, first_seq, last_seq, min_bar_start, max_bar_start, known_time)
  select $1, last_ingest_seq - $2::bigint + 1, last_ingest_seq, $3, $4, $5 from head
  returning first_seq`;

async function copyAll(connection: Connection, delivery: Delivery): Promise<IngestResult> {
  const { shard, description, bars } = delivery;
  const { earliest, latest, known } = spanOf(bars);
  const { rows } = await connection.query<{ first_seq: number }>({
    name: 'take-numbers',
    text: TAKE_NUMBERS,
    values: [shard, bars.length, iso(earliest), iso(latest), iso(known)],
  });
  const firstSeq = rows[0]?.first_seq;
  if (firstSeq === undefined) throw notRegistered(shard);

  const { timeframe, sourceId } = description;
  const encoded = encodeBars(bars, { timeframe, shard, sourceId, firstSeq });
  if (encoded === null) throw new UnusualNumber();
  await copyIn(connection, `copy bar (${copiedColumns(bars)}) from stdin (format binary)`, encoded);
  const quarantined = await insertRefused(connection, delivery);
  const stored = bars.length;
  return { stored, corrected: 0, duplicate: 0, quarantined, lastSeq: firstSeq + stored - 1 };
}

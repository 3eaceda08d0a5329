import { createHash } from 'node:crypto';
import { PUBLIC_STREAM } from '../../log/event.ts';
import type { Queryable } from '../../platform/database/pool.ts';
import type { BarTimeframe } from '../rollup/bucket.ts';

/** An order in which bars were committed: that of one feed, or that of all longer bars. Readers go on after a number of it. */
export type BarStream = {
  /** Short and the same in every process, for cursors. */
  readonly name: string;
  /** Of the feed; null for the longer bars, which have one order for all feeds. */
  readonly shard: string | null;
  readonly head: number;
  /** What follows an earlier place than this is no longer whole. */
  readonly droppedUpTo: number;
};

export type BarStreams = {
  /** Changes when the database is restored from a backup: places of before may then mean other bars. */
  readonly epoch: string;
  readonly streams: readonly BarStream[];
};

/** What is announced when a stream has grown. */
export function wakeUpName(shard: string | null): string {
  return `bars ${shard ?? ROLLUPS}`;
}

const ROLLUPS = 'longer';

/** Every stream that may hold bars of one length of an instrument: those of the feeds that deliver them, and of the longer bars. */
export async function readBarStreams(
  database: Queryable,
  instrumentId: string,
  timeframe: BarTimeframe,
): Promise<BarStreams> {
  const { rows } = await database.query<{ epoch: string; streams: Omit<BarStream, 'name'>[] | null }>({
    name: 'bar-streams',
    text: `select epoch, (
             select json_agg(json_build_object('shard', shard, 'head', head, 'droppedUpTo', dropped) order by shard) from (
               select h.shard, h.last_ingest_seq as head, h.dropped_up_to_seq as dropped
                 from source_instrument e join source s using (source_id)
                 join ingest_shard h on regexp_replace(h.shard, '/[^/]*$', '') = s.source_id
                where e.instrument_id = $1 and s.timeframe = $2
                union all
               select null, last_seq, dropped_up_to_seq from rollup_head where $3) held) as streams
             from stream_head where stream = $4`,
    values: [instrumentId, timeframe, timeframe !== '1m', PUBLIC_STREAM],
  });
  const [row] = rows;
  if (row === undefined) throw new Error(`There is no stream ${PUBLIC_STREAM}`);
  const streams = (row.streams ?? []).map((stream) => ({ ...stream, name: nameOf(stream.shard) }));
  return { epoch: row.epoch, streams };
}

/** A cursor names every stream, and the names of feeds may be long. */
function nameOf(shard: string | null): string {
  return shard === null ? ROLLUPS : createHash('sha256').update(shard).digest('hex').slice(0, 12);
}

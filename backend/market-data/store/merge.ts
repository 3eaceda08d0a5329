import { type Connection, type Pool, transaction } from '../../platform/database/pool.ts';
import { type SourceBar, UNSCALED } from '../bar.ts';
import { type Delivery, type IngestResult, insertRefused, isKnownBar, iso, notRegistered, spanOf } from './delivery.ts';

/** Other feeds that may store the same bars meanwhile, one after another; more than that is a mistake of ours. */
const MOST_REPEATS = 5;

/** Stores of a delivery what is new or corrects what is stored. */
export async function merge(pool: Pool, delivery: Delivery): Promise<IngestResult> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await transaction(pool, (connection) => mergeOnce(connection, delivery));
    } catch (error) {
      // The head keeps away who writes for the same shard. Another feed has a head of its own: its bar was not to be seen yet, but is now.
      if (repeats === MOST_REPEATS || !isKnownBar(error)) throw error;
    }
  }
}

async function mergeOnce(connection: Connection, delivery: Delivery): Promise<IngestResult> {
  const { shard, bars } = delivery;
  const { rows } = await connection.query<{ last_ingest_seq: number }>(
    'select last_ingest_seq from ingest_shard where shard = $1 for update',
    [shard],
  );
  const base = rows[0]?.last_ingest_seq;
  if (base === undefined) throw notRegistered(shard);
  const quarantined = await insertRefused(connection, delivery);
  const { stored, corrected } = await insertBars(connection, delivery, base);
  if (stored > 0) await advanceShard(connection, delivery, { base, stored });
  return { stored, corrected, duplicate: bars.length - stored, quarantined, lastSeq: base + stored };
}

// Each bar is held against its newest revision, or against the one before it in this delivery: equal values are the same bar again, others
// are a correction, unless they were known earlier: a feed that is read again sends what has been corrected since. A halt is told once, and
// not again by who only reads what was traded. The two bounds let the planner leave out all partitions but those of the batch.
const INSERT_BARS = `
  with offered as (
    select * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::text[],
                         $6::numeric[], $7::numeric[], $8::numeric[], $9::numeric[], $10::numeric[], $17::numeric[], $18::integer[])
           with ordinality
      as t(instrument_id, bar_start, bar_end, known_time, segment, open, high, low, close, volume, price_scale, halted_ms, place)
  ), compared as (
    select o.*, l.revision as held, l.halted_ms as halted_before,
           coalesce(lag(row(o.open, o.high, o.low, o.close, o.volume, o.price_scale)) over same, l.numbers) as before
      from offered o left join lateral (
        select b.revision, b.known_time, b.halted_ms, row(b.open, b.high, b.low, b.close, b.volume, b.price_scale) as numbers from bar b
         where b.instrument_id = o.instrument_id and b.timeframe = $11 and b.bar_start = o.bar_start and b.bar_start between $15 and $16
         order by b.revision desc limit 1) l on true
     where l.known_time is null or o.known_time >= l.known_time
    window same as (partition by o.instrument_id, o.bar_start order by o.place)
  ), fresh as (
    select *, coalesce(held, -1) + row_number() over (partition by instrument_id, bar_start order by place) as revision,
           row_number() over (order by place) as number
      from compared where before is distinct from row(open, high, low, close, volume, price_scale)
  )
  insert into bar (instrument_id, timeframe, bar_start, revision, bar_end, known_time, shard, ingest_seq, source_id, segment, open, high, low, close, volume, price_scale, halted_ms)
  select instrument_id, $11, bar_start, revision, bar_end, known_time, $12, $13 + number, $14, segment, open, high, low, close, volume, price_scale,
         greatest(halted_ms, halted_before) from fresh
  returning revision`;

async function insertBars(
  connection: Connection,
  { shard, description, bars }: Delivery,
  base: number,
): Promise<{ stored: number; corrected: number }> {
  if (bars.length === 0) return { stored: 0, corrected: 0 };
  const column = <T>(read: (bar: SourceBar) => T): T[] => bars.map(read);
  const { earliest, latest } = spanOf(bars);
  const { rows } = await connection.query<{ revision: number }>({
    name: 'insert-bars',
    text: INSERT_BARS,
    values: [
      column((bar) => bar.instrumentId),
      column((bar) => iso(bar.barStart)),
      column((bar) => iso(bar.barEnd)),
      column((bar) => iso(bar.knownTime)),
      column((bar) => bar.segment),
      column((bar) => bar.open),
      column((bar) => bar.high),
      column((bar) => bar.low),
      column((bar) => bar.close),
      column((bar) => bar.volume),
      description.timeframe,
      shard,
      base,
      description.sourceId,
      iso(earliest),
      iso(latest),
      column((bar) => bar.priceScale ?? UNSCALED),
      column((bar) => bar.haltedMs ?? 0),
    ],
  });
  return { stored: rows.length, corrected: rows.filter((row) => row.revision > 0).length };
}

async function advanceShard(
  connection: Connection,
  { shard, bars }: Delivery,
  { base, stored }: { base: number; stored: number },
): Promise<void> {
  const { earliest, latest, known } = spanOf(bars);
  await connection.query('update ingest_shard set last_ingest_seq = $2 where shard = $1', [shard, base + stored]);
  await connection.query(
    'insert into ingest_batch (shard, first_seq, last_seq, min_bar_start, max_bar_start, known_time) values ($1, $2, $3, $4, $5, $6)',
    [shard, base + 1, base + stored, iso(earliest), iso(latest), iso(known)],
  );
}

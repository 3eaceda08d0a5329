import type { Queryable } from '../../platform/database/pool.ts';
import type { Bucket } from './bucket.ts';
import type { Arrival } from './open-buckets.ts';

export type Arrivals = {
  readonly arrivals: readonly Arrival[];
  /** Place of the last bar in the input log; the one asked for when there was none after it. */
  readonly upToSeq: number;
};

/**
 * The bars of a shard after `seq` in the order in which they were committed, whole deliveries, at least one and about `limit` bars. Bars of one
 * minute that became known together are one arrival.
 */
export async function readArrivals(database: Queryable, shard: string, seq: number, limit: number): Promise<Arrivals> {
  const { rows } = await database.query<Arrival & { lastSeq: number }>({
    name: 'read-arrivals',
    text: `with span as (
             select max(last_seq) as last_seq, min(min_bar_start) as earliest, max(max_bar_start) as latest from ingest_batch
              where shard = $1 and last_seq > $2
                and last_seq <= greatest($2 + $3, (select min(last_seq) from ingest_batch where shard = $1 and last_seq > $2)))
           select array_agg(instrument_id) as "instrumentIds", bar_start as "barStart", bar_end as "barEnd", known_time as "knownTime",
                  max(ingest_seq) as "lastSeq"
             from bar, span
            where shard = $1 and ingest_seq > $2 and ingest_seq <= last_seq and bar_start between earliest and latest
            group by bar_start, bar_end, known_time order by min(ingest_seq)`,
    values: [shard, seq, limit],
  });
  return { arrivals: rows, upToSeq: rows.reduce((last, row) => Math.max(last, row.lastSeq), seq) };
}

/** The calendar of each instrument. */
export async function readCalendarIds(database: Queryable): Promise<Map<string, string>> {
  const { rows } = await database.query<{ id: string; calendar: string }>('select id, calendar from instrument');
  return new Map(rows.map(({ id, calendar }) => [id, calendar]));
}

const BUCKETS = `unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[]) with ordinality
            as t(instrument_id, timeframe, bar_start, bar_end, place)`;

/** Those buckets of which the shard has a minute. */
export async function readBegun(database: Queryable, buckets: readonly Bucket[], shard: string): Promise<Bucket[]> {
  const { rows } = await database.query<{ place: number }>(
    `select place from ${BUCKETS}
      where exists (
        select from bar b
         where b.instrument_id = t.instrument_id and b.timeframe = '1m' and b.bar_start >= t.bar_start and b.bar_start < t.bar_end
           and b.shard = $5)`,
    [...columnsOf(buckets), shard],
  );
  return rows.flatMap(({ place }) => buckets[place - 1] ?? []);
}

/** Those buckets of which there is a bar. */
export async function readMade(database: Queryable, buckets: readonly Bucket[]): Promise<Bucket[]> {
  if (buckets.length === 0) return [];
  const { rows } = await database.query<{ place: number }>(
    `select place from ${BUCKETS}
      where exists (
        select from rollup_bar r
         where r.instrument_id = t.instrument_id and r.timeframe = t.timeframe and r.bar_start = t.bar_start)`,
    columnsOf(buckets),
  );
  return rows.flatMap(({ place }) => buckets[place - 1] ?? []);
}

function columnsOf(buckets: readonly Bucket[]): unknown[] {
  const iso = (instant: number): string => new Date(instant).toISOString();
  return [
    buckets.map(({ instrumentId }) => instrumentId),
    buckets.map(({ timeframe }) => timeframe),
    buckets.map(({ barStart }) => iso(barStart)),
    buckets.map(({ barEnd }) => iso(barEnd)),
  ];
}

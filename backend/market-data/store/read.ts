import type { Queryable } from '../../platform/database/pool.ts';
import type { Bar, Timeframe } from '../bar.ts';

const COLUMNS = `instrument_id as "instrumentId", timeframe, bar_start as "barStart", bar_end as "barEnd", known_time as "knownTime",
  revision, ingest_seq as "ingestSeq", source_id as "sourceId", segment, open::text, high::text, low::text, close::text, volume::text,
  price_scale::text as "priceScale", halted_ms as "haltedMs"`;

type Batch = { last_seq: number; from: number; to: number };

/** The bars of a shard after `seq` in the order in which they were committed, whole batches, at least one and about `limit` bars. */
export async function readBarsAfter(database: Queryable, shard: string, seq: number, limit: number): Promise<Bar[]> {
  const { rows: batches } = await database.query<Batch>({
    name: 'ingest-batches',
    text: `select last_seq, min_bar_start as "from", max_bar_start as "to"
             from ingest_batch where shard = $1 and last_seq > $2 order by last_seq limit 200`,
    values: [shard, seq],
  });
  const taken = batches.filter((batch, index) => index === 0 || batch.last_seq - seq <= limit);
  const last = taken.at(-1);
  if (last === undefined) return [];
  const from = Math.min(...taken.map((batch) => batch.from));
  const to = Math.max(...taken.map((batch) => batch.to));
  const { rows } = await database.query<Bar>({
    name: 'bars-after',
    text: `select ${COLUMNS} from bar where shard = $1 and ingest_seq > $2 and ingest_seq <= $3 and bar_start between $4 and $5 order by ingest_seq`,
    values: [shard, seq, last.last_seq, iso(from), iso(to)],
  });
  return rows;
}

export type KnownBars = {
  readonly instrumentId: string;
  readonly timeframe: Timeframe;
  readonly shard: string;
  /** Only what was committed up to here: a bar that came later does not exist yet. */
  readonly upToSeq: number;
};

/** The last `count` bars of the regular session, oldest first, each with its newest values as known at `upToSeq`. */
export async function readLastRegularBars(database: Queryable, known: KnownBars, count: number): Promise<Bar[]> {
  const { rows } = await database.query<Bar>(
    `select distinct on (bar_start) ${COLUMNS} from bar
      where instrument_id = $1 and timeframe = $2 and shard = $3 and ingest_seq <= $4 and segment = 'REGULAR'
      order by bar_start desc, revision desc limit $5`,
    [known.instrumentId, known.timeframe, known.shard, known.upToSeq, count],
  );
  return rows.reverse();
}

/** The last `count` bars of the regular session of each instrument, oldest first, each with its newest values as known at `asOf` (ms). */
export async function readNewestRegularBars(
  database: Queryable,
  of: { readonly instrumentIds: readonly string[]; readonly timeframe: Timeframe; readonly asOf: number },
  count: number,
): Promise<Bar[]> {
  const { rows } = await database.query<Bar>(
    `select newest.* from unnest($1::text[]) as wanted(id) cross join lateral (
       select distinct on (bar_start) ${COLUMNS} from bar
        where instrument_id = wanted.id and timeframe = $2 and known_time <= $3 and segment = 'REGULAR'
        order by bar_start desc, revision desc limit $4) newest
      order by "instrumentId", "barStart"`,
    [of.instrumentIds, of.timeframe, iso(of.asOf), count],
  );
  return rows;
}

/** Every bar of an instrument from `barStart` on, each revision, in the order of their commits, as known at `upToSeq`. */
export async function readBarsFrom(database: Queryable, known: KnownBars, barStart: number): Promise<Bar[]> {
  const { rows } = await database.query<Bar>(
    `select ${COLUMNS} from bar
      where instrument_id = $1 and timeframe = $2 and shard = $3 and ingest_seq <= $4 and bar_start >= $5
      order by ingest_seq`,
    [known.instrumentId, known.timeframe, known.shard, known.upToSeq, iso(barStart)],
  );
  return rows;
}

/** Every bar of an instrument as it was known at an instant (ms), oldest first. */
export async function readHistory(
  database: Queryable,
  of: Omit<KnownBars, 'upToSeq'>,
  knownUntil: number,
): Promise<Bar[]> {
  const { rows } = await database.query<Bar>(
    `select distinct on (bar_start) ${COLUMNS} from bar
      where instrument_id = $1 and timeframe = $2 and shard = $3 and known_time <= $4
      order by bar_start, revision desc`,
    [of.instrumentId, of.timeframe, of.shard, iso(knownUntil)],
  );
  return rows;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

import type { Queryable } from '../../platform/database/pool.ts';
import type { StoredBar } from '../market-data.service.ts';
import type { BarTimeframe } from '../rollup/bucket.ts';
import type { BarStream } from './streams.ts';

/** A bar and its place in its stream. */
export type StreamedBar = StoredBar & {
  readonly seq: number;
  /** ms, by the database's clock. */
  readonly recordedAt: number;
};

export type BarPage = {
  readonly bars: readonly StreamedBar[];
  /** Everything up to here has been looked at. */
  readonly upTo: number;
};

export type BarsOf = { readonly instrumentId: string; readonly timeframe: BarTimeframe };

/** So many bars of all instruments are looked at for one page, at least one delivery. */
const WINDOW = 50_000;

/** Up to `limit` bars of an instrument after a place in a stream, each revision once, in the order of their commits. */
export async function readBarPage(
  database: Queryable,
  stream: BarStream,
  { instrumentId, timeframe }: BarsOf,
  after: number,
  limit: number,
): Promise<BarPage> {
  const { shard } = stream;
  const span = await (shard === null ? rollupSpan(database, after) : deliveredSpan(database, shard, after));
  if (span === null) return { bars: [], upTo: after };

  // With the two bounds the planner leaves out all partitions but those of the span.
  const { rows } = await database.query<StreamedBar>(
    shard === null
      ? {
          name: 'made-bars-after',
          text: MADE,
          values: [instrumentId, timeframe, after, span.upTo, span.from, span.to, limit],
        }
      : {
          name: 'delivered-bars-after',
          text: DELIVERED,
          values: [instrumentId, timeframe, after, span.upTo, span.from, span.to, limit, shard],
        },
  );
  return { bars: rows, upTo: rows.length === limit ? (rows.at(-1)?.seq ?? span.upTo) : span.upTo };
}

const COLUMNS = `instrument_id as "instrumentId", b.timeframe, bar_start as "barStart", bar_end as "barEnd", known_time as "knownTime",
  open::text, high::text, low::text, close::text, volume::text, price_scale::text as "priceScale", revision, provenance, b.recorded_at as "recordedAt"`;

const DELIVERED = `
  select ${COLUMNS}, segment, true as complete, ingest_seq as seq from bar b join source using (source_id)
   where instrument_id = $1 and b.timeframe = $2 and ingest_seq > $3 and ingest_seq <= $4 and bar_start between $5 and $6 and shard = $8
   order by ingest_seq limit $7`;

// A session that a feed of daily bars tells of is told by that feed alone.
const MADE = `
  select ${COLUMNS}, 'REGULAR' as segment, complete, rollup_seq as seq from rollup_bar b join source using (source_id)
   where instrument_id = $1 and b.timeframe = $2 and rollup_seq > $3 and rollup_seq <= $4 and bar_start between $5 and $6
     and not exists (select from bar d where d.instrument_id = $1 and d.timeframe = $2 and d.bar_start = b.bar_start)
   order by rollup_seq limit $7`;

type Span = { readonly upTo: number; readonly from: string; readonly to: string };
type SpanRow = { upTo: number | null; from: number; to: number };

const SPAN = 'select max(last_seq) as "upTo", min(min_bar_start) as "from", max(max_bar_start) as "to"';

async function deliveredSpan(database: Queryable, shard: string, after: number): Promise<Span | null> {
  const { rows } = await database.query<SpanRow>({
    name: 'delivered-span',
    text: `${SPAN} from ingest_batch where shard = $1 and last_seq > $2
              and last_seq <= greatest($2 + ${WINDOW}, (select min(last_seq) from ingest_batch where shard = $1 and last_seq > $2))`,
    values: [shard, after],
  });
  return spanOf(rows[0]);
}

async function rollupSpan(database: Queryable, after: number): Promise<Span | null> {
  const { rows } = await database.query<SpanRow>({
    name: 'rollup-span',
    text: `${SPAN} from rollup_batch where last_seq > $1
              and last_seq <= greatest($1 + ${WINDOW}, (select min(last_seq) from rollup_batch where last_seq > $1))`,
    values: [after],
  });
  return spanOf(rows[0]);
}

function spanOf(row: SpanRow | undefined): Span | null {
  if (row === undefined || row.upTo === null) return null;
  return { upTo: row.upTo, from: new Date(row.from).toISOString(), to: new Date(row.to).toISOString() };
}

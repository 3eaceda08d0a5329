import { type Connection, type Pool, transaction } from '../../platform/database/pool.ts';
import type { SourceBar } from '../bar.ts';
import type { QuarantinedRow, SourceBatch, SourceDescription } from '../source.ts';

export type IngestResult = {
  readonly stored: number;
  /** Bars that were known already, value for value. */
  readonly duplicate: number;
  /** Stored bars that correct an earlier revision. */
  readonly corrected: number;
  readonly quarantined: number;
  /** Head of the shard's input log after this call. */
  readonly lastSeq: number;
};

/** The input log of a shard for a feed: all bars of one source and timeframe, in the order of their commits. */
export function shardOf(description: Pick<SourceDescription, 'sourceId'>): string {
  return `${description.sourceId}/0`;
}

/** Writes what sources deliver. The same bar again changes nothing; a bar with other values becomes the next revision. */
export class BarIngest {
  readonly #pool: Pool;
  readonly #months = new Set<string>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Makes source, instruments and shard known. Safe to repeat. */
  async register(description: SourceDescription): Promise<void> {
    await transaction(this.#pool, async (connection) => {
      const { sourceId, feed, provenance, licence, timeframe } = description;
      await connection.query(
        'insert into source (source_id, feed, provenance, licence, timeframe) values ($1, $2, $3, $4, $5) on conflict do nothing',
        [sourceId, feed, provenance, licence, timeframe],
      );
      await connection.query(
        `insert into instrument (id, symbol, mic, calendar, tick, currency, figi, asset_class)
         select * from json_to_recordset($1) as t(id text, symbol text, mic text, calendar text, tick numeric, currency text, figi text, "assetClass" text)
         on conflict do nothing`,
        [JSON.stringify(description.instruments)],
      );
      await connection.query('insert into ingest_shard (shard) values ($1) on conflict do nothing', [
        shardOf(description),
      ]);
    });
  }

  /** The newest moment that is stored whole, so that a source need not send again what came before; undefined for a new source. */
  async resumeAfter(shard: string): Promise<number | undefined> {
    const { rows } = await this.#pool.query<{ known: number | null }>(
      'select max(known_time) as known from ingest_batch where shard = $1',
      [shard],
    );
    return rows[0]?.known ?? undefined;
  }

  /** Stores batches in one transaction, in order. All or nothing. */
  async store(description: SourceDescription, batches: readonly SourceBatch[]): Promise<IngestResult> {
    const shard = shardOf(description);
    const bars = batches.flatMap((batch) => batch.bars);
    const refused = batches.flatMap((batch) => batch.quarantined);
    await this.#ensurePartitions(bars);
    return transaction(this.#pool, async (connection) => {
      const { rows } = await connection.query<{ last_ingest_seq: number }>(
        'select last_ingest_seq from ingest_shard where shard = $1 for update',
        [shard],
      );
      const base = rows[0]?.last_ingest_seq;
      if (base === undefined) throw new Error(`Shard ${shard} is not registered`);
      const quarantined = await insertRefused(connection, description.sourceId, refused);
      const { stored, corrected } = await insertBars(connection, { shard, base, description, bars });
      if (stored > 0) await advanceShard(connection, { shard, base, stored, bars });
      return { stored, corrected, duplicate: bars.length - stored, quarantined, lastSeq: base + stored };
    });
  }

  async #ensurePartitions(bars: readonly SourceBar[]): Promise<void> {
    const missing = [...new Set(bars.map((bar) => new Date(bar.barStart).toISOString().slice(0, 7)))]
      .filter((month) => !this.#months.has(month))
      .sort();
    const [first] = missing;
    const last = missing.at(-1);
    if (first === undefined || last === undefined) return;
    await this.#pool.query('select ensure_partitions($1, $2)', [`${last}-01T00:00:00Z`, `${first}-01T00:00:00Z`]);
    for (const month of missing) this.#months.add(month);
  }
}

type Insert = {
  readonly shard: string;
  readonly base: number;
  readonly description: SourceDescription;
  readonly bars: readonly SourceBar[];
};

// Each bar is held against its newest revision, or against the one before it in this delivery: equal values are the same bar again, others
// are a correction, unless they were known earlier: a feed that is read again sends what has been corrected since. The two bounds let the planner leave out all partitions but those of the batch.
const INSERT_BARS = `
  with offered as (
    select * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::text[],
                         $6::numeric[], $7::numeric[], $8::numeric[], $9::numeric[], $10::numeric[]) with ordinality
      as t(instrument_id, bar_start, bar_end, known_time, segment, open, high, low, close, volume, place)
  ), compared as (
    select o.*, l.revision as held, coalesce(lag(row(o.open, o.high, o.low, o.close, o.volume)) over same, l.numbers) as before
      from offered o left join lateral (
        select b.revision, b.known_time, row(b.open, b.high, b.low, b.close, b.volume) as numbers from bar b
         where b.instrument_id = o.instrument_id and b.timeframe = $11 and b.bar_start = o.bar_start and b.bar_start between $15 and $16
         order by b.revision desc limit 1) l on true
     where l.known_time is null or o.known_time >= l.known_time
    window same as (partition by o.instrument_id, o.bar_start order by o.place)
  ), fresh as (
    select *, coalesce(held, -1) + row_number() over (partition by instrument_id, bar_start order by place) as revision,
           row_number() over (order by place) as number
      from compared where before is distinct from row(open, high, low, close, volume)
  )
  insert into bar (instrument_id, timeframe, bar_start, revision, bar_end, known_time, shard, ingest_seq, source_id, segment, open, high, low, close, volume)
  select instrument_id, $11, bar_start, revision, bar_end, known_time, $12, $13 + number, $14, segment, open, high, low, close, volume from fresh
  returning revision`;

async function insertBars(
  connection: Connection,
  { shard, base, description, bars }: Insert,
): Promise<{ stored: number; corrected: number }> {
  if (bars.length === 0) return { stored: 0, corrected: 0 };
  const column = <T>(read: (bar: SourceBar) => T): T[] => bars.map(read);
  const [earliest, latest] = range(bars);
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
    ],
  });
  return { stored: rows.length, corrected: rows.filter((row) => row.revision > 0).length };
}

type Advance = {
  readonly shard: string;
  readonly base: number;
  readonly stored: number;
  readonly bars: readonly SourceBar[];
};

async function advanceShard(connection: Connection, { shard, base, stored, bars }: Advance): Promise<void> {
  const [earliest, latest] = range(bars);
  const known = bars.reduce((newest, bar) => Math.max(newest, bar.knownTime), 0);
  await connection.query('update ingest_shard set last_ingest_seq = $2 where shard = $1', [shard, base + stored]);
  await connection.query(
    'insert into ingest_batch (shard, first_seq, last_seq, min_bar_start, max_bar_start, known_time) values ($1, $2, $3, $4, $5, $6)',
    [shard, base + 1, base + stored, iso(earliest), iso(latest), iso(known)],
  );
}

async function insertRefused(
  connection: Connection,
  sourceId: string,
  rows: readonly QuarantinedRow[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const result = await connection.query(
    `insert into quarantined_row (source_id, origin, line, reason, raw)
     select $1, * from unnest($2::text[], $3::bigint[], $4::text[], $5::text[]) on conflict do nothing`,
    [
      sourceId,
      rows.map((row) => row.origin),
      rows.map((row) => row.line),
      rows.map((row) => row.reason),
      rows.map((row) => row.raw),
    ],
  );
  return result.rowCount ?? 0;
}

function range(bars: readonly SourceBar[]): [number, number] {
  return bars.reduce(
    ([low, high], bar) => [Math.min(low, bar.barStart), Math.max(high, bar.barStart)],
    [Infinity, -Infinity],
  );
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

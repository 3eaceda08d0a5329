import { type Connection, type Pool, transaction } from '../../platform/database/pool.ts';
import type { SourceBar } from '../bar.ts';
import { nameInstruments, storeActions } from '../corporate-actions/store.ts';
import type { SourceBatch, SourceDescription } from '../source.ts';
import { copyAsNew } from './copy-as-new.ts';
import { type IngestResult, iso, spanOf } from './delivery.ts';
import { merge } from './merge.ts';

export type { IngestResult } from './delivery.ts';

/** The input log of a shard for a feed: all bars of one source and timeframe, in the order of their commits. */
export function shardOf(description: Pick<SourceDescription, 'sourceId'>): string {
  return `${description.sourceId}/0`;
}

/** Writes what sources deliver. The same bar again changes nothing; a bar with other values becomes the next revision. */
export class BarIngest {
  readonly #pool: Pool;
  /** Months whose partitions are there, counted from 1970. */
  readonly #months = new Set<number>();
  #repeats = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Makes source, instruments with their dated tickers and corporate actions, and shard known. Safe to repeat. */
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
      await storeActions(connection, sourceId, description.actions ?? []);
      await nameInstruments(
        connection,
        description.instruments.map(({ id }) => id),
      );
      await connection.query('insert into ingest_shard (shard) values ($1) on conflict do nothing', [
        shardOf(description),
      ]);
      await expectInstruments(connection, description);
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

  /** Stores batches in one transaction, in order. All or nothing; corporate actions before them, in one of their own. */
  async store(description: SourceDescription, batches: readonly SourceBatch[]): Promise<IngestResult> {
    const bars = batches.flatMap((batch) => batch.bars);
    const refused = batches.flatMap((batch) => batch.quarantined);
    const actions = batches.flatMap((batch) => batch.actions ?? []);
    if (actions.length > 0)
      await transaction(this.#pool, (connection) => storeActions(connection, description.sourceId, actions));
    const delivery = { shard: shardOf(description), description, bars, refused };
    if (bars.length === 0) return merge(this.#pool, delivery);

    await this.#ensurePartitions(bars);
    const copied = this.#repeats ? null : await copyAsNew(this.#pool, delivery);
    const result = copied ?? (await merge(this.#pool, delivery));
    // A feed that begins again repeats bar after bar: to copy them would fail each time, until something new comes.
    this.#repeats = result.stored === 0;
    return result;
  }

  async #ensurePartitions(bars: readonly SourceBar[]): Promise<void> {
    const { earliest, latest } = spanOf(bars);
    const [first, last] = [monthOf(earliest), monthOf(latest)];
    const months = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    if (months.every((month) => this.#months.has(month))) return;
    await this.#pool.query('select ensure_partitions($1, $2)', [iso(latest), iso(earliest)]);
    for (const month of months) this.#months.add(month);
  }
}

function monthOf(instant: number): number {
  const date = new Date(instant);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/**
 * What the feed delivers from now on: a session is in when there is enough of it. Of two feeds of real data that deliver the same instruments
 * the one that was started last is expected to, so that nobody waits for one that was replaced.
 */
async function expectInstruments(connection: Connection, description: SourceDescription): Promise<void> {
  const { sourceId, instruments, timeframe, provenance } = description;
  const ids = instruments.map(({ id }) => id);
  await connection.query(
    `insert into source_instrument (source_id, instrument_id) select $1, unnest($2::text[])
     on conflict (source_id, instrument_id) do update set expected = true where not source_instrument.expected`,
    [sourceId, ids],
  );
  await connection.query(
    'update source_instrument set expected = false where source_id = $1 and expected and instrument_id <> all ($2)',
    [sourceId, ids],
  );
  if (provenance === 'REPLAY' || provenance === 'SYNTHETIC') return;
  await connection.query(
    `update source_instrument o set expected = false from source s
      where s.source_id = o.source_id and o.expected and o.source_id <> $1 and s.timeframe = $3
        and s.provenance not in ('REPLAY', 'SYNTHETIC')
        and exists (select from source_instrument e where e.source_id = o.source_id and e.expected and e.instrument_id = any ($2))`,
    [sourceId, ids, timeframe],
  );
}

import type { Queryable } from '../../platform/database/pool.ts';

/** How far the roll-ups of a shard have come; zeros for a shard that they have not seen. */
export type RollupPosition = {
  readonly ingestSeq: number;
  /** The newest end of any bar that was read. */
  readonly watermark: number;
  /** The newest moment at which anything that was read, in any shard, became known. */
  readonly newestKnown: number;
};

export async function readRollupPosition(database: Queryable, shard: string): Promise<RollupPosition> {
  const { rows } = await database.query<{ [name in keyof RollupPosition]: number | null }>(
    `select max(ingest_seq) filter (where shard = $1) as "ingestSeq", max(watermark) filter (where shard = $1) as watermark,
            max(known_time) as "newestKnown" from rollup_position`,
    [shard],
  );
  const [row] = rows;
  return { ingestSeq: row?.ingestSeq ?? 0, watermark: row?.watermark ?? 0, newestKnown: row?.newestKnown ?? 0 };
}

export async function writeRollupPosition(
  database: Queryable,
  shard: string,
  { ingestSeq, watermark, newestKnown }: RollupPosition,
): Promise<void> {
  await database.query(
    `insert into rollup_position (shard, ingest_seq, watermark, known_time) values ($1, $2, $3, $4)
     on conflict (shard) do update set ingest_seq = $2, watermark = $3, known_time = greatest(rollup_position.known_time, $4)`,
    [shard, ingestSeq, new Date(watermark).toISOString(), new Date(newestKnown).toISOString()],
  );
}

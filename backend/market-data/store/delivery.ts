import type { Connection } from '../../platform/database/pool.ts';
import type { SourceBar } from '../bar.ts';
import type { QuarantinedRow, SourceDescription } from '../source.ts';

/** What is stored in one transaction. */
export type Delivery = {
  readonly shard: string;
  readonly description: SourceDescription;
  readonly bars: readonly SourceBar[];
  readonly refused: readonly QuarantinedRow[];
};

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

/** How many of the refused rows are new. */
export async function insertRefused(connection: Connection, { description, refused }: Delivery): Promise<number> {
  if (refused.length === 0) return 0;
  const result = await connection.query(
    `insert into quarantined_row (source_id, origin, line, reason, raw)
     select $1, * from unnest($2::text[], $3::bigint[], $4::text[], $5::text[]) on conflict do nothing`,
    [
      description.sourceId,
      refused.map((row) => row.origin),
      refused.map((row) => row.line),
      refused.map((row) => row.reason),
      refused.map((row) => row.raw),
    ],
  );
  return result.rowCount ?? 0;
}

/** The first and the last start of bars, and when all of them were known: what a row of `ingest_batch` says. Instants in ms. */
export function spanOf(bars: readonly SourceBar[]): { earliest: number; latest: number; known: number } {
  let [earliest, latest, known] = [Infinity, -Infinity, -Infinity];
  for (const { barStart, knownTime } of bars) {
    earliest = Math.min(earliest, barStart);
    latest = Math.max(latest, barStart);
    known = Math.max(known, knownTime);
  }
  return { earliest, latest, known };
}

export function iso(instant: number): string {
  return new Date(instant).toISOString();
}

export function notRegistered(shard: string): Error {
  return new Error(`Shard ${shard} is not registered`);
}

/** The primary key of one of the partitions of `bar` refuses a row: this revision of the bar is there already. */
export function isKnownBar(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error && 'table' in error)) return false;
  return error.code === '23505' && String(error.table).startsWith('bar_');
}

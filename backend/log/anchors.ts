import type { Queryable } from '../platform/database/pool.ts';

/** Up to where a stream was archived: the event `seq` is the last of its stream in the file `archive`, which holds `rows` of it. */
export type Anchor = {
  readonly stream: string;
  readonly seq: number;
  readonly epoch: string;
  readonly hash: Buffer;
  readonly archive: string;
  readonly sha256: string;
  readonly rows: number;
};

/** The anchors of a stream, oldest first. */
export async function readAnchors(database: Queryable, stream: string): Promise<Anchor[]> {
  const { rows } = await database.query<Anchor>(
    'select stream, seq, epoch, hash, archive, sha256, rows from event_log_anchor where stream = $1 order by seq',
    [stream],
  );
  return rows;
}

/** Adds the anchors of an archive, all of them or none. */
export async function writeAnchors(database: Queryable, anchors: readonly Anchor[]): Promise<void> {
  const items = anchors.map(({ hash, ...anchor }) => ({ ...anchor, hash: hash.toString('hex') }));
  await database.query(
    `insert into event_log_anchor (stream, seq, epoch, hash, archive, sha256, rows)
     select stream, seq, epoch, decode(hash, 'hex'), archive, sha256, rows
       from json_to_recordset($1::json) as t(stream text, seq bigint, epoch text, hash text, archive text, sha256 text, rows bigint)`,
    [JSON.stringify(items)],
  );
}

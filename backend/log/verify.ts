import { createHash } from 'node:crypto';
import type { Queryable } from '../platform/database/pool.ts';

export type LedgerReport = {
  readonly stream: string;
  readonly epoch: string;
  readonly events: number;
  readonly lastSeq: number;
  /** SHA-256 over the bodies in seq order: equal for two runs that said the same, whatever their epochs and times of recording. */
  readonly bodiesSha256: string;
  /** The first thing found wrong, in words; null when the chain holds from its first event to the head. */
  readonly fault: string | null;
};

type Row = { seq: number; body: string; prev_hash: Buffer; hash: Buffer };
const PAGE = 2_000;

/** Recomputes the hash chain of a stream outside the database: hash = sha256(previous hash || seq as 8 bytes, big-endian || body). */
export async function verifyLedger(database: Queryable, stream: string): Promise<LedgerReport> {
  const { rows } = await database.query<{ epoch: string; last_seq: number; last_hash: Buffer }>(
    'select epoch, last_seq, last_hash from stream_head where stream = $1',
    [stream],
  );
  const head = rows[0];
  if (head === undefined) throw new Error(`There is no stream ${stream}`);

  const bodies = createHash('sha256');
  let hash: Buffer = Buffer.alloc(32);
  let seq = 0;
  let events = 0;
  let fault: string | null = null;
  for await (const row of rowsUpTo(database, stream, head.last_seq)) {
    const previous: number = seq;
    seq = row.seq;
    events += 1;
    bodies.update(row.body);
    const before: Buffer = hash;
    hash = chain(before, row);
    if (fault !== null) continue;
    if (row.seq !== previous + 1) fault = `seq ${previous + 1} is missing: ${previous} is followed by ${row.seq}`;
    else if (!hash.equals(row.hash)) fault = `the hash of seq ${row.seq} does not match its body and the event before`;
    else if (!before.equals(row.prev_hash)) fault = `seq ${row.seq} names another hash than that of the event before`;
  }
  if (fault === null && seq !== head.last_seq) fault = `the head says ${head.last_seq}, the last event is ${seq}`;
  if (fault === null && !hash.equals(head.last_hash)) fault = `the head's hash is not that of event ${seq}`;
  return { stream, epoch: head.epoch, events, lastSeq: seq, bodiesSha256: bodies.digest('hex'), fault };
}

function chain(previous: Buffer, row: Row): Buffer {
  const seq = Buffer.alloc(8);
  seq.writeBigInt64BE(BigInt(row.seq));
  return createHash('sha256').update(previous).update(seq).update(row.body).digest();
}

async function* rowsUpTo(database: Queryable, stream: string, last: number): AsyncGenerator<Row> {
  let after = 0;
  while (after < last) {
    const { rows } = await database.query<Row>(
      'select seq, body, prev_hash, hash from event_log where stream = $1 and seq > $2 and seq <= $3 order by seq limit $4',
      [stream, after, last, PAGE],
    );
    if (rows.length === 0) return;
    yield* rows;
    after = rows.at(-1)?.seq ?? last;
  }
}

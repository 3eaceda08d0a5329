import type { Queryable } from '../platform/database/pool.ts';
import type { LoggedEvent, Position } from './event.ts';

export type StreamState = {
  readonly head: Position;
  /** Seq of the oldest event that is still held; head.seq + 1 when the stream is empty. */
  readonly firstSeq: number;
  /** Every incarnation of the stream, oldest first, with the last seq that it shares with the one before. */
  readonly epochs: readonly {
    readonly epoch: string;
    readonly previousEpoch: string | null;
    readonly lastCommonSeq: number;
  }[];
};

/** Where a stream begins and ends, and which incarnations it had. */
export async function readStreamState(database: Queryable, stream: string): Promise<StreamState> {
  const { rows } = await database.query<{
    epoch: string;
    last_seq: number;
    first_seq: number | null;
    epochs: StreamState['epochs'];
  }>(
    `select h.epoch, h.last_seq,
            (select seq from event_log where stream = h.stream order by seq limit 1) as first_seq,
            (select json_agg(json_build_object('epoch', e.epoch, 'previousEpoch', e.previous_epoch, 'lastCommonSeq', e.last_common_seq)
                             order by e.opened_at, e.last_common_seq) from stream_epoch e where e.stream = h.stream) as epochs
       from stream_head h where h.stream = $1`,
    [stream],
  );
  const row = rows[0];
  if (row === undefined) throw new Error(`There is no stream ${stream}`);
  return {
    head: { epoch: row.epoch, seq: row.last_seq },
    firstSeq: row.first_seq ?? row.last_seq + 1,
    epochs: row.epochs,
  };
}

/** Where a stream ends, and nothing else. */
export async function readHead(database: Queryable, stream: string): Promise<Position> {
  const { rows } = await database.query<Position>({
    name: 'stream-head',
    text: 'select epoch, last_seq as seq from stream_head where stream = $1',
    values: [stream],
  });
  const [head] = rows;
  if (head === undefined) throw new Error(`There is no stream ${stream}`);
  return head;
}

const COLUMNS = `stream, epoch, seq, kind, schema_version as "schemaVersion", occurred_at as "occurredAt", recorded_at as "recordedAt",
  encode(prev_hash, 'hex') as "prevHash", encode(hash, 'hex') as hash, body`;

/** Up to `limit` events after `seq`, oldest first. Gapless: the first one, if any, is `seq + 1` unless the stream begins later. */
export async function readEventsAfter(
  database: Queryable,
  stream: string,
  seq: number,
  limit: number,
): Promise<LoggedEvent[]> {
  const { rows } = await database.query<LoggedEvent>({
    name: 'events-after',
    text: `select ${COLUMNS} from event_log where stream = $1 and seq > $2 order by seq limit $3`,
    values: [stream, seq, limit],
  });
  return rows;
}

/** Up to `limit` events before `seq`, newest first. */
export async function readEventsBefore(
  database: Queryable,
  stream: string,
  seq: number,
  limit: number,
): Promise<LoggedEvent[]> {
  const { rows } = await database.query<LoggedEvent>({
    name: 'events-before',
    text: `select ${COLUMNS} from event_log where stream = $1 and seq < $2 order by seq desc limit $3`,
    values: [stream, seq, limit],
  });
  return rows;
}

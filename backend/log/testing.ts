import type { Pool, Queryable } from '../platform/database/pool.ts';
import { appendEvents, executeOn } from './append.ts';
import type { NewEvent } from './event.ts';

/** Appends events with these bodies, in one transaction of their own. */
export function appendBodies(pool: Queryable, stream: string, bodies: readonly string[]) {
  return appendEvents(executeOn(pool), stream, bodies.map(eventOf));
}

export function eventOf(body: string): NewEvent {
  return { kind: 'NOTE', schemaVersion: 1, occurredAt: Date.parse('2013-10-01T13:30:00.050Z'), body };
}

/** A further stream, which only the owner of the tables can make. Answers its epoch. */
export async function openStream(owner: Pool, stream: string): Promise<string> {
  const epoch = `${stream}-first`;
  await owner.query('insert into stream_head (stream, epoch) values ($1, $2)', [stream, epoch]);
  await owner.query('insert into stream_epoch (stream, epoch, last_common_seq) values ($1, $2, 0)', [stream, epoch]);
  return epoch;
}

/** What a restore does that lost everything after `lastCommonSeq`: the stream goes on from there in a new epoch. */
export async function openEpoch(owner: Pool, stream: string, epoch: string, lastCommonSeq: number): Promise<void> {
  await owner.query('delete from event_log where stream = $1 and seq > $2', [stream, lastCommonSeq]);
  await owner.query(
    `insert into stream_epoch (stream, epoch, previous_epoch, last_common_seq) select stream, $2, epoch, $3 from stream_head where stream = $1`,
    [stream, epoch, lastCommonSeq],
  );
  await owner.query(
    `update stream_head h set epoch = $2, last_seq = $3, last_hash = coalesce(
       (select hash from event_log l where l.stream = h.stream and seq = $3), decode(repeat('00', 32), 'hex')) where stream = $1`,
    [stream, epoch, lastCommonSeq],
  );
}

import type { NewEvent } from './event.ts';

export type Appended = { readonly epoch: string; readonly firstSeq: number; readonly lastSeq: number };

/** Runs one statement inside the caller's transaction and answers its rows. */
export type Execute = (sql: string, parameters: readonly unknown[]) => Promise<readonly unknown[]>;

/** `append_events` as one statement with four array parameters; `$1` is the stream. */
const APPEND = `
  select epoch, first_seq, last_seq from append_events($1, (
    select array_agg(row(kind, schema_version, occurred_at, body)::new_event order by place)
      from unnest($2::text[], $3::int[], $4::timestamptz[], $5::text[]) with ordinality as t(kind, schema_version, occurred_at, body, place)))`;

/**
 * Appends events to a stream, in order. Must be the last statement of its transaction: the head of the stream stays locked until the
 * commit, which makes the order of seq the order of commits. With several streams call it in the order of their names.
 */
export async function appendEvents(execute: Execute, stream: string, events: readonly NewEvent[]): Promise<Appended> {
  const [row] = (await execute(APPEND, [
    stream,
    events.map((event) => event.kind),
    events.map((event) => event.schemaVersion),
    events.map((event) => new Date(event.occurredAt).toISOString()),
    events.map((event) => event.body),
  ])) as readonly { epoch: string; first_seq: number | string; last_seq: number | string }[];
  if (row === undefined) throw new Error(`append_events gave no row for stream ${stream}`);
  return { epoch: row.epoch, firstSeq: Number(row.first_seq), lastSeq: Number(row.last_seq) };
}

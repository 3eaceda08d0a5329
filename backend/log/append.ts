import type { Queryable } from '../platform/database/pool.ts';
import type { NewEvent } from './event.ts';

export type Appended = { readonly epoch: string; readonly firstSeq: number; readonly lastSeq: number };

/** Runs one statement, with `?` for each parameter, inside the caller's transaction and answers its rows. */
export type Execute = (sql: string, parameters: readonly unknown[]) => Promise<readonly unknown[]>;

// One JSON parameter instead of arrays: every driver passes text unchanged, and JSON keeps the text of a body to the byte.
const APPEND = `
  select epoch, first_seq, last_seq from append_events(?, (
    select array_agg(row(item->>'kind', (item->>'schemaVersion')::int, (item->>'occurredAt')::timestamptz, item->>'body')::new_event order by place)
      from json_array_elements(?::json) with ordinality as t(item, place)))`;

/**
 * Appends events to a stream, in order. Must be the last statement of its transaction: the head of the stream stays locked until the
 * commit, which makes the order of seq the order of commits. With several streams call it in the order of their names.
 */
export async function appendEvents(execute: Execute, stream: string, events: readonly NewEvent[]): Promise<Appended> {
  const items = events.map(({ occurredAt, ...event }) => ({
    ...event,
    occurredAt: new Date(occurredAt).toISOString(),
  }));
  const rows = await execute(APPEND, [stream, JSON.stringify(items)]);
  const row = rows[0] as { epoch: string; first_seq: number | string; last_seq: number | string } | undefined;
  if (row === undefined) throw new Error(`append_events gave no row for stream ${stream}`);
  return { epoch: row.epoch, firstSeq: Number(row.first_seq), lastSeq: Number(row.last_seq) };
}

/** How appendEvents runs its statement on a plain connection, which numbers its parameters. */
export function executeOn(database: Queryable): Execute {
  return async (sql, parameters) => {
    let number = 0;
    const numbered = sql.replaceAll('?', () => `$${++number}`);
    return (await database.query(numbered, [...parameters])).rows;
  };
}

/** What a stream of server-sent events is made of, in the distinct connections mode of graphql-sse. */

const AFTER = Buffer.from('\n\n');

/** An operation is over, and its client is not to come back. Without the empty data a browser would not tell its page. */
export const COMPLETE = Buffer.from('event: complete\ndata:\n\n');
/** A comment: a sign of life that no reader takes for an event. */
export const HEARTBEAT = Buffer.from(':\n\n');

/** Tells a browser when to come back after the stream has ended, in ms. A line of the event that follows. */
export const retryAfter = (ms: number): Buffer => Buffer.from(`retry: ${ms}\n`);

const known = new WeakMap<Buffer, Buffer>();

/**
 * An item as an event. A payload is of one item, and an item has one cursor, so all who are sent the payload are sent the same event, which is
 * made once. The payload is JSON and has no line break.
 */
export function eventOf(payload: Buffer, cursor: string | null): Buffer {
  const made = known.get(payload);
  if (made !== undefined) return made;
  const before = Buffer.from(cursor === null ? 'event: next\ndata: ' : `event: next\nid: ${cursor}\ndata: `);
  const event = Buffer.concat([before, payload, AFTER]);
  known.set(payload, event);
  return event;
}

import type { Placed } from './position.ts';
import type { StreamProblem } from './types.ts';

const SELECTION =
  '... on SignalEventBatch { cursor previousCursor } ... on StreamCheckpoint { cursor previousCursor } ... on StreamProblem { code message }';

/**
 * The place of what one result of any resumable subscription holds, or the problem that it tells; null for a result without data. Throws a
 * TypeError when the document did not ask for what resuming rests on.
 */
export function placeOf(data: unknown): Placed<unknown> | { readonly problem: StreamProblem } | null {
  const item = itemOf(data);
  if (item === null) return null;
  const { cursor, previousCursor, code, events } = item;
  if (typeof code === 'string') return { problem: { message: code, ...item } as StreamProblem };
  if (typeof cursor !== 'string' || (typeof previousCursor !== 'string' && previousCursor !== null)) {
    throw new TypeError(`An item has no place to go on from, expected the selection to have ${SELECTION}`);
  }
  return { cursor, previousCursor, ...(Array.isArray(events) ? { events } : {}) };
}

/** The result with these events instead of its own; the same result when all of them are new. */
export function withEvents<R extends { readonly data?: unknown }>(result: R, events: readonly unknown[]): R {
  const item = itemOf(result.data);
  if (item === null || !Array.isArray(item['events']) || item['events'].length === events.length) return result;
  return { ...result, data: { [nameOf(result.data)]: { ...item, events } } };
}

/** A subscription has one field, under whatever name it was asked for. */
function itemOf(data: unknown): Record<string, unknown> | null {
  if (typeof data !== 'object' || data === null) return null;
  const item: unknown = (data as Record<string, unknown>)[nameOf(data)];
  return typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : null;
}

function nameOf(data: unknown): string {
  return Object.keys(data ?? {}).find((name) => name !== '__typename') ?? '';
}

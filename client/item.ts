import type { SignalEvent, StreamItem } from './types.ts';

/**
 * Reads one payload of the subscription. Only what following depends on is checked: the kind, the cursors, and the identity of each event;
 * the server's schema answers for the rest. An item of a kind that this client does not know is null.
 */
export function readItem(payload: unknown): StreamItem | null {
  const item = record(record(payload)?.['signalEvents']);
  switch (item?.['__typename']) {
    case 'SignalEventBatch':
      if (typeof item['cursor'] === 'string' && isCursorOrNull(item['previousCursor']) && isEventList(item['events'])) {
        return item as StreamItem;
      }
      break;
    case 'StreamCheckpoint':
      if (
        typeof item['cursor'] === 'string' &&
        isCursorOrNull(item['previousCursor']) &&
        typeof item['live'] === 'boolean'
      ) {
        return item as StreamItem;
      }
      break;
    case 'StreamProblem':
      if (typeof item['code'] === 'string' && typeof item['message'] === 'string') return item as StreamItem;
      break;
    default:
      if (typeof item?.['__typename'] === 'string') return null;
  }
  throw new TypeError('The server sent something that is not an item of the signal stream');
}

function isEventList(value: unknown): value is readonly SignalEvent[] {
  return Array.isArray(value) && value.every(isEvent);
}

function isEvent(value: unknown): boolean {
  const event = record(value);
  return (
    typeof event?.['stream'] === 'string' && typeof event['epoch'] === 'string' && Number.isSafeInteger(event['seq'])
  );
}

function isCursorOrNull(value: unknown): boolean {
  return typeof value === 'string' || value === null;
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

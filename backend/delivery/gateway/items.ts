import type { Position } from '../../log/event.ts';
import type { StoredSignal } from '../../signals/signals.service.ts';
import type { StartProblem } from '../start.ts';
import type { Checkpoint, EventBatch, Problem, StreamedEvent, StreamItem } from '../stream-item.ts';
import type { Group } from './group.ts';
import { type ReadEvent, storedOf } from './ring.ts';

/** Events that a group wants, as it shows them. */
export function streamed(
  group: Group,
  events: readonly ReadEvent[],
  signals: ReadonlyMap<string, StoredSignal>,
): StreamedEvent[] {
  return events.map(({ logged, body }) => ({
    event: {
      ...{ ...logged, body },
      // Made for who asks: most follow the cursors of the batches.
      get cursor() {
        return group.cursor(logged);
      },
    },
    signal: storedOf(logged.seq, body.facts.signalId, signals),
  }));
}

export type BatchParts = {
  readonly events: readonly StreamedEvent[];
  readonly maxBatch: number;
  /** Cursor of the item before. */
  readonly previousCursor: string | null;
  /** Where the last batch leads: over what did not match, too. */
  readonly end: string;
  /** ms since 1970. */
  readonly now: number;
};

/** The events in batches, each of which continues the one before. */
export function batches({ events, maxBatch, previousCursor, end, now }: BatchParts): EventBatch[] {
  const found: EventBatch[] = [];
  for (let at = 0; at < events.length; at += maxBatch) {
    const batch = events.slice(at, at + maxBatch);
    const newest = batch.at(-1)?.event;
    const isLast = at + maxBatch >= events.length;
    found.push({
      kind: 'batch',
      events: batch,
      cursor: isLast ? end : (newest?.cursor ?? end),
      previousCursor: found.at(-1)?.cursor ?? previousCursor,
      lagMs: Math.max(0, Math.round(now - (newest?.recordedAt ?? now))),
    });
  }
  return found;
}

export function checkpoint(
  group: Group,
  previousCursor: string | null,
  at: { readonly place: Position; readonly head: Position; readonly live: boolean; readonly now: number },
): Checkpoint {
  const { place, head, live, now } = at;
  const cursor = group.cursor(place);
  const headCursor = head.seq > place.seq ? group.cursor(head) : cursor;
  return { kind: 'checkpoint', cursor, previousCursor, headCursor, serverTime: now, live };
}

/** Why a place cannot be gone on from, with the places that could. */
export function placeProblem(
  group: Group,
  { code, message, lastCommonSeq }: StartProblem,
  { head, firstSeq }: { readonly head: Position; readonly firstSeq: number },
): Problem {
  const cursorAt = (seq: number): string => group.cursor({ epoch: head.epoch, seq });
  return {
    ...{ kind: 'problem', code, message, retryAfterMs: null },
    earliestCursor: cursorAt(firstSeq - 1),
    headCursor: cursorAt(head.seq),
    lastCommonCursor: lastCommonSeq === undefined ? null : cursorAt(lastCommonSeq),
  };
}

/** Why the connection ends, though the place is good. */
export function farewell(
  group: Group,
  { code, message }: Pick<Problem, 'code' | 'message'>,
  head: Position,
  retryAfterMs: number | null,
): Problem {
  const headCursor = group.cursor(head);
  return {
    ...{ kind: 'problem', code, message, headCursor, retryAfterMs },
    earliestCursor: null,
    lastCommonCursor: null,
  };
}

export const cursorOf = (item: StreamItem | undefined): string | null =>
  item === undefined || item.kind === 'problem' ? null : item.cursor;

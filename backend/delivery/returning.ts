import type { AccessContext } from '../access/access.ts';

/** What a subscription knows about who asks. */
export type StreamContext = AccessContext & {
  /** Cursor of the last item that a client got which knows nothing of cursors, and says so by itself when it comes back. */
  readonly lastEventId?: string | null;
};

/** Where a client goes on from. One that comes back asks in the words that it began with, so that what it got last holds, and not they. */
export function placeAfter(after: string | null | undefined, { lastEventId }: StreamContext): string | null {
  return lastEventId ?? after ?? null;
}

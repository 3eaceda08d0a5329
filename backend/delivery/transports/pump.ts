import { WATERMARK_BYTES } from '../gateway/catch-up.ts';
import type { Outlet } from '../gateway/ports.ts';

const PATIENCE_MS = 20_000;

/**
 * Sends the results of a subscription that nobody shares, one after the other, each when the client has taken what came before. Closes the
 * connection of a client that takes nothing for 20 s: it comes back with its cursor.
 */
export async function pump(
  source: AsyncIterable<unknown>,
  outlet: Outlet,
  left: AbortSignal,
  render: (item: unknown) => Promise<Buffer>,
  flush: () => void,
): Promise<void> {
  const items = source[Symbol.asyncIterator]();
  const leave = (): void => void items.return?.();
  left.addEventListener('abort', leave, { once: true });
  for (;;) {
    const next = await items.next();
    if (left.aborted) return;
    if (next.done === true) return outlet.complete();
    outlet.next(await render(next.value), cursorIn(next.value));
    flush();
    if (left.aborted || (await hasTaken(outlet, left))) continue;
    if (!left.aborted) outlet.tooSlow();
    return;
  }
}

/** Where a client stands that has the item; a problem says nothing of that. */
function cursorIn(item: unknown): string | null {
  const cursor = typeof item === 'object' && item !== null && 'cursor' in item ? item.cursor : null;
  return typeof cursor === 'string' ? cursor : null;
}

/** Whether there is room for more, after a wait where that is needed. */
async function hasTaken(outlet: Outlet, left: AbortSignal): Promise<boolean> {
  if (outlet.waiting <= WATERMARK_BYTES) return true;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, PATIENCE_MS);
  timer.unref();
  outlet.onDrained(resolve);
  left.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
  return outlet.waiting <= WATERMARK_BYTES;
}

import { setTimeout as sleep } from 'node:timers/promises';

/** A connection that stays, as whoever ends it knows it. */
export interface Leaver {
  /** Tells what runs over it why it ends, then ends it. */
  dismiss(why: 'SHUTTING_DOWN', comeBackAfterMs: number): Promise<void>;
  /** Ends it at once. */
  terminate(): void;
}

/** So much later than they leave they come back, so that who is late to be let go is not late to come back. ms */
const COME_BACK_MS = 1_000;
/** So long a client has to take what it is told last. */
const CLOSING_MS = 1_000;

/**
 * Tells every client to come back, and ends its connection; in random order, spread over the time. Resolves when all of them have gone; one that
 * goes takes itself out of `open`. Each is told a moment of its own to come back at, as far apart as they leave. `random` is uniform, 0 to 1.
 */
export async function drain(
  open: { readonly size: number; keys(): Iterable<Leaver> },
  spreadMs: number,
  random: () => number,
): Promise<void> {
  const order = [...open.keys()].map((connection) => ({ connection, at: random() }));
  order.sort((a, b) => a.at - b.at);
  const begin = performance.now();
  const later = Math.min(spreadMs, COME_BACK_MS);
  for (const [index, { connection }] of order.entries()) {
    const turn = (index / order.length) * spreadMs;
    const due = turn - (performance.now() - begin);
    if (due > 1) await sleep(due);
    void connection.dismiss('SHUTTING_DOWN', Math.max(0, Math.round(turn + later - (performance.now() - begin))));
  }
  const end = performance.now() + CLOSING_MS;
  while (open.size > 0 && performance.now() < end) await sleep(5);
  for (const connection of open.keys()) connection.terminate();
}

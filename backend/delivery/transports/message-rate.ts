/** How many messages one connection may send: so many at once, and so many a second over time. */
const BURST = 500;
const PER_SECOND = 100;

const MESSAGE_MS = 1_000 / PER_SECOND;

/**
 * When a connection that has sent one more message would have a rest again: the state of its rate is this one number, 0 at first, `NaN` when the
 * message is one too many. Whole ms of a clock that never goes back.
 */
export function restAfterMessage(restAt: number, now: number): number {
  const next = Math.max(restAt, now) + MESSAGE_MS;
  return next - now <= BURST * MESSAGE_MS ? next : Number.NaN;
}

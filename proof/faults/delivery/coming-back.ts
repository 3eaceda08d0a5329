import type { Follower } from './follower.ts';
import { isLate, lateText } from './lateness.ts';
import { atMost } from './limits.ts';
import type { Pod } from './pod.ts';
import type { World } from './world.ts';

/** A timer of a client is a little late, and what it tells is written down after that. ms */
const TIMER_MS = 50;
/** R4: what was missed comes so soon after the client has begun to connect. */
const REPLAY_MS = 250;

/** How one came back when its way was mended: when it began to connect, and when it had all that it had missed. ms since 1970. */
type Return = {
  readonly follower: Follower;
  readonly connectedAt: number;
  readonly caughtUpAt: number;
  /** So long the service waited for a processor until all were back, ms. */
  readonly waitedMs: number;
};

type Mended = { readonly pod: Pod; readonly mendedAt: number; readonly head: number };

/**
 * Waits until all have what was written up to a seq, and holds how they came back against one back-off: after the way was mended the first
 * attempt succeeds, and it comes no later than they said.
 */
export async function cameBack(world: World, { pod, mendedAt, head }: Mended): Promise<Return[]> {
  const waited = pod.waitedMs();
  await world.until('all that was missed', () => world.haveHeard(head));
  const waitedMs = pod.waitedMs() - waited;
  const returnOf = (follower: Follower, connectedAt: number): Return => ({
    ...{ follower, connectedAt, waitedMs },
    caughtUpAt: Math.max(connectedAt, caughtUp(world, follower, head) ?? connectedAt),
  });
  const returns = world.followers.flatMap((follower) => {
    const told = follower.told();
    const before = told.findLast(({ at }) => at < mendedAt);
    const since = told.filter(({ at }) => at >= mendedAt);
    const attempts = since.filter(({ state }) => state === 'connecting');
    // It was connected all the time, or its last attempt was on its way.
    if (before === undefined || (before.state !== 'disconnected' && attempts.length === 0))
      return before?.state === 'connecting' ? [returnOf(follower, before.at)] : [];
    // What was under way when it was mended may have been cut before.
    const spare = before.state === 'disconnected' ? 0 : 1;
    const cuts = since.filter(({ state }) => state === 'disconnected');
    if (cuts.length > spare) tellTries(world, follower, { mendedAt, cuts: cuts.length });
    const first = attempts[0]?.at ?? mendedAt;
    const waitMs = backOffOf(before.state === 'disconnected' ? before : (cuts[0] ?? before));
    const what = `${follower.name} tried again after`;
    const limitMs = waitMs + TIMER_MS;
    atMost(world, { what, ms: first - mendedAt, limitMs, span: { from: mendedAt, until: first }, rank: 'most' });
    return [returnOf(follower, attempts.at(-1)?.at ?? first)];
  });
  return returns;
}

/** Holds the slowest of them against what is promised of a replay. */
export function replayedInTime(world: World, returns: readonly Return[], limitMs = REPLAY_MS): void {
  const slowest = [...returns].sort((a, b) => a.caughtUpAt - a.connectedAt - (b.caughtUpAt - b.connectedAt)).at(-1);
  if (slowest === undefined) return;
  const { connectedAt: from, caughtUpAt: until, waitedMs } = slowest;
  const what = `the slowest of ${returns.length} had all that it had missed after`;
  atMost(world, { what, ms: until - from, limitMs, span: { from, until }, rank: 'most', waitedMs });
}

function caughtUp(world: World, follower: Follower, head: number): number | undefined {
  const last = world.lastFor(follower, head)?.seq ?? 0;
  return follower.deliveries().find(({ events }) => (events.at(-1)?.seq ?? 0) >= last)?.at;
}

function tellTries(world: World, { name }: Follower, { mendedAt, cuts }: { mendedAt: number; cuts: number }): void {
  const kept = world.machine.kept({ from: mendedAt, until: Date.now() });
  const text = `${name} was cut off ${cuts} times after its way was mended, expected that the first attempt succeeds`;
  if (isLate(kept, 'most', 2 * world.pace.heartbeatMs))
    world.unjudged.push(`${text}; not judged: ${lateText(kept, 'most')}`);
  else world.faults.push(text);
}

/** "…; again in 400 ms" */
function backOffOf({ detail }: { readonly detail: string }): number {
  return Number(/again in (\d+) ms/.exec(detail)?.[1] ?? 0);
}

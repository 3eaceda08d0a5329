import { type Percentiles, percentiles } from '../../common/delays.ts';
import type { Span } from '../../common/machine/machine.ts';
import type { Follower } from './follower.ts';
import { type Timed, verdictOf } from './lateness.ts';
import type { World } from './world.ts';

export function atMost(world: World, timed: Timed): void {
  const { kind, text } = verdictOf(timed, world.machine.kept(timed.span));
  if (kind === 'note') world.notes.push(text);
  else if (kind === 'fault') world.faults.push(text);
  else world.unjudged.push(text);
}

/** How long the events that were committed in a time took to those who followed all the while, ms. */
export function delays(world: World, span: Span, followers: readonly Follower[] = world.followers): Percentiles {
  return percentiles(
    followers.map((follower) => follower.timed()),
    world.writer.sent.map(({ seq, at }) => ({ seq, committedAt: at })),
    span,
  );
}

/** Holds the slowest hundredth of them against a limit; call when all of them have come. */
export function delayAtMost(world: World, limitMs: number, span: Span, when = 'meanwhile'): void {
  const { n, p50, p99 } = delays(world, span);
  world.expect(n > 0, `no event was written ${when}, so nothing is shown`);
  const what = `${when} half of the events came within ${Math.round(p50)} ms, 99 % within`;
  atMost(world, { what, ms: p99, limitMs, span, rank: 'p99' });
}

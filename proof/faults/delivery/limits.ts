import { type Percentiles, percentiles } from '../delays.ts';
import type { Follower } from './follower.ts';
import type { Kept, Lateness, Span } from './machine.ts';
import type { World } from './world.ts';

/** What is over its limit is not judged where the machine was itself late by more than this share of that limit. */
const LATE_SHARE = 0.1;

export type Timed = {
  readonly what: string;
  readonly ms: number;
  readonly limitMs: number;
  /** When that was: so late was the machine meanwhile. */
  readonly span: Span;
  /** Whether it is the worst of all, or of all but a hundredth; so it is held against the machine. */
  readonly rank: keyof Lateness;
};

export type Verdict = { readonly kind: 'note' | 'fault' | 'not judged'; readonly text: string };

/** Holds a time against what is promised of it. */
export function verdictOf({ what, ms, limitMs, rank }: Omit<Timed, 'span'>, kept: Kept): Verdict {
  const said = `${what} ${Math.round(ms)} ms, promised ${Math.round(limitMs)} ms at most`;
  const machine = lateText(kept, rank);
  if (ms <= limitMs) return { kind: 'note', text: `${said} (${machine})` };
  if (isLate(kept, rank, limitMs)) return { kind: 'not judged', text: `${said}; not judged: ${machine}` };
  return { kind: 'fault', text: `${said}; ${machine}` };
}

/** Whether the machine took so much of a limit that nothing over it says anything. */
export function isLate({ idle, own }: Kept, rank: keyof Lateness, limitMs: number): boolean {
  return Math.max(idle[rank], own[rank]) > limitMs * LATE_SHARE;
}

export function lateText({ idle, own }: Kept, rank: keyof Lateness): string {
  return `the machine kept an idle process for ${idle[rank]} ms and the proof for ${own[rank]} ms`;
}

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

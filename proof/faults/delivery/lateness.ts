import type { Kept, Lateness, Span } from '../../common/machine/machine.ts';

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
  /** So long who had to do it was ready and waited for a processor meanwhile, ms. Other strikes want them, too. */
  readonly waitedMs?: number;
};

export type Verdict = { readonly kind: 'note' | 'fault' | 'not judged'; readonly text: string };

/** Holds a time against what is promised of it. */
export function verdictOf({ what, ms, limitMs, rank, waitedMs = 0 }: Omit<Timed, 'span'>, kept: Kept): Verdict {
  const said = `${what} ${Math.round(ms)} ms, promised ${Math.round(limitMs)} ms at most`;
  const waited = waitedMs === 0 ? '' : `; the service waited ${Math.round(waitedMs)} ms for a processor`;
  const machine = `${lateText(kept, rank)}${waited}`;
  if (ms <= limitMs) return { kind: 'note', text: `${said} (${machine})` };
  if (isLate(kept, rank, limitMs) || waitedMs > limitMs * LATE_SHARE)
    return { kind: 'not judged', text: `${said}; not judged: ${machine}` };
  return { kind: 'fault', text: `${said}; ${machine}` };
}

/** Whether the machine took so much of a limit that nothing over it says anything. */
export function isLate({ idle, own }: Kept, rank: keyof Lateness, limitMs: number): boolean {
  return Math.max(idle[rank], own[rank]) > limitMs * LATE_SHARE;
}

export function lateText({ idle, own }: Kept, rank: keyof Lateness): string {
  return `the machine kept an idle process for ${idle[rank]} ms and the proof for ${own[rank]} ms`;
}

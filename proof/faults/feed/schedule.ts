import { type Random, randomOf } from '../../../backend/platform/random.ts';
import type { Fault } from '../../alpaca/server/faults.ts';
import type { Window } from './windows.ts';

/**
 * What goes wrong on the way, never in the market itself. "harmless": nothing is late. "disorder": bars are lost, repeated, exchanged and
 * corrected, and requests fail. "outage": the socket is mute or breaks again and again. "all": everything at once.
 */
const KINDS = ['harmless', 'disorder', 'outage', 'all'] as const;
type Kind = (typeof KINDS)[number];

export type Schedule = {
  readonly seed: number;
  readonly kind: Kind;
  readonly faults: readonly Fault[];
  /** While they last each connection breaks after a while that `breaks` draws. */
  readonly flaps: readonly { readonly from: number; readonly until: number }[];
  readonly random: Random;
};

const MINUTE = 60_000;
/** In the end everything works, so that what was lost can be found. */
const QUIET_END = 6 * MINUTE;
const WRONG_SHARE = 0.06;

/** Equal seeds give equal schedules. */
export function scheduleOf(seed: number, window: Window): Schedule {
  const random = randomOf(`feed faults ${seed}`);
  const kind = KINDS[seed % KINDS.length] ?? 'all';
  const until = window.until - QUIET_END;
  const told = window.recording.bars.filter(({ start }) => start >= window.from && start + 2 * MINUTE < until);
  const mix = { random, from: window.from, until, told };
  const faults: Fault[] = [];
  if (kind === 'harmless') faults.push(...bars(mix, ['repeat']), ...noise(mix));
  if (kind === 'disorder' || kind === 'all')
    faults.push(...bars(mix, ['repeat', 'drop', 'swap', 'correct']), ...requests(mix));
  if (kind === 'outage' || kind === 'all')
    faults.push(...spans(mix, 2).map((span): Fault => ({ kind: 'mute', ...span })));
  if (kind === 'all') faults.push(...noise(mix));
  const flaps = kind === 'outage' || kind === 'all' ? spans(mix, 2) : [];
  return { seed, kind, faults, flaps, random };
}

type Mix = {
  readonly random: Random;
  readonly from: number;
  readonly until: number;
  readonly told: Window['recording']['bars'];
};

function bars({ random, told }: Mix, kinds: readonly ('repeat' | 'drop' | 'swap' | 'correct')[]): Fault[] {
  return told.flatMap(({ symbol, start }): Fault[] => {
    if (random.uniform() >= WRONG_SHARE) return [];
    const kind = kinds[random.integer(0, kinds.length)] ?? 'repeat';
    return [{ kind, symbol, from: start, until: start + MINUTE }];
  });
}

/** From half a minute to ten minutes, which is less and more than a feed may be silent. */
function spans({ random, from, until }: Mix, count: number) {
  return Array.from({ length: count }, () => {
    const begin = random.integer(from, until - MINUTE);
    return { from: begin, until: Math.min(until, begin + random.integer(30, 600) * 1_000) };
  });
}

/** Frames that mean nothing. */
function noise(mix: Mix): Fault[] {
  return spans(mix, 2).map(({ from }): Fault => ({ kind: 'malformed', from, until: from + 90_000 }));
}

function requests(mix: Mix): Fault[] {
  return spans(mix, 3).map(({ from, until }, index): Fault => {
    const times = 1 + (index % 3);
    return {
      kind: 'http',
      status: index === 1 ? 429 : 500,
      times,
      from,
      until,
      ...(index === 1 ? { retryAfter: 0 } : {}),
    };
  });
}

import type { Session, TradingCalendar } from '../calendar/index.ts';
import type { NumericBar } from '../market-data/bar.ts';

const MINUTE = 60_000;

export type WalkOptions = {
  readonly seed: number;
  /** A move's size: standard deviation of a bar's change, as a part of the price. */
  readonly step?: number;
  /** Probability that a bar is missing. */
  readonly missing?: number;
  /** Probability, per bar, that the price stands still for the next 40 bars and nothing is traded. */
  readonly flat?: number;
};

/** Every session's minutes as bars: prices in cents, moves of both signs, a jump overnight. Equal options give equal bars. */
export function minuteBars(sessions: readonly Session[], options: WalkOptions): NumericBar[] {
  const starts = sessions.flatMap(({ open, close }) =>
    Array.from({ length: (close - open) / MINUTE }, (_, minute) => open + minute * MINUTE),
  );
  return walk(
    starts.map((start) => [start, start + MINUTE]),
    options,
  );
}

/** One bar for each session, from its open to its close. */
export function dailyBars(sessions: readonly Session[], options: WalkOptions): NumericBar[] {
  return walk(
    sessions.map(({ open, close }) => [open, close]),
    options,
  );
}

export function sessionsOf(calendar: TradingCalendar, from: string, count: number): Session[] {
  const sessions = [calendar.nextSession(Date.parse(from) - 1)];
  for (let last = sessions[0]; last && sessions.length < count; sessions.push(last))
    last = calendar.nextSession(last.open);
  return sessions;
}

function walk(spans: readonly (readonly [number, number])[], options: WalkOptions): NumericBar[] {
  const { seed, step = 0.002, missing = 0, flat = 0 } = options;
  const random = mulberry32(seed);
  const bars: NumericBar[] = [];
  let price = 20 + 300 * random();
  let standing = 0;
  for (const [index, [barStart, barEnd]] of spans.entries()) {
    if (standing > 0) standing--;
    else if (random() < flat) standing = 40;
    const moves = standing === 0;
    const open = cents(moves && barStart !== spans[index - 1]?.[1] ? price * (1 + step * 5 * (random() - 0.5)) : price);
    const close = moves ? cents(open * (1 + step * 3.5 * (random() - 0.5))) : open;
    const high = moves ? cents(Math.max(open, close) * (1 + step * random())) : open;
    const low = moves ? cents(Math.min(open, close) * (1 - step * random())) : open;
    const volume = moves ? Math.floor(10_000 * random() ** 4) : 0;
    price = close;
    if (random() >= missing) {
      const numbers = { open, high: Math.max(high, open, close), low: Math.min(low, open, close), close, volume };
      bars.push({ barStart, barEnd, knownTime: barEnd, segment: 'REGULAR', ...numbers });
    }
  }
  return bars;
}

function cents(price: number): number {
  return Math.max(1, Math.round(price * 100)) / 100;
}

/** Mulberry32 by Tommy Ettinger: 32 bits of state, numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

import type { TradingCalendar } from '../../calendar/index.ts';
import type { FeedBar } from './feed.ts';

/** Minutes of the regular session that should have brought bars and did not: [from, until) in ms. */
export type Gap = { readonly instrumentId: string; readonly from: number; readonly until: number };

/** What an arrival leads to: bars that may be stored now, in order, and gaps that have just been found and want a back-fill. */
export type Sequenced = { readonly ready: readonly FeedBar[]; readonly gaps: readonly Gap[] };

export type SequencerOptions = {
  readonly calendarOf: (instrumentId: string) => TradingCalendar;
  /** Length of a bar in ms. */
  readonly barLength: number;
};

type Lane = {
  /** End of the newest bar of the regular session that was let through; null before the first. */
  lastEnd: number | null;
  /** End of the newest such bar itself, whatever was covered since without one; null before the first. */
  lastBarEnd: number | null;
  /** What may not be let through before the gap is closed, by bar start. */
  readonly held: Map<number, FeedBar>;
  gap: Gap | null;
  /** Bars that came lately by start, every version in its order, to know a mere repeat. */
  readonly recent: Map<number, string[]>;
  readonly halts: { readonly from: number; until: number | null }[];
};

const RECENT_BARS = 128;
/** An instrument that is so many bars behind the newest one is asked for: its last bars may be lost, with nothing after them to show it. */
const MOST_BEHIND = 3;
const NOTHING: Sequenced = { ready: [], gaps: [] };

/**
 * Brings the bars of a live feed into order, instrument by instrument. A bar after a gap waits until the gap is closed, by the missing bars
 * themselves or by a back-fill, so that nothing is decided on a window that is only half known. A repeat is dropped, a correction or a
 * bar of a time that has passed is let through at once: the store makes it a revision or a late bar. Pure: no clock, no network.
 */
export class Sequencer {
  readonly #options: SequencerOptions;
  readonly #lanes = new Map<string, Lane>();
  #interrupted = false;
  #repeats = 0;
  /** End of the newest bar of the regular session, of any instrument. */
  #newest = Number.NEGATIVE_INFINITY;

  constructor(options: SequencerOptions) {
    this.#options = options;
  }

  /** Bars that came again, and told nothing. */
  get repeats(): number {
    return this.#repeats;
  }

  /** The feed was away: new minutes wait until it is `continued`, when what came in between is known. */
  interrupted(): void {
    this.#interrupted = true;
  }

  continued(): void {
    this.#interrupted = false;
  }

  /** All minutes that begin before `until` have been asked for, and these bars are what there was: nothing before is missing. */
  covered(
    instrumentIds: Iterable<string>,
    until: number,
    bars: readonly FeedBar[],
    { newest = false }: { readonly newest?: boolean } = {},
  ): Sequenced {
    const own = Map.groupBy(
      bars.filter((bar) => !isOldNews(this.#lane(bar.instrumentId), bar, newest)),
      ({ instrumentId }) => instrumentId,
    );
    return joined([...instrumentIds].map((id) => this.#cover(this.#lane(id), until, own.get(id) ?? [])));
  }

  /** Trading in the instrument stopped: minutes from here on are no gap. */
  halted(instrumentId: string, at: number): void {
    const { halts } = this.#lane(instrumentId);
    if (halts.at(-1)?.until !== null) halts.push({ from: at, until: null });
  }

  resumed(instrumentId: string, at: number): void {
    const open = this.#lane(instrumentId).halts.at(-1);
    if (open !== undefined && open.until === null) open.until = at;
  }

  /**
   * A bar has arrived, by the stream or otherwise. Values that were replaced meanwhile are old news, a repeat or an answer from before the
   * correction, unless it is `newest`: what the feed says on purpose of a bar that it told before, or what it says in the end.
   */
  accept(bar: FeedBar, { newest = false }: { readonly newest?: boolean } = {}): Sequenced {
    const lane = this.#lane(bar.instrumentId);
    if (isOldNews(lane, bar, newest)) {
      this.#repeats += 1;
      return NOTHING;
    }
    note(lane, bar);
    const passed = lane.lastEnd !== null && bar.barStart < lane.lastEnd;
    if (bar.segment !== 'REGULAR' || passed) return { ready: [bar], gaps: [] };

    this.#newest = Math.max(this.#newest, bar.barEnd);
    // It trades again, though nobody said so: since when, only the back-fill can tell.
    const halt = lane.halts.at(-1);
    if (halt?.until === null && bar.barStart >= halt.from) halt.until = halt.from;
    lane.held.set(bar.barStart, bar);
    return this.#interrupted ? NOTHING : this.#drain(lane);
  }

  /** Gaps of instruments that fell behind the others in session; each is told once. */
  lagging(): Gap[] {
    if (this.#interrupted) return [];
    const until = this.#newest - this.#options.barLength;
    return [...this.#lanes].flatMap(([instrumentId, lane]) => {
      const { lastEnd, held, gap } = lane;
      if (gap !== null || held.size > 0 || lastEnd === null) return [];
      if (lastEnd > this.#newest - MOST_BEHIND * this.#options.barLength) return [];
      const from = this.#expectedFrom(lane, lastEnd, this.#options.calendarOf(instrumentId));
      if (from >= until) return [];
      lane.gap = { instrumentId, from, until };
      return [lane.gap];
    });
  }

  /** The back-fill of a gap has answered: what it brought is taken in, what it did not bring was never traded. */
  filled(gap: Gap, bars: readonly FeedBar[]): Sequenced {
    const lane = this.#lane(gap.instrumentId);
    const taken = joined(bars.map((bar) => this.accept(bar)));
    if (lane.gap?.from !== undefined && lane.gap.from >= gap.from && lane.gap.until <= gap.until) {
      lane.lastEnd = lane.gap.until;
      lane.gap = null;
    }
    const rest = this.#interrupted ? NOTHING : this.#drain(lane);
    // What it brought may have led to a gap beyond it, which is still open and nobody else will tell.
    const beyond = taken.gaps.filter(({ from, until }) => from === lane.gap?.from && until === lane.gap.until);
    return { ready: [...taken.ready, ...rest.ready], gaps: rest.gaps.length > 0 ? rest.gaps : beyond };
  }

  /** Gaps that are still open, in the order in which their instruments first came. */
  openGaps(): Gap[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.gap ?? []);
  }

  #cover(lane: Lane, until: number, bars: readonly FeedBar[]): Sequenced {
    const ready: FeedBar[] = [];
    for (const bar of bars) {
      note(lane, bar);
      const isNew = bar.segment === 'REGULAR' && (lane.lastEnd === null || bar.barStart >= lane.lastEnd);
      if (isNew) lane.held.set(bar.barStart, bar);
      else ready.push(bar);
    }
    for (const start of [...lane.held.keys()].sort((a, b) => a - b)) {
      const bar = lane.held.get(start);
      if (bar === undefined || start >= until) break;
      lane.held.delete(start);
      ready.push(this.#letThrough(lane, bar));
    }
    lane.lastEnd = Math.max(lane.lastEnd ?? until, until);
    lane.gap = null;
    return this.#interrupted ? { ready, gaps: [] } : joined([{ ready, gaps: [] }, this.#drain(lane)]);
  }

  #drain(lane: Lane): Sequenced {
    const ready: FeedBar[] = [];
    for (;;) {
      const next = [...lane.held.keys()].sort((a, b) => a - b)[0];
      const bar = next === undefined ? undefined : lane.held.get(next);
      if (next === undefined || bar === undefined) break;
      const missing = this.#missingBefore(lane, bar);
      if (missing !== null) {
        const found = lane.gap === null || lane.gap.from !== missing.from || lane.gap.until !== missing.until;
        lane.gap = missing;
        return { ready, gaps: found ? [missing] : [] };
      }
      lane.gap = null;
      lane.held.delete(next);
      ready.push(this.#letThrough(lane, bar));
    }
    return { ready, gaps: [] };
  }

  /** Trading time before a bar that has not come; null when it continues what was let through. */
  #missingBefore(lane: Lane, { instrumentId, barStart }: FeedBar): Gap | null {
    // The very first bar has nothing before it that could be missing: what is older is history's business.
    if (lane.lastEnd === null) return null;
    const from = this.#expectedFrom(lane, lane.lastEnd, this.#options.calendarOf(instrumentId));
    return from < barStart ? { instrumentId, from, until: barStart } : null;
  }

  /** Where the next bar of the regular session begins, after `lastEnd`: it may be in the session before. */
  #expectedFrom(lane: Lane, lastEnd: number, calendar: TradingCalendar): number {
    const start = calendar.sessionAt(lastEnd) === null ? calendar.nextOpen(lastEnd) : lastEnd;
    const from = skipHalts(start, lane, this.#options.barLength);
    // A halt may last to the close.
    return from === Infinity || calendar.sessionAt(from) !== null ? from : calendar.nextOpen(from);
  }

  /** The next bar of the regular session, with the trading time of halts since the one before. */
  #letThrough(lane: Lane, bar: FeedBar): FeedBar {
    const calendar = this.#options.calendarOf(bar.instrumentId);
    const since = lane.lastBarEnd ?? Number.NEGATIVE_INFINITY;
    const minutes = lane.halts.reduce((sum, halt) => {
      const [from, until] = [Math.max(halt.from, since), Math.min(halt.until ?? bar.barStart, bar.barStart)];
      return from < until ? sum + calendar.tradingMinutesBetween(from, until) : sum;
    }, 0);
    lane.lastEnd = bar.barEnd;
    lane.lastBarEnd = bar.barEnd;
    return minutes === 0 ? bar : { ...bar, haltedMs: Math.round(minutes * 60_000) };
  }

  #lane(instrumentId: string): Lane {
    const known = this.#lanes.get(instrumentId);
    if (known !== undefined) return known;
    const lane: Lane = { lastEnd: null, lastBarEnd: null, held: new Map(), gap: null, recent: new Map(), halts: [] };
    this.#lanes.set(instrumentId, lane);
    return lane;
  }
}

function joined(parts: readonly Sequenced[]): Sequenced {
  return { ready: parts.flatMap(({ ready }) => ready), gaps: parts.flatMap(({ gaps }) => gaps) };
}

/** The first bar start from `instant` on that lies in no halt. */
function skipHalts(instant: number, { halts }: Lane, barLength: number): number {
  let start = instant;
  for (const { from, until } of halts) {
    if (start + barLength > from && (until === null || start < until))
      start = until === null ? Infinity : Math.floor(until / barLength) * barLength;
  }
  return start;
}

function note(lane: Lane, bar: FeedBar): void {
  const versions = lane.recent.get(bar.barStart) ?? [];
  lane.recent.delete(bar.barStart);
  lane.recent.set(bar.barStart, [...versions, valuesOf(bar)]);
  const oldest = lane.recent.keys().next();
  if (lane.recent.size > RECENT_BARS && oldest.done !== true) lane.recent.delete(oldest.value);
}

function isOldNews({ recent }: Lane, bar: FeedBar, newest: boolean): boolean {
  const versions = recent.get(bar.barStart) ?? [];
  return newest ? versions.at(-1) === valuesOf(bar) : versions.includes(valuesOf(bar));
}

function valuesOf({ open, high, low, close, volume }: FeedBar): string {
  return `${open} ${high} ${low} ${close} ${volume}`;
}

import type { FeedBar } from './feed.ts';

/** What a bar of a live feed may not be. */
const LIMITS = {
  /** A clock may be wrong by so much; a minute that ends later than that has not happened. ms */
  ahead: 5_000,
  /** Corrections come within days; what claims to be older is a mistake of the feed. ms */
  behind: 7 * 86_400_000,
  /** From one close to the next: what no market does in a minute, and a split or a misplaced point does. */
  jump: 1.8,
  /** So many bars in a row that agree with each other are the market after all. */
  confirmations: 5,
  /** Two prices agree within this ratio. */
  agreement: 1.2,
  /** Bars in a row without volume after which the feed is taken to repeat itself. */
  still: 5,
} as const;

type Lane = {
  /** Start of the newest bar that was taken. */
  start: number;
  close: number;
  /** Close of the last bar that was refused as a jump, and how many before it agreed. */
  jumped: { close: number; count: number } | null;
  still: number;
};

/**
 * Keeps out of the input log what cannot be true, instrument by instrument. A bad tick lasts one bar, a real move lasts: a jump that
 * five bars confirm is taken from the fifth on. Pure: no clock of its own.
 */
export class Screen {
  readonly #lanes = new Map<string, Lane>();

  /** Why the bar is not taken, null when it is. `now` is the feed's time and how far it may be wrong, ms. */
  objection(bar: FeedBar, { time: now, error }: { readonly time: number; readonly error: number }): string | null {
    const { barStart, barEnd } = bar;
    if (barEnd > now + error + LIMITS.ahead)
      return `bar ends at ${iso(barEnd)}, expected not after ${iso(now)}: the future`;
    if (barStart < now - LIMITS.behind)
      return `bar starts at ${iso(barStart)}, expected within 7 days before ${iso(now)}`;
    return inconsistency(bar) ?? this.#unlikely(bar);
  }

  /** A corporate action multiplies the price of what comes next: then a jump by that factor is none. */
  rescale(instrumentId: string, factor: number): void {
    const lane = this.#lanes.get(instrumentId);
    if (lane !== undefined) lane.close *= factor;
  }

  #unlikely(bar: FeedBar): string | null {
    const close = Number(bar.close);
    const lane = this.#lanes.get(bar.instrumentId);
    if (lane === undefined) {
      this.#lanes.set(bar.instrumentId, { start: bar.barStart, close, jumped: null, still: 0 });
      return null;
    }
    // What comes late or again has other neighbours.
    if (bar.barStart < lane.start) return null;
    const jump = jumpOf(lane, close);
    if (jump !== null) return jump;
    lane.start = bar.barStart;
    lane.close = close;
    lane.jumped = null;
    lane.still = bar.volume === '0' ? lane.still + 1 : 0;
    return lane.still > LIMITS.still
      ? `volume is "0" for the ${lane.still}th bar in a row, expected trades: the feed repeats itself`
      : null;
  }
}

function jumpOf(lane: Lane, close: number): string | null {
  if (ratio(close, lane.close) < LIMITS.jump) return null;
  const agrees = lane.jumped !== null && ratio(close, lane.jumped.close) < LIMITS.agreement;
  lane.jumped = { close, count: agrees ? (lane.jumped?.count ?? 0) + 1 : 1 };
  if (lane.jumped.count >= LIMITS.confirmations) return null;
  return `close is "${close}" after "${lane.close}", expected less than ${LIMITS.jump} times or more than 1/${LIMITS.jump} of it: a split that is not known, or a wrong tick`;
}

function inconsistency(bar: FeedBar): string | null {
  const [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  if (!(low > 0)) return `low is "${bar.low}", expected a price above 0`;
  if (!(high >= low)) return `high is "${bar.high}", expected at least low, "${bar.low}"`;
  if (!(open >= low && open <= high))
    return `open is "${bar.open}", expected between low "${bar.low}" and high "${bar.high}"`;
  if (!(close >= low && close <= high))
    return `close is "${bar.close}", expected between low "${bar.low}" and high "${bar.high}"`;
  if (!(Number(bar.volume) >= 0)) return `volume is "${bar.volume}", expected no less than 0`;
  return null;
}

function ratio(a: number, b: number): number {
  return a > b ? a / b : b / a;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

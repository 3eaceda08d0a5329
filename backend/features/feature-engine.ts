import type { Segment, TradingCalendar } from '../calendar/index.ts';
import type { NumericBar, Timeframe } from '../market-data/bar.ts';
import { quote } from '../platform/errors.ts';
import { FEATURE_INDEX, FEATURE_NAMES, LONGEST_WINDOW, PARAMETERS } from './feature-spec.ts';
import { type Indicators, indicatorsOf } from './indicators.ts';
import type { RecentBars } from './recent-bars.ts';
import { anchorOf, isBarMissing, sessionOf } from './session-boundary.ts';
import { clear, AT as LAYOUT, type Slot } from './slot.ts';
import { SlotTable } from './slot-table.ts';
import { rebuild, takeIn } from './take-in.ts';
import { writeFeatures } from './write-features.ts';

/** What is known of an instrument when a bar has closed. */
export type FeatureVector = {
  /** In the order of FEATURE_NAMES; all finite. */
  readonly values: Float64Array;
  /** A bar is missing inside the windows: they span more time than they have bars. */
  readonly gap: boolean;
  /** ATR(14), in the currency of the price. */
  readonly atr: number;
  readonly close: number;
};

export type FeatureEngineOptions = {
  readonly timeframe: Timeframe;
  /** Bars of other segments are ignored. Default: REGULAR alone. */
  readonly segments?: readonly Segment[];
  /** Instruments for which there is room from the start. Default 64; more take their room when they come. */
  readonly capacity?: number;
};

// Names of this file, because only those are constants to the compiler.
const AT = LAYOUT;
const LONGEST = LONGEST_WINDOW;
const GAP = PARAMETERS.gap;

/** Outside these limits squares and quotients could overflow, and a vector promises finite numbers. */
const LIMITS = { price: { least: 1e-12, most: 1e12 }, volume: 1e18 } as const;

/**
 * The feature vectors of all instruments of one timeframe: one pass per bar over typed arrays, in which nothing is allocated.
 *
 * Sums and recursions are not carried on for ever. At each anchor (the first accepted bar of a session for 1m, of a calendar
 * month for 1d) they are computed anew from the 512 accepted bars before it. So an engine that begins 512 bars before an anchor
 * gives the same vectors from there on as one that has run for years, to the last bit.
 */
export class FeatureEngine {
  readonly #timeframe: Timeframe;
  readonly #segments: readonly Segment[];
  readonly #segment: Segment | undefined;
  readonly #table: SlotTable;
  readonly #recent: RecentBars;
  // The fractions tell the compiler that these fields hold doubles: it then writes them in place.
  readonly #vector = { values: new Float64Array(FEATURE_NAMES.length), gap: false, atr: 0.5, close: 0.5 };

  constructor({ timeframe, segments = ['REGULAR'], capacity = 64 }: FeatureEngineOptions) {
    this.#timeframe = timeframe;
    this.#segments = segments;
    this.#segment = segments[0];
    this.#table = new SlotTable(capacity);
    this.#recent = this.#table.recent;
  }

  /**
   * Takes the next bar of an instrument. Null while warming up: until 60 bars and the end of a session lie behind it.
   * A bar of another segment, or one that starts before the last one ended (repeated, late, corrected), changes nothing and
   * gives null. The vector is a view: the next call writes over it.
   *
   * @throws RangeError for a bar that lies in no session of the calendar, or whose numbers cannot be those of a bar.
   */
  update(instrumentId: string, bar: NumericBar, calendar: TradingCalendar): FeatureVector | null {
    const slot = this.slotOf(instrumentId);
    return this.take(slot, bar, calendar) ? this.read(slot) : null;
  }

  /** What this engine keeps of an instrument, for `take` and `read`: who has many bars looks it up once. */
  slotOf(instrumentId: string): Slot {
    return this.#table.find(instrumentId) ?? this.#table.add(instrumentId);
  }

  /** As if no bar of the instrument had come yet. */
  forget(instrumentId: string): void {
    clear(this.slotOf(instrumentId));
  }

  /** `update` without the vector, which is there to be read if this is true. */
  take(slot: Slot, bar: NumericBar, calendar: TradingCalendar): boolean {
    if (bar.segment !== this.#segment && !this.#segments.includes(bar.segment)) return false;
    const { numbers, count: index } = slot;
    const lastEnd = numbers[AT.lastEnd] as number;
    if (bar.barStart < lastEnd) return false;
    if (!isSound(bar)) throw refusal(slot, bar, 'low <= open and close <= high, positive prices and volume >= 0');

    const recent = this.#recent;
    const continues = bar.barStart === lastEnd && bar.barStart < (numbers[AT.sessionClose] as number);
    const anchored = !continues && this.#cross(slot, bar, calendar);
    if (index === LONGEST || (anchored && index > LONGEST)) rebuild(slot, recent, index - 1);
    takeIn(slot, recent, index, bar);
    slot.count = index + 1;
    return index >= LONGEST && !Number.isNaN(numbers[AT.overnightGap] as number);
  }

  /** The vector after the last bar that `take` has taken: a view, over which the next call writes. */
  read(slot: Slot): FeatureVector {
    const vector = this.#vector;
    writeFeatures(vector.values, slot, this.#recent);
    if (this.#timeframe === '1d') vector.values[FEATURE_INDEX.sessionElapsed] = 0;
    vector.gap = slot.count - 1 - slot.gapAt < GAP;
    vector.atr = slot.numbers[AT.atr] as number;
    vector.close = slot.numbers[AT.close] as number;
    return vector;
  }

  /** The indicators after the last accepted bar, in their own units; null before there are 61 bars. */
  indicators(instrumentId: string): Indicators | null {
    const slot = this.#table.find(instrumentId);
    return slot && slot.count > LONGEST ? indicatorsOf(slot) : null;
  }

  /** A bar that does not simply continue its session. True when it is an anchor. */
  #cross(slot: Slot, bar: NumericBar, calendar: TradingCalendar): boolean {
    const { numbers, count: index } = slot;
    const { barStart } = bar;
    const session = sessionOf(barStart, this.#timeframe, calendar);
    if (!session) throw refusal(slot, bar, `a start in a session of calendar ${calendar.id}`);

    const previousOpen = numbers[AT.sessionOpen] as number;
    const step = { previousOpen, previousEnd: numbers[AT.lastEnd] as number, session, barStart };
    if (index > 0 && isBarMissing(step, this.#timeframe, this.#segments, calendar)) slot.gapAt = index;
    if (session.open === previousOpen) return false;

    numbers[AT.sessionOpen] = session.open;
    numbers[AT.sessionClose] = session.close;
    numbers[AT.turnover] = 0;
    numbers[AT.sessionVolume] = 0;
    if (index > 0) numbers[AT.overnightGap] = bar.open / (numbers[AT.close] as number) - 1;
    else numbers[AT.close] = bar.open;

    const anchor = anchorOf(session, this.#timeframe);
    if (anchor === numbers[AT.anchor]) return false;
    numbers[AT.anchor] = anchor;
    return true;
  }
}

function refusal({ instrumentId }: Slot, bar: NumericBar, expected: string): RangeError {
  const { barStart, barEnd, open, high, low, close, volume } = bar;
  const shown = JSON.stringify({ barStart, barEnd, open, high, low, close, volume });
  return new RangeError(`bar of ${quote(instrumentId)} is ${shown}, expected ${expected}`);
}

function isSound({ barStart, barEnd, open, high, low, close, volume }: NumericBar): boolean {
  if (!(barStart < barEnd && low >= LIMITS.price.least && high <= LIMITS.price.most)) return false;
  return low <= open && open <= high && low <= close && close <= high && volume >= 0 && volume <= LIMITS.volume;
}

import type { Segment, TradingCalendar } from '../calendar/index.ts';
import type { NumericBar, Timeframe } from '../market-data/bar.ts';
import { quote } from '../platform/errors.ts';
import { FEATURE_INDEX, FEATURE_NAMES, LONGEST_WINDOW, PARAMETERS, WARM_UP_BARS } from './feature-spec.ts';
import { type Indicators, readIndicators } from './indicators.ts';
import { advance, replay } from './recursive-indicators.ts';
import { anchorOf, isBarMissing, sessionOf } from './session-boundary.ts';
import { slide, sumAnew } from './sliding-moments.ts';
import * as S from './slot-state.ts';
import { SlotTable } from './slot-table.ts';
import { closeAt, writeFeatures } from './write-features.ts';

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

type FeatureEngineOptions = {
  readonly timeframe: Timeframe;
  /** Bars of other segments are ignored. Default: REGULAR alone. */
  readonly segments?: readonly Segment[];
  /** Instruments for which there is room from the start. Default 64; more take their room when they come. */
  readonly capacity?: number;
};

/** Outside these limits squares and quotients could overflow, and a vector promises finite numbers. */
const LIMITS = { price: { least: 1e-12, most: 1e12 }, volume: 1e18 } as const;

/**
 * The feature vectors of all instruments of one timeframe: one pass per bar over typed arrays, in which nothing is allocated.
 *
 * Sums and recursions are not carried on for ever. At each anchor (the first accepted bar of a session for 1m, of a calendar
 * month for 1d) they are computed anew from the last 512 accepted bars, the anchor being one of them. So an engine that begins
 * 512 bars before an anchor gives the same vectors from there on as one that has run for years, to the last bit.
 */
export class FeatureEngine {
  readonly #timeframe: Timeframe;
  readonly #segments: readonly Segment[];
  readonly #table: SlotTable;
  // The fractions tell the compiler that these fields hold doubles: it then writes them in place.
  readonly #vector = { values: new Float64Array(FEATURE_NAMES.length), gap: false, atr: 0.5, close: 0.5 };

  constructor({ timeframe, segments = ['REGULAR'], capacity = 64 }: FeatureEngineOptions) {
    this.#timeframe = timeframe;
    this.#segments = segments;
    this.#table = new SlotTable(capacity);
  }

  /**
   * Takes the next bar of an instrument. Null while warming up: until 60 bars and the end of a session lie behind it.
   * A bar of another segment, or one that starts before the last one ended (repeated, late, corrected), changes nothing and
   * gives null. The vector is a view: the next call writes over it.
   *
   * @throws RangeError for a bar that lies in no session of the calendar, or whose numbers cannot be those of a bar.
   */
  update(instrumentId: string, bar: NumericBar, calendar: TradingCalendar): FeatureVector | null {
    return this.updateSlot(this.slotOf(instrumentId), bar, calendar);
  }

  /** The number of an instrument in this engine, for `updateSlot`: who has many bars looks it up once. */
  slotOf(instrumentId: string): number {
    const known = this.#table.find(instrumentId);
    if (known !== undefined) return known;

    const slot = this.#table.add(instrumentId);
    const at = slot * S.STATE_STRIDE;
    this.#table.state.fill(Number.NEGATIVE_INFINITY, at + S.LAST_END, at + S.ANCHOR + 1);
    this.#table.state[at + S.OVERNIGHT_GAP] = Number.NaN;
    this.#table.state[at + S.SINCE_GAP] = PARAMETERS.gap;
    return slot;
  }

  /** `update` for a slot that `slotOf` gave. */
  updateSlot(slot: number, bar: NumericBar, calendar: TradingCalendar): FeatureVector | null {
    if (bar.segment !== this.#segments[0] && !this.#segments.includes(bar.segment)) return null;
    const { state, counts } = this.#table;
    const at = slot * S.STATE_STRIDE;
    const lastEnd = state[at + S.LAST_END] as number;
    if (bar.barStart < lastEnd) return null;
    if (!isSound(bar)) throw this.#refusal(slot, bar, 'low <= open and close <= high, positive prices and volume >= 0');

    const index = counts[slot] as number;
    const continues = bar.barStart === lastEnd && bar.barStart < (state[at + S.SESSION_CLOSE] as number);
    const anchored = !continues && this.#cross(slot, index, bar, calendar);
    counts[slot] = index + 1;
    this.#store(slot, index, bar);
    if (index < LONGEST_WINDOW) return null;

    if (anchored || index === LONGEST_WINDOW) this.#rebuild(slot, index);
    else this.#advance(slot, index);
    return Number.isNaN(state[at + S.OVERNIGHT_GAP] as number) ? null : this.#read(at, index, bar);
  }

  /** The indicators after the last accepted bar, in their own units; null before there are 61 bars. */
  indicators(instrumentId: string): Indicators | null {
    const { counts, state } = this.#table;
    const slot = this.#table.find(instrumentId) ?? -1;
    const count = counts[slot] ?? 0;
    return count > LONGEST_WINDOW ? readIndicators(state, slot * S.STATE_STRIDE, count - 1) : null;
  }

  /** A bar that does not simply continue its session. True when it is an anchor. */
  #cross(slot: number, index: number, bar: NumericBar, calendar: TradingCalendar): boolean {
    const { state } = this.#table;
    const at = slot * S.STATE_STRIDE;
    const { barStart } = bar;
    const session = sessionOf(barStart, this.#timeframe, calendar);
    if (!session) throw this.#refusal(slot, bar, `a start in a session of calendar ${calendar.id}`);

    const previousOpen = state[at + S.SESSION_OPEN] as number;
    const step = { previousOpen, previousEnd: state[at + S.LAST_END] as number, session, barStart };
    if (index > 0 && isBarMissing(step, this.#timeframe, this.#segments, calendar)) state[at + S.SINCE_GAP] = -1;
    if (session.open === previousOpen) return false;

    state[at + S.SESSION_OPEN] = session.open;
    state[at + S.SESSION_CLOSE] = session.close;
    state[at + S.TURNOVER] = 0;
    state[at + S.SESSION_VOLUME] = 0;
    if (index > 0) state[at + S.OVERNIGHT_GAP] = bar.open / closeAt(state, at, index - 1) - 1;

    const anchor = anchorOf(session, this.#timeframe);
    if (anchor === state[at + S.ANCHOR]) return false;
    state[at + S.ANCHOR] = anchor;
    return true;
  }

  #store(slot: number, index: number, bar: NumericBar): void {
    const { state, history } = this.#table;
    const at = slot * S.STATE_STRIDE;
    const { high, low, close, volume } = bar;
    state[at + S.LAST_END] = bar.barEnd;
    state[at + S.SINCE_GAP] = (state[at + S.SINCE_GAP] as number) + 1;
    state[at + S.TURNOVER] = (state[at + S.TURNOVER] as number) + ((high + low + close) / 3) * volume;
    state[at + S.SESSION_VOLUME] = (state[at + S.SESSION_VOLUME] as number) + volume;

    const place = index & S.RING_MASK;
    // The first bar has no return. Nothing reads its place: the first window of returns begins at the second bar.
    if (index > 0) state[at + S.RETURNS + place] = Math.log(close / closeAt(state, at, index - 1));
    state[at + S.CLOSES + place] = close;
    state[at + S.VOLUMES + place] = volume;

    const record = slot * S.HISTORY_STRIDE + (index & S.HISTORY_MASK) * S.HISTORY_FIELDS;
    history[record] = high;
    history[record + 1] = low;
    history[record + 2] = close;
  }

  #advance(slot: number, index: number): void {
    const { state, history } = this.#table;
    const at = slot * S.STATE_STRIDE;
    advance(state, at, history, slot * S.HISTORY_STRIDE, index);
    slide(state, at + S.CLOSE_MOMENTS, PARAMETERS.sma, at + S.CLOSES, S.RING_MASK, index);
    slide(state, at + S.RETURN_MOMENTS, PARAMETERS.realisedVolatility, at + S.RETURNS, S.RING_MASK, index);
    slide(state, at + S.VOLUME_MOMENTS, PARAMETERS.volume, at + S.VOLUMES, S.RING_MASK, index);
  }

  #rebuild(slot: number, index: number): void {
    const { state, history } = this.#table;
    const at = slot * S.STATE_STRIDE;
    const first = Math.max(0, index - WARM_UP_BARS + 1);
    replay(state, at, history, slot * S.HISTORY_STRIDE, first, index);
    sumAnew(state, at + S.CLOSE_MOMENTS, PARAMETERS.sma, at + S.CLOSES, S.RING_MASK, index);
    sumAnew(state, at + S.RETURN_MOMENTS, PARAMETERS.realisedVolatility, at + S.RETURNS, S.RING_MASK, index);
    sumAnew(state, at + S.VOLUME_MOMENTS, PARAMETERS.volume, at + S.VOLUMES, S.RING_MASK, index);
  }

  #read(at: number, index: number, bar: NumericBar): FeatureVector {
    const { state } = this.#table;
    const vector = this.#vector;
    writeFeatures(vector.values, state, at, index, bar);
    const open = state[at + S.SESSION_OPEN] as number;
    const length = (state[at + S.SESSION_CLOSE] as number) - open;
    vector.values[FEATURE_INDEX.sessionElapsed] = this.#timeframe === '1d' ? 0 : (bar.barEnd - open) / length;
    vector.gap = (state[at + S.SINCE_GAP] as number) < PARAMETERS.gap;
    vector.atr = state[at + S.ATR] as number;
    vector.close = bar.close;
    return vector;
  }

  #refusal(slot: number, bar: NumericBar, expected: string): RangeError {
    const { barStart, barEnd, open, high, low, close, volume } = bar;
    const shown = JSON.stringify({ barStart, barEnd, open, high, low, close, volume });
    return new RangeError(`bar of ${quote(this.#table.nameOf(slot))} is ${shown}, expected ${expected}`);
  }
}

function isSound({ barStart, barEnd, open, high, low, close, volume }: NumericBar): boolean {
  if (!(barStart < barEnd && low >= LIMITS.price.least && high <= LIMITS.price.most)) return false;
  return low <= open && open <= high && low <= close && close <= high && volume >= 0 && volume <= LIMITS.volume;
}

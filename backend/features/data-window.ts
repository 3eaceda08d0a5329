import type { TradingCalendar } from '../calendar/index.ts';
import type { NumericBar, Timeframe } from '../market-data/bar.ts';
import { WARM_UP_BARS } from './feature-spec.ts';

/** What a bar did to its window: it is the newest one now, it changed what lies inside, or it is too old to be of any weight. */
export type Placed = 'NEWEST' | 'REWRITTEN' | 'PASSED';

type Lane = {
  anchor: string;
  /** Bars in the order of their starts, `FIELDS` numbers each. */
  rows: Float64Array;
  count: number;
  /** Bars before the anchor. */
  warmUp: number;
  /** What came before the first bar was let go. */
  cut: boolean;
};

const FIELDS = 7;
const ROOM = 600;

/**
 * The bars from which the present features of each instrument are computed: those since the last anchor and the warm-up before it, each with
 * its newest values. A bar inside that changes later takes the ground from under the features: then they are computed anew from here.
 * 50 KiB for an instrument with sessions of 390 minutes.
 */
export class DataWindow {
  readonly #timeframe: Timeframe;
  readonly #lanes = new Map<string, Lane>();

  constructor(timeframe: Timeframe) {
    this.#timeframe = timeframe;
  }

  /** Takes a bar of the regular session. */
  add(instrumentId: string, bar: NumericBar, calendar: TradingCalendar): Placed {
    const lane = this.#lanes.get(instrumentId) ?? this.#open(instrumentId);
    const index = indexOf(lane, bar.barStart);
    if (index === 0 && lane.cut && bar.barStart < startAt(lane, 0)) return 'PASSED';
    const isNewest = index === lane.count;
    if (isNewest) this.#cross(lane, bar.barStart, calendar);
    const at = isNewest ? lane.count : index;
    if (!isNewest && startAt(lane, index) === bar.barStart) write(lane, index, bar);
    else insert(lane, at, bar);
    if (isNewest) return 'NEWEST';
    // One more before the anchor than the features look at.
    if (lane.cut && lane.warmUp > WARM_UP_BARS) drop(lane, lane.warmUp - WARM_UP_BARS);
    return 'REWRITTEN';
  }

  /** Start of the oldest bar of the window, in ms. */
  from(instrumentId: string): number {
    return startAt(this.#lane(instrumentId), 0);
  }

  /** Start of the newest bar, in ms. */
  newest(instrumentId: string): number {
    const lane = this.#lane(instrumentId);
    return startAt(lane, lane.count - 1);
  }

  /** The bars of the window, oldest first. */
  *bars(instrumentId: string): Generator<NumericBar> {
    const lane = this.#lane(instrumentId);
    for (let index = 0; index < lane.count; index += 1) yield read(lane, index);
  }

  #lane(instrumentId: string): Lane {
    const lane = this.#lanes.get(instrumentId);
    if (lane === undefined) throw new Error(`No bar of ${instrumentId} has been taken`);
    return lane;
  }

  #open(instrumentId: string): Lane {
    const lane = { anchor: '', rows: new Float64Array(ROOM * FIELDS), count: 0, warmUp: 0, cut: false };
    this.#lanes.set(instrumentId, lane);
    return lane;
  }

  #cross(lane: Lane, barStart: number, calendar: TradingCalendar): void {
    const date = calendar.sessionDateOf(barStart) ?? calendar.localDate(barStart);
    const anchor = this.#timeframe === '1d' ? date.slice(0, 7) : date;
    if (anchor === lane.anchor) return;
    lane.anchor = anchor;
    lane.warmUp = lane.count;
    if (lane.count > WARM_UP_BARS) drop(lane, lane.count - WARM_UP_BARS);
  }
}

/** Where a bar of this start stands, or would stand. New bars come at the end, so it is looked for from there. */
function indexOf(lane: Lane, barStart: number): number {
  let index = lane.count;
  while (index > 0 && startAt(lane, index - 1) >= barStart) index -= 1;
  return index;
}

function startAt({ rows }: Lane, index: number): number {
  return rows[index * FIELDS] ?? Number.NaN;
}

function insert(lane: Lane, index: number, bar: NumericBar): void {
  if ((lane.count + 1) * FIELDS > lane.rows.length) {
    const rows = new Float64Array(lane.rows.length * 2);
    rows.set(lane.rows);
    lane.rows = rows;
  }
  lane.rows.copyWithin((index + 1) * FIELDS, index * FIELDS, lane.count * FIELDS);
  lane.count += 1;
  if (index < lane.warmUp) lane.warmUp += 1;
  write(lane, index, bar);
}

function drop(lane: Lane, count: number): void {
  lane.rows.copyWithin(0, count * FIELDS, lane.count * FIELDS);
  lane.count -= count;
  lane.warmUp -= count;
  lane.cut = true;
}

function write({ rows }: Lane, index: number, bar: NumericBar): void {
  const { barStart, barEnd, open, high, low, close, volume } = bar;
  rows.set([barStart, barEnd, open, high, low, close, volume], index * FIELDS);
}

function read({ rows }: Lane, index: number): NumericBar {
  const [barStart, barEnd, open, high, low, close, volume] = rows.subarray(
    index * FIELDS,
    (index + 1) * FIELDS,
  ) as unknown as [number, number, number, number, number, number, number];
  // When a bar was known does not enter the features.
  return { barStart, barEnd, knownTime: barEnd, segment: 'REGULAR', open, high, low, close, volume };
}

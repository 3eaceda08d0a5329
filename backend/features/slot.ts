import { PARAMETERS, WARM_UP_BARS } from './feature-spec.ts';

/** What the engine keeps of one instrument, besides its column of the recent bars. */
export type Slot = {
  readonly instrumentId: string;
  /** Where its records begin in each row of the recent bars. */
  readonly column: number;
  /** Bars accepted so far. */
  count: number;
  /** Number of the last bar before which one was missing. */
  gapAt: number;
  /** By `AT`: first what every bar reads and writes, in neighbouring cache lines; then the history. */
  readonly numbers: Float64Array;
};

/** Where the numbers of a slot stand. Instants in ms. */
export const AT = {
  lastEnd: 0,
  /** The last one; before there is one, the first price of all. */
  close: 1,
  sessionClose: 2,
  /** Sums of price x volume and of volume since the session began. */
  turnover: 3,
  sessionVolume: 4,
  /** NaN until a session has been left for the next one. */
  overnightGap: 5,
  emaFast: 6,
  emaSlow: 7,
  macdSignal: 8,
  /** Averages of the upward moves and of all moves, whichever way. */
  averageGain: 9,
  averageMove: 10,
  atr: 11,
  /** The sums of three windows, see `SUMS`. */
  closes: 12,
  logReturns: 16,
  volumes: 20,
  /** What the last bar has made of all that. NaN as long as there are no indicators. */
  macd: 24,
  macdHistogram: 25,
  sma: 26,
  /** Standard deviation of the last closes: two of them make a Bollinger band. */
  deviation: 27,
  bollingerUpper: 28,
  bollingerLower: 29,
  /** 0 to 1; 0.5 when no close has moved within the memory of the averages. */
  rsi: 30,
  /** Of the session so far, from each bar's (high + low + close) / 3; the close as long as nothing has been traded. */
  vwap: 31,
  /** What began at the last anchor: the session by its open (1m), the month counted from the year 0 (1d). */
  anchor: 32,
  sessionOpen: 33,
  /** Close and true range of the last 512 accepted bars: the ring from which the recursive indicators are computed anew. */
  history: 40,
} as const;

export const HISTORY_FIELDS = 2;

export function newSlot(instrumentId: string, column: number): Slot {
  const numbers = new Float64Array(AT.history + WARM_UP_BARS * HISTORY_FIELDS);
  const slot = { instrumentId, column, count: 0, gapAt: 0, numbers };
  clear(slot);
  return slot;
}

export function clear(slot: Slot): void {
  const { numbers } = slot;
  slot.count = 0;
  slot.gapAt = -PARAMETERS.gap;
  numbers.fill(0);
  for (const at of [AT.lastEnd, AT.sessionOpen, AT.sessionClose, AT.anchor]) numbers[at] = Number.NEGATIVE_INFINITY;
  numbers[AT.overnightGap] = Number.NaN;
  numbers.fill(Number.NaN, AT.macd, AT.vwap + 1);
}

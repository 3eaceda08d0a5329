/** The regular trading hours of one session. Instants in ms since 1970 UTC: `open` <= trades < `close`. */
export type Session = {
  /** The trade date, YYYY-MM-DD. Not always the calendar date: trades of an evening may belong to the next one. */
  readonly sessionDate: string;
  readonly open: number;
  readonly close: number;
  readonly halfDay: boolean;
};

/** The part of the trading day. PRE, REGULAR and POST exist on session days only. */
export type Segment = 'PRE' | 'REGULAR' | 'POST' | 'CLOSED';

/**
 * When a market trades. Instants are ms since 1970 UTC, dates are YYYY-MM-DD, and every answer comes from data that ends:
 * a question outside [validFrom, validUntil) throws a RangeError that names the calendar, the instant and the range, because a
 * guess about a year without data would look like an answer. A question about a stretch of time may end at validUntil.
 */
export interface TradingCalendar {
  /** XNYS (an ISO 10383 market) or 24x7. */
  readonly id: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly validFrom: number;
  readonly validUntil: number;

  segmentAt(instant: number): Segment;

  /** The session whose [open, close) holds the instant. */
  sessionAt(instant: number): Session | null;

  /** Null on a day without a session. RangeError for text that is no date, or a date without data. */
  sessionOn(sessionDate: string): Session | null;

  /** The first session with open > instant. RangeError when the data ends before it. */
  nextSession(instant: number): Session;

  /** The last session with close <= instant. RangeError when the data begins after it. */
  previousSession(instant: number): Session;

  /** The last moment up to `instant` at which trading ended: the close of a session, or the end of the hours after it. RangeError when the data begins after it. */
  lastEnd(instant: number): number;

  /** The open of the next session; an open is not its own next one. */
  nextOpen(instant: number): number;

  /** The calendar date on a clock of the time zone. */
  localDate(instant: number): string;

  /** The trade date that PRE, REGULAR or POST time belongs to; null when CLOSED. */
  sessionDateOf(instant: number): string | null;

  /** The sessions with open in [from, until), in order. */
  sessions(from: number, until: number): Session[];

  /** Minutes of REGULAR time in [a, b), with fractions; negative when b lies before a. */
  tradingMinutesBetween(a: number, b: number): number;

  /**
   * The earliest instant at which that many REGULAR minutes (rounded to whole ms) have passed: a count that ends with a session
   * gives its close, not the next open, and 0 gives the instant itself. RangeError for less than 0 minutes, and past the data.
   */
  addTradingMinutes(instant: number, minutes: number): number;
}

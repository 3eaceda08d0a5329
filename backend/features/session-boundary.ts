import type { Segment, Session, TradingCalendar } from '../calendar/index.ts';
import type { Timeframe } from '../market-data/bar.ts';

/** The session to which a bar belongs by its trade date; null when it lies in none. A daily bar may start at local midnight. */
export function sessionOf(barStart: number, timeframe: Timeframe, calendar: TradingCalendar): Session | null {
  const regular = calendar.sessionAt(barStart);
  if (regular) return regular;
  const date = timeframe === '1d' ? calendar.localDate(barStart) : calendar.sessionDateOf(barStart);
  return date === null ? null : calendar.sessionOn(date);
}

/** What changes when an anchor is due: the session for minute bars, the calendar month for daily ones. */
export function anchorOf(session: Session, timeframe: Timeframe): number {
  if (timeframe === '1m') return session.open;
  const [year, month] = session.sessionDate.split('-');
  return Number(year) * 12 + Number(month);
}

/** Two bars of one instrument that follow each other, as far as the calendar is asked about them. Instants in ms. */
type Step = {
  readonly previousOpen: number;
  readonly previousEnd: number;
  readonly session: Session;
  readonly barStart: number;
};

/**
 * Is there trading time between the two in which a bar would have been accepted? An accepted segment that goes on where the
 * last bar ended, or that runs already before the new one starts, has lost a bar; so has a session of which nothing came.
 */
export function isBarMissing(
  { previousOpen, previousEnd, session, barStart }: Step,
  timeframe: Timeframe,
  segments: readonly Segment[],
  calendar: TradingCalendar,
): boolean {
  const sessionsFollow = session.open === previousOpen || calendar.nextSession(previousOpen).open === session.open;
  if (timeframe === '1d' || !sessionsFollow) return !sessionsFollow;
  if (barStart === previousEnd) return false;
  return segments.includes(calendar.segmentAt(previousEnd)) || segments.includes(calendar.segmentAt(barStart - 1));
}

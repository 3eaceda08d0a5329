import { calendarById, type Session, type TradingCalendar } from '../../../backend/calendar/index.ts';

/** Days in whose middle something happens: whole ones, one that closes early, the first after the clocks of New York were changed. */
export type Kind = 'whole' | 'half' | 'changed';

/** Where in a day. */
export type When = 'in session' | 'after hours' | 'before the open' | 'before the close';

/** All lie ahead, so that what the database stamps with this machine's time is long past by the market's. */
export type Days = {
  /** What training needs, the sessions just before. */
  readonly history: readonly Session[];
  readonly played: readonly [Session, ...Session[]];
};

export const HISTORY_SESSIONS = 8;
const DAY = 86_400_000;
/** A model that is older than eight days has an alert of its own. */
const WHOLE_DAYS = 4;

/** The next days of a kind that lie at least two days ahead. Throws an Error where the calendar has none. */
export function daysOf(kind: Kind, now: number, calendar: TradingCalendar = calendarById('XNYS')): Days {
  const sessions = calendar.sessions(now - 60 * DAY, calendar.validUntil);
  const first = sessions.findIndex((session, index) => session.open > now + 2 * DAY && is(kind, sessions, index));
  const [begin, ...others] = sessions.slice(first, kind === 'whole' ? first + WHOLE_DAYS : first + 1);
  if (first < HISTORY_SESSIONS || begin === undefined)
    throw new Error(`the calendar has no such day any more: ${kind}`);
  return { history: sessions.slice(first - HISTORY_SESSIONS, first), played: [begin, ...others] };
}

function is(kind: Kind, sessions: readonly Session[], index: number): boolean {
  const [before, session] = [sessions[index - 1], sessions[index]];
  if (before === undefined || session === undefined) return false;
  if (kind === 'half') return session.halfDay;
  if (kind === 'changed') return session.open % DAY !== before.open % DAY;
  return sessions.slice(index, index + WHOLE_DAYS).every(({ halfDay }) => !halfDay);
}

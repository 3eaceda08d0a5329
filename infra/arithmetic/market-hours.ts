import { calendarById } from '../../backend/calendar/index.ts';

/** An ordinary day of the market, by its own clock: its time zone, and minutes after midnight. */
export type MarketHours = { readonly timeZone: string; readonly opens: number; readonly closes: number };

/** A Monday without a holiday; half days close earlier, and whoever scales by the clock then keeps some pods for nothing. */
const ORDINARY = '2026-03-02';
const MINUTE = 60_000;

/** Throws a RangeError where the calendar has no session on that day, as one that is always open. */
export function marketHours(calendar: string): MarketHours {
  const dates = calendarById(calendar);
  const { timeZone } = dates;
  const session = dates.sessionOn(ORDINARY);
  if (session === null) throw new RangeError(`${calendar} has no session on ${ORDINARY}`);
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const minutes = (instant: number) => {
    const [hour, minute] = clock.format(instant).split(':').map(Number);
    return Number(hour) * 60 + Number(minute);
  };
  const opens = minutes(session.open);
  return { timeZone, opens, closes: opens + (session.close - session.open) / MINUTE };
}

/** So many minutes after midnight on each day from Monday to Friday, as cron says it. */
export function onWeekdays(minutes: number): string {
  return `${minutes % 60} ${Math.floor(minutes / 60)} * * 1-5`;
}

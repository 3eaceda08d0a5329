import { calendarById } from '../../calendar/index.ts';

/** The date (YYYY-MM-DD) on which an instant lies in a market; in UTC outside the years that its calendar knows. */
export function marketDate(calendarId: string, instant: number): string {
  const calendar = calendarById(calendarId);
  const isKnown = instant >= calendar.validFrom && instant < calendar.validUntil;
  return isKnown ? calendar.localDate(instant) : new Date(instant).toISOString().slice(0, 10);
}

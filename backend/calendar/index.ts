import around from './data/24x7.json' with { type: 'json' };
import xnys from './data/xnys.json' with { type: 'json' };
import { SessionCalendar } from './session-calendar.ts';
import { type CalendarData, timetable } from './timetable.ts';
import type { TradingCalendar } from './types.ts';

export type { Segment, Session, TradingCalendar } from './types.ts';

const FILES: readonly CalendarData[] = [xnys, around];
/** Laid out when they are first asked for: to do it takes longer than the rest of the start of a process that only answers. */
const calendars = new Map<string, TradingCalendar>();

/** XNYS is the US equities day; 24x7 has one session per UTC day. */
export const CALENDAR_IDS: readonly string[] = FILES.map(({ id }) => id);

/** Throws an Error that names the id and the known ones. */
export function calendarById(id: string): TradingCalendar {
  const known = calendars.get(id);
  if (known) return known;
  const data = FILES.find((one) => one.id === id);
  if (data) {
    const calendar = new SessionCalendar(timetable(data));
    calendars.set(id, calendar);
    return calendar;
  }
  const shown = id.length > 64 ? `${id.slice(0, 63)}…` : id;
  throw new Error(`calendar is ${JSON.stringify(shown)}, expected one of ${CALENDAR_IDS.join(', ')}`);
}

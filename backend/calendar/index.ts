import around from './data/24x7.json' with { type: 'json' };
import xnys from './data/xnys.json' with { type: 'json' };
import { SessionCalendar } from './session-calendar.ts';
import { type CalendarData, timetable } from './timetable.ts';
import type { TradingCalendar } from './types.ts';

export type { Segment, Session, TradingCalendar } from './types.ts';

const FILES: readonly CalendarData[] = [xnys, around];
const calendars = new Map<string, TradingCalendar>();
for (const data of FILES) calendars.set(data.id, new SessionCalendar(timetable(data)));

/** XNYS is the US equities day; 24x7 has one session per UTC day. */
export const CALENDAR_IDS: readonly string[] = [...calendars.keys()];

/** Throws an Error that names the id and the known ones. */
export function calendarById(id: string): TradingCalendar {
  const calendar = calendars.get(id);
  if (calendar) return calendar;
  const shown = id.length > 64 ? `${id.slice(0, 63)}…` : id;
  throw new Error(`calendar is ${JSON.stringify(shown)}, expected one of ${CALENDAR_IDS.join(', ')}`);
}

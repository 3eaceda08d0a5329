import type { Segment, Session } from './types.ts';

type OpenSegment = Exclude<Segment, 'CLOSED'>;

/**
 * Local wall time on the session date, HH:MM. 24:00 is the next midnight; a leading minus counts back from midnight, so that
 * -03:00 is 21:00 of the day before (the evening that belongs to the next trade date).
 */
type Hours = { readonly from: string; readonly to: string };

type DayPlan = { readonly PRE?: Hours; readonly REGULAR: Hours; readonly POST?: Hours };

/** What a file in data/ holds. Dates are YYYY-MM-DD, and every date with a name keeps it, so that a person can check the list. */
export type CalendarData = {
  readonly id: string;
  readonly timeZone: string;
  /** First and last date that the file knows, both included. */
  readonly firstDate: string;
  readonly lastDate: string;
  /** Days of the week with a session, such as MONDAY. */
  readonly weekdays: readonly string[];
  readonly segments: { readonly fullDay: DayPlan; readonly halfDay?: DayPlan };
  /** UTC instant of each change of the clocks -> local time minus UTC from then on, such as -05:00. In the order of time. */
  readonly utcOffsets: Readonly<Record<string, string>>;
  readonly holidays: Readonly<Record<string, string>>;
  /** Whole days on which the market stayed closed though no rule said so. */
  readonly extraCloses: Readonly<Record<string, string>>;
  readonly halfDays: Readonly<Record<string, string>>;
};

export type Span = {
  readonly segment: OpenSegment;
  readonly from: number;
  readonly until: number;
  readonly sessionDate: string;
};

/** A calendar's data laid out on the UTC time line, each list in the order of time. Instants in ms. */
export type Timetable = {
  readonly id: string;
  readonly timeZone: string;
  readonly validFrom: number;
  readonly validUntil: number;
  /** Every calendar date with its first instant. */
  readonly days: readonly { readonly date: string; readonly start: number }[];
  readonly sessions: readonly Session[];
  readonly spans: readonly Span[];
};

const MINUTE = 60_000;
const DAY = 86_400_000;
const WEEKDAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];
const OPEN_SEGMENTS = ['PRE', 'REGULAR', 'POST'] as const;

/** Throws an Error when the data contradicts itself. */
export function timetable(data: CalendarData): Timetable {
  const toUtc = wallClock(data.utcOffsets);
  const end = Date.parse(data.lastDate) + DAY;
  const days: Timetable['days'][number][] = [];
  const sessions: Session[] = [];
  const spans: Span[] = [];

  for (let midnight = Date.parse(data.firstDate); midnight < end; midnight += DAY) {
    const date = new Date(midnight).toISOString().slice(0, 10);
    days.push({ date, start: toUtc(midnight) });
    const plan = planOf(data, date, midnight);
    if (plan === null) continue;

    const at = (time: string) => toUtc(midnight + minutesOf(time) * MINUTE);
    for (const segment of OPEN_SEGMENTS) {
      const hours = plan[segment];
      if (hours) spans.push({ segment, from: at(hours.from), until: at(hours.to), sessionDate: date });
    }
    const { from, to } = plan.REGULAR;
    sessions.push({ sessionDate: date, open: at(from), close: at(to), halfDay: Object.hasOwn(data.halfDays, date) });
  }

  const validFrom = toUtc(Date.parse(data.firstDate));
  return { id: data.id, timeZone: data.timeZone, validFrom, validUntil: toUtc(end), days, sessions, spans };
}

/** Null on a day without a session. */
function planOf(data: CalendarData, date: string, midnight: number): DayPlan | null {
  const weekday = WEEKDAYS[new Date(midnight).getUTCDay()] ?? '';
  const closed =
    !data.weekdays.includes(weekday) || Object.hasOwn(data.holidays, date) || Object.hasOwn(data.extraCloses, date);
  if (!Object.hasOwn(data.halfDays, date)) return closed ? null : data.segments.fullDay;

  if (closed) throw new Error(`calendar ${data.id}: ${date} is a half day, but the market is closed on it`);
  if (!data.segments.halfDay)
    throw new Error(`calendar ${data.id}: ${date} is a half day, but segments.halfDay is missing`);
  return data.segments.halfDay;
}

/**
 * From what a clock on the wall shows (as if it were UTC) to the instant. A time that the clocks show twice means the later
 * one, a time that they skip means as long after the change: no exchange has a boundary in either hour.
 */
function wallClock(utcOffsets: CalendarData['utcOffsets']): (wall: number) => number {
  const latestFirst = Object.entries(utcOffsets)
    .map(([since, offset]) => ({ since: Date.parse(since), offset: minutesOf(offset) * MINUTE }))
    .reverse();
  return (wall) => {
    const rule = latestFirst.find(({ since, offset }) => wall - offset >= since);
    if (!rule) throw new Error(`utcOffsets begin after ${new Date(wall).toISOString()}`);
    return wall - rule.offset;
  };
}

/** Minutes in [+-]HH:MM. */
function minutesOf(text: string): number {
  const [, sign, hours, minutes] = /^([+-]?)(\d\d):(\d\d)$/.exec(text) ?? [];
  if (hours === undefined) throw new Error(`time is ${JSON.stringify(text)}, expected HH:MM`);
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

import around from '../../backend/calendar/data/24x7.json' with { type: 'json' };
import xnys from '../../backend/calendar/data/xnys.json' with { type: 'json' };
import type { CalendarData } from '../../backend/calendar/timetable.ts';

/** What the rules of one market are made of. Times are seconds since local midnight, days are counted since 1970 on the local calendar. */
export type MarketDays = {
  readonly market: string;
  readonly open: number;
  readonly close: number;
  readonly earlyClose: number;
  /** Monday to Friday only; else every day. */
  readonly weekdaysOnly: boolean;
  readonly closed: readonly number[];
  readonly early: readonly number[];
  /** Local time minus UTC before the first change, and by how much each change moves it, at unix seconds. */
  readonly offset: number;
  readonly changes: readonly { readonly at: number; readonly by: number }[];
};

const FIRST_DATE = '2024-01-01';
const DAY = 86_400;

/** The markets from 2024 on: rules look at now, and a shorter table is a cheaper rule. */
export const markets: readonly MarketDays[] = [xnys, around].map(daysOf);

function daysOf(data: CalendarData): MarketDays {
  const { fullDay, halfDay = fullDay } = data.segments;
  const offsets = Object.entries(data.utcOffsets).map(([since, text]) => ({
    at: Date.parse(since) / 1_000,
    offset: clock(text),
  }));
  const first = Date.parse(FIRST_DATE) / 1_000;
  const before = offsets.findLastIndex(({ at }) => at <= first);
  return {
    market: data.id,
    open: clock(fullDay.REGULAR.from),
    close: clock(fullDay.REGULAR.to),
    earlyClose: clock(halfDay.REGULAR.to),
    weekdaysOnly: data.weekdays.length < 7,
    closed: daysAmong({ ...data.holidays, ...data.extraCloses }),
    early: daysAmong(data.halfDays),
    offset: offsets[before]?.offset ?? 0,
    changes: offsets
      .slice(before + 1)
      .map(({ at, offset }, index) => ({ at, by: offset - (offsets[before + index]?.offset ?? 0) })),
  };
}

function daysAmong(dates: Readonly<Record<string, string>>): number[] {
  return Object.keys(dates)
    .filter((date) => date >= FIRST_DATE)
    .sort()
    .map((date) => Date.parse(date) / 1_000 / DAY);
}

/** Seconds in [+-]HH:MM. */
function clock(text: string): number {
  const [, sign, hours, minutes] = /^([+-]?)(\d\d):(\d\d)$/.exec(text) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3_600 + Number(minutes) * 60);
}

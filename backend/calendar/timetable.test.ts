import { describe, expect, it } from 'vitest';
import xnys from './data/xnys.json' with { type: 'json' };
import { SessionCalendar } from './session-calendar.ts';
import { type CalendarData, timetable } from './timetable.ts';

const week: CalendarData = {
  id: 'TEST',
  timeZone: 'America/New_York',
  firstDate: '2026-11-20',
  lastDate: '2026-11-29',
  weekdays: ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY'],
  segments: { fullDay: { REGULAR: { from: '09:30', to: '16:00' } } },
  utcOffsets: { '2026-11-01T06:00:00Z': '-05:00' },
  holidays: { '2026-11-26': 'Thanksgiving Day' },
  extraCloses: {},
  halfDays: {},
};

describe('the timetable of a calendar file', () => {
  it('gives an evening to the next trade date when the file says so', () => {
    const PRE = { from: '-03:00', to: '09:30' };
    const calendar = new SessionCalendar(
      timetable({ ...week, segments: { fullDay: { ...week.segments.fullDay, PRE } } }),
    );
    const sundayEvening = Date.parse('2026-11-23T02:00Z');
    expect(calendar.localDate(sundayEvening)).toBe('2026-11-22');
    expect(calendar.segmentAt(sundayEvening - 1)).toBe('CLOSED');
    expect(calendar.segmentAt(sundayEvening)).toBe('PRE');
    expect(calendar.sessionDateOf(sundayEvening)).toBe('2026-11-23');
    expect(calendar.sessionAt(sundayEvening)).toBeNull();
  });

  it('knows only segments that the file has', () => {
    const calendar = new SessionCalendar(timetable(week));
    expect(calendar.segmentAt(Date.parse('2026-11-23T14:29Z'))).toBe('CLOSED');
    expect(calendar.segmentAt(Date.parse('2026-11-23T21:00Z'))).toBe('CLOSED');
  });

  it('closes on an extra day as on a holiday', () => {
    const calendar = new SessionCalendar(timetable({ ...week, extraCloses: { '2026-11-24': 'Mourning' } }));
    expect(calendar.sessionOn('2026-11-24')).toBeNull();
    expect(calendar.sessionOn('2026-11-26')).toBeNull();
    expect(calendar.sessionOn('2026-11-25')).not.toBeNull();
  });

  it.each([
    [
      'is also a holiday',
      { ...week, halfDays: { '2026-11-26': 'x' } },
      '2026-11-26 is a half day, but the market is closed on it',
    ],
    [
      'has no hours',
      { ...week, halfDays: { '2026-11-27': 'x' } },
      '2026-11-27 is a half day, but segments.halfDay is missing',
    ],
  ])('refuses a half day that %s', (_what, data, message) => {
    expect(() => timetable(data)).toThrow(`calendar TEST: ${message}`);
  });

  it('refuses hours that are no time, and offsets that begin too late', () => {
    const fullDay = { REGULAR: { from: '9:30', to: '16:00' } };
    expect(() => timetable({ ...week, segments: { fullDay } })).toThrow('time is "9:30", expected HH:MM');
    const late = { '2026-11-22T06:00:00Z': '-05:00' };
    expect(() => timetable({ ...week, utcOffsets: late })).toThrow('utcOffsets begin after 2026-11-20');
  });

  it('refuses sessions that are not in the order of time', () => {
    const fullDay = { REGULAR: { from: '09:30', to: '16:00' }, POST: { from: '09:00', to: '20:00' } };
    expect(() => new SessionCalendar(timetable({ ...week, segments: { fullDay } }))).toThrow('not greater than');
  });
});

describe('the file of XNYS', () => {
  const named = { ...xnys.holidays, ...xnys.extraCloses, ...xnys.halfDays };

  it('names each special day once, in order, on a weekday of its years', () => {
    for (const list of [xnys.holidays, xnys.extraCloses, xnys.halfDays, xnys.utcOffsets]) {
      expect(Object.keys(list)).toEqual(Object.keys(list).toSorted());
    }
    const total = [xnys.holidays, xnys.extraCloses, xnys.halfDays].reduce(
      (sum, list) => sum + Object.keys(list).length,
      0,
    );
    expect(Object.keys(named)).toHaveLength(total);
    for (const date of Object.keys(named)) {
      expect(new Date(date).toISOString().slice(0, 10)).toBe(date);
      expect([1, 2, 3, 4, 5]).toContain(new Date(date).getUTCDay());
      expect(date >= xnys.firstDate && date <= xnys.lastDate).toBe(true);
    }
  });

  it('changes the clocks on the second Sunday of March and the first of November, at 2:00 local', () => {
    const changes = Object.keys(xnys.utcOffsets).slice(1);
    expect(changes).toHaveLength(2 * 16);
    for (const since of changes) {
      const day = new Date(since);
      const [month, firstOfWeek, utc] =
        xnys.utcOffsets[since as keyof typeof xnys.utcOffsets] === '-04:00' ? [2, 8, 7] : [10, 1, 6];
      expect([day.getUTCDay(), day.getUTCMonth(), day.getUTCHours()]).toEqual([0, month, utc]);
      expect(day.getUTCDate() >= firstOfWeek && day.getUTCDate() < firstOfWeek + 7).toBe(true);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { calendarById } from './index.ts';

const calendar = calendarById('24x7');
const at = (text: string) => Date.parse(text);

describe('the 24x7 calendar', () => {
  it('has a session per UTC day, weekends and holidays included', () => {
    const sessions = calendar.sessions(at('2013-01-01'), at('2029-01-01'));
    expect(sessions).toHaveLength(5844);
    for (const { sessionDate, open, close, halfDay } of sessions) {
      expect([open, close, halfDay]).toEqual([at(sessionDate), at(sessionDate) + 86_400_000, false]);
    }
  });

  it('is REGULAR at every instant, and changes the session at midnight', () => {
    const midnight = at('2026-12-25');
    expect([midnight - 1, midnight].map((instant) => calendar.segmentAt(instant))).toEqual(['REGULAR', 'REGULAR']);
    const dates = [midnight - 1, midnight];
    expect(dates.map((instant) => calendar.sessionAt(instant)?.sessionDate)).toEqual(['2026-12-24', '2026-12-25']);
    expect(dates.map((instant) => calendar.sessionDateOf(instant))).toEqual(['2026-12-24', '2026-12-25']);
    expect(dates.map((instant) => calendar.localDate(instant))).toEqual(['2026-12-24', '2026-12-25']);
  });

  it('takes a midnight as the close of one session and the open of the next', () => {
    const midnight = at('2026-12-25');
    expect(calendar.previousSession(midnight).sessionDate).toBe('2026-12-24');
    expect(calendar.previousSession(midnight - 1).sessionDate).toBe('2026-12-23');
    expect(calendar.nextOpen(midnight - 1)).toBe(midnight);
    expect(calendar.nextOpen(midnight)).toBe(at('2026-12-26'));
  });

  it('counts every minute as trading time', () => {
    const start = at('2026-03-08T06:59:30Z');
    expect(calendar.tradingMinutesBetween(start, start + 14_400 * 60_000)).toBe(14_400);
    expect(calendar.addTradingMinutes(start, 14_400)).toBe(start + 14_400 * 60_000);
  });

  it('counts to the end of its data, and not beyond', () => {
    const lastHour = at('2028-12-31T23:00Z');
    expect(calendar.tradingMinutesBetween(lastHour, calendar.validUntil)).toBe(60);
    expect(calendar.addTradingMinutes(lastHour, 60)).toBe(calendar.validUntil);
    expect(() => calendar.addTradingMinutes(lastHour, 61)).toThrow(
      'instant is "2028-12-31T23:00:00.000Z", expected one with 61 trading minutes after it inside calendar 24x7: ',
    );
  });
});

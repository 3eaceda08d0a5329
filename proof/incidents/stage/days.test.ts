import { describe, expect, it } from 'vitest';
import { daysOf, HISTORY_SESSIONS } from './days.ts';

const at = (text: string): number => Date.parse(text);
const dates = (days: ReturnType<typeof daysOf>): string[] => days.played.map(({ sessionDate }) => sessionDate);

describe('the days of an incident', () => {
  const now = at('2026-11-21T19:00:00Z');

  it('are whole ones in a row', () => {
    expect(dates(daysOf('whole', now))).toEqual(['2026-11-30', '2026-12-01', '2026-12-02', '2026-12-03']);
  });

  it('are one that closes early, and one after a change of the clocks', () => {
    expect(dates(daysOf('half', now))).toEqual(['2026-11-27']);
    expect(dates(daysOf('changed', now))).toEqual(['2027-03-15']);
    expect(dates(daysOf('changed', at('2027-03-16T00:00:00Z')))).toEqual(['2027-11-08']);
  });

  it('lie two days ahead at least', () => {
    expect(dates(daysOf('half', at('2026-11-26T00:00:00Z')))).toEqual(['2026-12-24']);
  });

  it('come just after the history that training needs', () => {
    const { history, played } = daysOf('half', now);
    expect(history).toHaveLength(HISTORY_SESSIONS);
    expect(history.at(-1)?.sessionDate).toBe('2026-11-25');
    expect(history.every(({ open }) => open < played[0].open)).toBe(true);
  });

  it('end with the calendar', () => {
    expect(() => daysOf('changed', at('2028-11-10T00:00:00Z'))).toThrow(
      'the calendar has no such day any more: changed',
    );
  });
});

import { expect, it } from 'vitest';
import { calendarById } from '../../backend/calendar/index.ts';
import { jobs } from '../../backend/jobs.ts';
import { modelAlerts } from './models.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** Of the training's embargo: the horizon of signals on bars of a minute, and with it one session. */
const HORIZON_MINUTES = 60;
/** The first Sunday of the calendar of New York's dates. */
const FIRST = Date.parse('2026-01-11T06:00:00Z');

it.each([
  { market: 'XNYS', minutes: 390 },
  { market: '24x7', minutes: 1_440 },
])(
  'a model of $market that is trained every Sunday is never called stale; where a Sunday is left out it is by Friday',
  ({ market, minutes }) => {
    const calendar = calendarById(market);
    expect(jobs.retraining.trigger).toEqual({ cron: '0 6 * * 0' });
    const limit = (modelAlerts.find(({ name }) => name === 'ModelStale')?.limit?.value ?? 0) * 1_000;
    for (let sunday = FIRST; sunday + 3 * WEEK < calendar.validUntil; sunday += WEEK) {
      const seen = calendar.sessionAt(sunday - 1) ? sunday : calendar.previousSession(sunday).close;
      const next = sunday + WEEK;
      const seenByNext = calendar.sessionAt(next - 1) ? next : calendar.previousSession(next).close;
      // Looked for once an hour.
      const replaced = calendar.addTradingMinutes(seenByNext, HORIZON_MINUTES + minutes) + HOUR;
      expect(replaced, new Date(sunday).toISOString()).toBeLessThan(seen + limit);
      expect(seen + limit).toBeLessThanOrEqual(next + 5 * DAY);
    }
  },
);

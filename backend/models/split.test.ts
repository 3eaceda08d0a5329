import { describe, expect, it } from 'vitest';
import { calendarById } from '../calendar/index.ts';
import { UserError } from '../platform/errors.ts';
import { randomOf } from '../platform/random.ts';
import { at } from './numeric.ts';
import { type SplitInput, splitByTime, WINDOW_NAMES } from './split.ts';

const xnys = calendarById('XNYS');
const around = calendarById('24x7');
const MINUTE = 60_000;

describe('splitByTime', () => {
  it('gives each of three sessions to one window, with the horizon between them', () => {
    const input = minuteDecisions('2024-03-04', 3, 60);
    const split = splitByTime(input);
    expect(split).toMatchObject({ by: 'SESSIONS', sessions: 3, embargoMinutes: 60 });
    expect(dates(split.windows.calibration.from)).toBe('2024-03-05T15:30:00.000Z');
    expect(dates(split.windows.test.from)).toBe('2024-03-06T15:30:00.000Z');
    expect(split.embargoed).toEqual({ calibration: 59, test: 59 });
    // Friday's successor: the last session was a Wednesday, so the model may decide on Thursday, an hour after the open.
    expect(dates(split.eligibleFrom)).toBe('2024-03-07T15:30:00.000Z');
  });

  it('takes 60, 20 and 20 % of many sessions and adds one session to the embargo', () => {
    const split = splitByTime(minuteDecisions('2024-03-04', 20, 60));
    expect(split).toMatchObject({ by: 'SESSIONS', sessions: 20, embargoMinutes: 450 });
    const firstOfCalibration = at(
      xnys.sessions(Date.parse('2024-03-04'), Date.parse('2024-04-10')).map((session) => session.open),
      12,
    );
    expect(split.windows.training.until).toBe(firstOfCalibration);
    // One whole session and an hour of the next are skipped.
    expect(split.windows.calibration.from).toBe(xnys.addTradingMinutes(firstOfCalibration, 450));
  });

  it('splits less than three sessions by time', () => {
    const decisionTime = Float64Array.from(
      { length: 2_000 },
      (_, i) => Date.parse('2018-04-04T00:00:00Z') + i * MINUTE,
    );
    const split = splitByTime({
      decisionTime,
      horizonEnd: decisionTime.map((instant) => instant + 60 * MINUTE),
      calendar: around,
      horizonMinutes: 60,
      historyEnd: at(decisionTime, 1_999) + 60 * MINUTE,
    });
    expect(split.by).toBe('TIME');
    expect(split.windows.training.until - split.windows.training.from).toBe(Math.floor(2_059 * 0.6) * MINUTE);
    expect(split.purged.training).toBeGreaterThan(50);
  });

  it('splits by time where the newest session has only begun', () => {
    // An hour and a half of the fourth day: less than the embargo and the horizon of its decisions leave anything of.
    const first = Date.parse('2018-04-04T00:00:00Z');
    const decisionTime = Float64Array.from({ length: 3 * 1_440 + 90 }, (_, i) => first + i * MINUTE);
    const input = {
      decisionTime,
      horizonEnd: decisionTime.map((instant) => instant + 60 * MINUTE),
      calendar: around,
      horizonMinutes: 60,
      historyEnd: at(decisionTime, decisionTime.length - 1) + MINUTE,
    };
    const split = splitByTime(input);
    expect(split).toMatchObject({ by: 'TIME', sessions: 4 });
    for (const name of WINDOW_NAMES) expect(split.rows[name].length).toBeGreaterThan(700);
    // As soon as enough of its decisions count, it is the window.
    const until = (minutes: number) => ({ ...input, historyEnd: first + (3 * 1_440 + minutes) * MINUTE });
    expect(splitByTime(until(148))).toMatchObject({ by: 'TIME' });
    const enough = splitByTime(until(149));
    expect(enough).toMatchObject({ by: 'SESSIONS', sessions: 4 });
    expect(enough.rows.test).toHaveLength(30);
  });

  it('keeps no sample whose label can reach the next window, and drops no other', () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = randomOf(String(seed));
      const input = minuteDecisions('2024-06-03', 3 + (seed % 6), 60);
      // Horizons of up to ten hours cross the night, as those of daily bars do.
      const horizonEnd = input.decisionTime.map((instant) =>
        xnys.addTradingMinutes(instant, Math.floor(random.uniform() * 600)),
      );
      const split = splitByTime({ ...input, horizonEnd, historyEnd: Math.max(...horizonEnd) });
      for (const name of WINDOW_NAMES) {
        const { from, until } = split.windows[name];
        const expected = [...input.decisionTime.keys()].filter((i) => {
          const decided = at(input.decisionTime, i);
          return decided >= from && decided < until && at(horizonEnd, i) <= until;
        });
        expect([...split.rows[name]]).toEqual(expected);
      }
      const kept = split.rows.training.length + split.rows.calibration.length + split.rows.test.length;
      const dropped =
        split.purged.training + split.purged.calibration + split.embargoed.calibration + split.embargoed.test;
      expect(kept + dropped).toBe(input.decisionTime.length);
      expect(split.purged.training).toBeGreaterThan(0);
    }
  });

  it.each([
    ['a weekend', '2024-03-08T21:00:00Z', 60, '2024-03-11T14:30:00.000Z'],
    ['the change to summer time', '2024-03-08T20:30:00Z', 90, '2024-03-11T14:30:00.000Z'],
    ['Thanksgiving and the half day after it', '2026-11-25T21:00:00Z', 60, '2026-11-27T15:30:00.000Z'],
    ['the end of a half day', '2026-11-27T17:30:00Z', 60, '2026-11-30T15:00:00.000Z'],
  ])('counts the embargo in trading minutes over %s', (_, historyEnd, minutes, expected) => {
    const sessions = xnys.sessions(Date.parse(historyEnd) - 9 * 86_400_000, Date.parse(historyEnd));
    const decisionTime = Float64Array.from(
      sessions.flatMap(({ open }) => Array.from({ length: 150 }, (_unused, i) => open + (i + 1) * MINUTE)),
    ).filter((instant) => instant < Date.parse(historyEnd));
    const split = splitByTime({
      decisionTime,
      horizonEnd: decisionTime,
      calendar: xnys,
      horizonMinutes: minutes,
      historyEnd: Date.parse(historyEnd),
    });
    expect(dates(split.eligibleFrom)).toBe(expected);
  });

  it('counts a bar that is known after the close to the session that closed', () => {
    const sessions = xnys.sessions(Date.parse('2024-01-02'), Date.parse('2024-04-01'));
    const decisionTime = Float64Array.from(sessions, (session) => session.close + 1_000);
    const split = splitByTime({
      decisionTime,
      horizonEnd: decisionTime.map((instant) => xnys.addTradingMinutes(instant, 390)),
      calendar: xnys,
      horizonMinutes: 390,
      historyEnd: xnys.addTradingMinutes(at(decisionTime, sessions.length - 1), 390),
    });
    expect(split.sessions).toBe(sessions.length);
    expect(split.windows.training.until).toBe(sessions[sessions.length - 2 * Math.round(sessions.length / 5)]?.open);
    // The 390 trading minutes after a close end with the next close; that day's own decision comes one second later.
    expect(split.purged.training).toBe(1);
  });

  it('refuses history whose windows the embargo swallows, and says which and why', () => {
    const input = minuteDecisions('2024-03-04', 3, 400);
    expect(() => splitByTime(input)).toThrow(UserError);
    expect(() => splitByTime(input)).toThrow(
      'Cannot train: the calibration window holds 0 decisions after purge and an embargo of 400 trading minutes (3 sessions in all), expected at least 1. Give more history.',
    );
    expect(() => splitByTime({ ...input, decisionTime: new Float64Array(0) })).toThrow('0 labelled decisions');
  });
});

/** A decision at the end of each minute of so many sessions, labels ending with the session or the horizon. */
function minuteDecisions(firstDate: string, count: number, horizonMinutes: number): SplitInput {
  const first = Date.parse(firstDate);
  const sessions = xnys.sessions(first, first + 60 * 86_400_000).slice(0, count);
  const decisionTime = Float64Array.from(
    sessions.flatMap(({ open }) => Array.from({ length: 389 }, (_, i) => open + (i + 1) * MINUTE)),
  );
  const horizonEnd = decisionTime.map((instant) =>
    Math.min(instant + horizonMinutes * MINUTE, xnys.sessionAt(instant)?.close ?? instant),
  );
  return { decisionTime, horizonEnd, calendar: xnys, horizonMinutes, historyEnd: Math.max(...horizonEnd) };
}

function dates(instant: number): string {
  return new Date(instant).toISOString();
}

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CALENDAR_IDS, calendarById } from './index.ts';

describe('the calendars by id', () => {
  it('are XNYS and 24x7, each from 2013 to 2028 in its own time zone', () => {
    const facts = CALENDAR_IDS.map((id) => {
      const { timeZone, validFrom, validUntil } = calendarById(id);
      return [id, timeZone, new Date(validFrom).toISOString(), new Date(validUntil).toISOString()];
    });
    expect(facts).toEqual([
      ['XNYS', 'America/New_York', '2013-01-01T05:00:00.000Z', '2029-01-01T05:00:00.000Z'],
      ['24x7', 'UTC', '2013-01-01T00:00:00.000Z', '2029-01-01T00:00:00.000Z'],
    ]);
  });

  it('names the unknown id, escaped and cut, and the known ones', () => {
    expect(() => calendarById('XLON')).toThrow('calendar is "XLON", expected one of XNYS, 24x7');
    expect(() => calendarById('constructor')).toThrow('calendar is "constructor"');
    expect(() => calendarById(`"\n${'x'.repeat(100)}`)).toThrow(`calendar is "\\"\\n${'x'.repeat(61)}…", expected`);
  });

  it('load under plain node, without a bundler or a loader', () => {
    const url = new URL('index.ts', import.meta.url);
    const script = `const { calendarById } = await import(${JSON.stringify(url.href)});
      process.stdout.write(calendarById('XNYS').sessionOn('2026-11-27').sessionDate);`;
    const options = { encoding: 'utf8', cwd: fileURLToPath(new URL('.', url)) } as const;
    expect(execFileSync(process.execPath, ['--input-type=module', '--eval', script], options)).toBe('2026-11-27');
  });
});

describe.each(CALENDAR_IDS)('calendar %s outside its data', (id) => {
  const calendar = calendarById(id);
  const { validFrom, validUntil } = calendar;
  const range = `${new Date(validFrom).toISOString()} <= instant < ${new Date(validUntil).toISOString()}`;
  const questions: [string, (instant: number) => unknown][] = [
    ['segmentAt', (instant) => calendar.segmentAt(instant)],
    ['sessionAt', (instant) => calendar.sessionAt(instant)],
    ['nextSession', (instant) => calendar.nextSession(instant)],
    ['previousSession', (instant) => calendar.previousSession(instant)],
    ['nextOpen', (instant) => calendar.nextOpen(instant)],
    ['localDate', (instant) => calendar.localDate(instant)],
    ['sessionDateOf', (instant) => calendar.sessionDateOf(instant)],
    ['addTradingMinutes', (instant) => calendar.addTradingMinutes(instant, 1)],
    ['sessions', (instant) => calendar.sessions(instant, validUntil + 1)],
    ['tradingMinutesBetween', (instant) => calendar.tradingMinutesBetween(validUntil, instant)],
  ];

  it.each(questions)('%s refuses the instant, and names calendar, instant and range', (_name, ask) => {
    const message = (text: string) => `instant is "${text}", expected one inside calendar ${id}: ${range}`;
    expect(() => ask(validUntil + 1)).toThrow(new RangeError(message(new Date(validUntil + 1).toISOString())));
    expect(() => ask(Number.NaN)).toThrow(new RangeError(message('NaN')));
  });

  it('answers at both edges', () => {
    expect(calendar.localDate(validFrom)).toBe('2013-01-01');
    expect(calendar.localDate(validUntil - 1)).toBe('2028-12-31');
    expect(() => calendar.localDate(validFrom - 1)).toThrow(RangeError);
    expect(() => calendar.localDate(validUntil)).toThrow(RangeError);
    expect(calendar.sessions(validUntil, validUntil)).toEqual([]);
  });

  it('refuses to make up a session before the first or after the last', () => {
    expect(() => calendar.nextSession(validUntil - 1)).toThrow(
      `expected one with a session after it inside calendar ${id}`,
    );
    expect(() => calendar.previousSession(validFrom)).toThrow(
      `expected one with a session before it inside calendar ${id}`,
    );
    expect(() => calendar.addTradingMinutes(validUntil - 1, 1)).toThrow('expected one with 1 trading minutes after it');
    expect(() => calendar.addTradingMinutes(validFrom, Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });

  it.each(['2012-12-31', '2029-01-01', '2026-02-30', '2026-2-3', 'today', ''])(
    'refuses the session date "%s"',
    (date) => {
      expect(() => calendar.sessionOn(date)).toThrow(
        new RangeError(
          `session date is "${date}", expected a date of calendar ${id}: YYYY-MM-DD from 2013-01-01 to 2028-12-31`,
        ),
      );
    },
  );

  it.each([-1, Number.NaN])('refuses to add %s minutes', (minutes) => {
    expect(() => calendar.addTradingMinutes(validFrom, minutes)).toThrow(
      new RangeError(`trading minutes are "${minutes}", expected a number >= 0`),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import data from './data/xnys.json' with { type: 'json' };
import { CALENDAR_IDS, calendarById } from './index.ts';

const MINUTE = 60_000;
const WEEK = 7 * 24 * 60 * MINUTE;

describe.each(CALENDAR_IDS)('calendar %s at any instant', (id) => {
  const calendar = calendarById(id);
  const { validFrom, validUntil } = calendar;
  const all = calendar.sessions(validFrom, validUntil);
  const instants = fc.integer({ min: validFrom, max: validUntil - 1 });
  // Far enough from the end for every count below to end inside the data.
  const early = fc.integer({ min: validFrom, max: validUntil - 6 * WEEK });
  const wholeMs = fc.integer({ min: 0, max: 3900 * MINUTE });

  it('gives back the minutes that were added', () => {
    fc.assert(
      fc.property(early, wholeMs, (instant, ms) => {
        const end = calendar.addTradingMinutes(instant, ms / MINUTE);
        expect(calendar.tradingMinutesBetween(instant, end)).toBe(ms / MINUTE);
      }),
    );
  });

  it('ends a count at the earliest instant that completes it', () => {
    fc.assert(
      fc.property(
        early,
        wholeMs.filter((ms) => ms > 0),
        (instant, ms) => {
          const end = calendar.addTradingMinutes(instant, ms / MINUTE);
          expect(calendar.tradingMinutesBetween(instant, end - 1)).toBeLessThan(ms / MINUTE);
        },
      ),
    );
  });

  it('adds in two steps what it adds in one', () => {
    fc.assert(
      fc.property(early, wholeMs, wholeMs, (instant, first, second) => {
        const between = calendar.addTradingMinutes(instant, first / MINUTE);
        const once = calendar.addTradingMinutes(instant, (first + second) / MINUTE);
        expect(second === 0 ? between : calendar.addTradingMinutes(between, second / MINUTE)).toBe(once);
      }),
    );
  });

  it('counts as many minutes as the sessions overlap with the stretch', () => {
    fc.assert(
      fc.property(instants, instants, (a, b) => {
        const [from, until] = [Math.min(a, b), Math.max(a, b)];
        const ms = all.reduce(
          (sum, { open, close }) => sum + Math.max(0, Math.min(close, until) - Math.max(open, from)),
          0,
        );
        expect(calendar.tradingMinutesBetween(from, until)).toBe(ms / MINUTE);
      }),
    );
  });

  it('answers as a plain walk through all sessions does', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const now = all.find(({ open, close }) => open <= instant && instant < close);
        expect(calendar.sessionAt(instant)).toBe(now ?? null);
        expect(calendar.segmentAt(instant) === 'REGULAR').toBe(now !== undefined);

        const next = all.find(({ open }) => open > instant);
        if (next) expect(calendar.nextSession(instant)).toBe(next);
        const previous = all.findLast(({ close }) => close <= instant);
        if (previous) expect(calendar.previousSession(instant)).toBe(previous);
      }),
    );
  });

  it('lists the sessions that open in a stretch', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.integer({ min: 0, max: WEEK }),
        fc.integer({ min: -1, max: 1 }),
        (first, length, off) => {
          const from = Math.max(validFrom, first.open + off);
          const until = Math.min(validUntil, from + length);
          expect(calendar.sessions(from, until)).toEqual(all.filter(({ open }) => open >= from && open < until));
        },
      ),
    );
  });
});

describe('XNYS against the time zone database', () => {
  const calendar = calendarById('XNYS');
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: calendar.timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });

  it('has the date and the segment that a clock in New York tells', () => {
    const changes = Object.keys(data.utcOffsets)
      .map((text) => Date.parse(text))
      .filter((since) => since > calendar.validFrom);
    const anywhere = fc.integer({ min: calendar.validFrom, max: calendar.validUntil - 1 });
    const nearChange = fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -WEEK, max: WEEK }))
      .map(([since, off]) => since + off);
    fc.assert(
      fc.property(fc.oneof(anywhere, nearChange), (instant) => {
        const [date = '', time = ''] = clock.format(instant).split(' ');
        expect(calendar.localDate(instant)).toBe(date);
        const segment = segmentByClock(date, time);
        expect(calendar.segmentAt(instant)).toBe(segment);
        expect(calendar.sessionDateOf(instant)).toBe(segment === 'CLOSED' ? null : date);
      }),
      { numRuns: 2000 },
    );
  });

  it('opens every session at 09:30 in New York', () => {
    const sessions = calendar.sessions(calendar.validFrom, calendar.validUntil);
    const strange = sessions.filter(({ open, sessionDate }) => clock.format(open) !== `${sessionDate} 09:30:00`);
    expect(sessions).toHaveLength(4023);
    expect(strange).toEqual([]);
  });

  function segmentByClock(date: string, time: string) {
    if (calendar.sessionOn(date) === null) return 'CLOSED';
    const [close, end] = Object.hasOwn(data.halfDays, date) ? ['13:00', '17:00'] : ['16:00', '20:00'];
    if (time < '04:00' || time >= `${end}:00`) return 'CLOSED';
    if (time < '09:30') return 'PRE';
    return time < `${close}:00` ? 'REGULAR' : 'POST';
  }
});

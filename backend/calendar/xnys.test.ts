import { describe, expect, it } from 'vitest';
import { calendarById } from './index.ts';

const calendar = calendarById('XNYS');
const at = (text: string) => Date.parse(text);
const iso = (instant: number) => new Date(instant).toISOString().replace(':00.000Z', 'Z');
const hoursOn = (date: string) => {
  const session = calendar.sessionOn(date);
  return session && `${iso(session.open)} ${iso(session.close)}${session.halfDay ? ' half' : ''}`;
};

describe('the sessions of XNYS', () => {
  it.each([
    ['2019-07-03', '2019-07-03T13:30Z 2019-07-03T17:00Z half'],
    ['2024-12-24', '2024-12-24T14:30Z 2024-12-24T18:00Z half'],
    ['2026-11-27', '2026-11-27T14:30Z 2026-11-27T18:00Z half'],
    ['2026-12-24', '2026-12-24T14:30Z 2026-12-24T18:00Z half'],
    ['2028-07-03', '2028-07-03T13:30Z 2028-07-03T17:00Z half'],
  ])('close at 13:00 local on the half day %s', (date, hours) => {
    expect(hoursOn(date)).toBe(hours);
  });

  it.each(['2016-07-01', '2022-07-01', '2021-12-23', '2027-12-23', '2022-12-23'])(
    'last the whole day on %s, though a holiday follows',
    (date) => {
      expect(calendar.sessionOn(date)?.halfDay).toBe(false);
    },
  );

  it.each([
    ['2015-07-03', 'Independence Day on a Saturday'],
    ['2017-01-02', "New Year's Day on a Sunday"],
    ['2021-12-24', 'Christmas Day on a Saturday'],
    ['2022-06-20', 'Juneteenth on a Sunday'],
    ['2022-12-26', 'Christmas Day on a Sunday'],
    ['2026-07-03', 'Independence Day on a Saturday'],
    ['2027-06-18', 'Juneteenth on a Saturday'],
    ['2027-07-05', 'Independence Day on a Sunday'],
  ])('leave out %s: %s', (date) => {
    expect(calendar.sessionOn(date)).toBeNull();
  });

  it.each(['2021-12-31', '2027-12-31'])("are held on %s: New Year's Day on a Saturday is not made up for", (date) => {
    expect(calendar.sessionOn(date)).not.toBeNull();
  });

  it('leave out Juneteenth only from 2022 on', () => {
    const juneteenths = ['2018-06-19', '2019-06-19', '2020-06-19', '2023-06-19', '2024-06-19', '2025-06-19'];
    expect(juneteenths.filter((date) => calendar.sessionOn(date))).toEqual(['2018-06-19', '2019-06-19', '2020-06-19']);
    expect(calendar.sessionOn('2021-06-18')).not.toBeNull();
  });

  it('leave out the days of mourning', () => {
    expect(calendar.sessionOn('2018-12-05')).toBeNull();
    expect(calendar.sessionOn('2025-01-09')).toBeNull();
  });

  it('open at 14:30Z in winter and 13:30Z in summer', () => {
    expect(hoursOn('2026-03-06')).toBe('2026-03-06T14:30Z 2026-03-06T21:00Z');
    expect(hoursOn('2026-03-09')).toBe('2026-03-09T13:30Z 2026-03-09T20:00Z');
    expect(hoursOn('2026-10-30')).toBe('2026-10-30T13:30Z 2026-10-30T20:00Z');
    expect(hoursOn('2026-11-02')).toBe('2026-11-02T14:30Z 2026-11-02T21:00Z');
  });

  it('number those of the exchange year by year', () => {
    const years = Array.from({ length: 16 }, (_, index) => 2013 + index);
    const counts = years.map((year) => calendar.sessions(at(`${year}-01-02`), at(`${year}-12-31T23:00Z`)).length);
    expect(counts).toEqual([252, 252, 252, 252, 251, 251, 252, 253, 252, 251, 250, 252, 250, 251, 251, 251]);
  });
});

describe('the segments of XNYS', () => {
  const segments = (texts: readonly string[]) => texts.map((text) => calendar.segmentAt(at(text)));

  it('change on the millisecond on a full day', () => {
    const edges = ['09:00', '14:30', '21:00'].map((time) => at(`2026-11-23T${time}Z`));
    expect(edges.map((edge) => [calendar.segmentAt(edge - 1), calendar.segmentAt(edge)])).toEqual([
      ['CLOSED', 'PRE'],
      ['PRE', 'REGULAR'],
      ['REGULAR', 'POST'],
    ]);
    expect(segments(['2026-11-24T00:59:59.999Z', '2026-11-24T01:00Z'])).toEqual(['POST', 'CLOSED']);
  });

  it('end at 17:00 local on a half day', () => {
    expect(segments(['2026-11-27T17:59:59.999Z', '2026-11-27T18:00Z'])).toEqual(['REGULAR', 'POST']);
    expect(segments(['2026-11-27T21:59:59.999Z', '2026-11-27T22:00Z'])).toEqual(['POST', 'CLOSED']);
  });

  it('are closed all day on a holiday and at the weekend', () => {
    const times = Array.from({ length: 24 }, (_, hour) => hour * 3_600_000);
    const days = ['2026-11-26T05:00Z', '2026-11-28T05:00Z', '2018-12-05T05:00Z'].map(at);
    expect(new Set(days.flatMap((day) => times.map((time) => calendar.segmentAt(day + time))))).toEqual(
      new Set(['CLOSED']),
    );
  });

  it('belong to the trade date of New York, also when UTC has the next date', () => {
    expect(calendar.sessionDateOf(at('2026-11-24T00:30Z'))).toBe('2026-11-23');
    expect(calendar.localDate(at('2026-11-24T00:30Z'))).toBe('2026-11-23');
    expect(calendar.sessionDateOf(at('2026-11-24T01:00Z'))).toBeNull();
    expect(calendar.sessionDateOf(at('2026-11-23T09:00Z'))).toBe('2026-11-23');
  });
});

describe('looking around in XNYS', () => {
  it('holds a session from its open until just before its close', () => {
    const { open, close } = calendar.sessionOn('2026-11-27') ?? { open: Number.NaN, close: Number.NaN };
    const dates = [open - 1, open, close - 1, close].map((instant) => calendar.sessionAt(instant)?.sessionDate);
    expect(dates).toEqual([undefined, '2026-11-27', '2026-11-27', undefined]);
  });

  it('finds the next open over a weekend, a holiday, and both together', () => {
    const next = ['2026-11-20T21:00Z', '2026-11-25T21:00Z', '2026-12-24T18:00Z', '2018-12-04T21:00Z'];
    expect(next.map((text) => iso(calendar.nextOpen(at(text))))).toEqual([
      '2026-11-23T14:30Z',
      '2026-11-27T14:30Z',
      '2026-12-28T14:30Z',
      '2018-12-06T14:30Z',
    ]);
  });

  it('finds the next open across both changes of the clocks', () => {
    expect(iso(calendar.nextOpen(at('2026-03-06T21:00Z')))).toBe('2026-03-09T13:30Z');
    expect(iso(calendar.nextOpen(at('2026-10-30T20:00Z')))).toBe('2026-11-02T14:30Z');
  });

  it('counts an open as past and a close as over', () => {
    const [monday, tuesday] = ['2026-11-23', '2026-11-24'];
    const open = at('2026-11-23T14:30Z');
    const close = at('2026-11-23T21:00Z');
    expect(calendar.nextSession(open - 1).sessionDate).toBe(monday);
    expect(calendar.nextSession(open).sessionDate).toBe(tuesday);
    expect(calendar.previousSession(close - 1).sessionDate).toBe('2026-11-20');
    expect(calendar.previousSession(close).sessionDate).toBe(monday);
  });

  it('lists sessions by their open, the first included and the last not', () => {
    const [from, until] = [at('2026-11-25T14:30Z'), at('2026-11-30T14:30Z')];
    const dates = (a: number, b: number) => calendar.sessions(a, b).map((session) => session.sessionDate);
    expect(dates(from, until)).toEqual(['2026-11-25', '2026-11-27']);
    expect(dates(from + 1, until + 1)).toEqual(['2026-11-27', '2026-11-30']);
    expect(dates(until, from)).toEqual([]);
  });

  it('counts minutes of regular time only', () => {
    const minutes = (a: string, b: string) => calendar.tradingMinutesBetween(at(a), at(b));
    expect(minutes('2026-11-23T14:30Z', '2026-11-23T21:00Z')).toBe(390);
    expect(minutes('2026-11-27T09:00Z', '2026-11-28T09:00Z')).toBe(210);
    expect(minutes('2026-11-25T20:59:30Z', '2026-11-27T14:31Z')).toBe(1.5);
    expect(minutes('2026-11-27T14:31Z', '2026-11-25T20:59:30Z')).toBe(-1.5);
    expect(minutes('2026-11-28T00:00Z', '2026-11-29T00:00Z')).toBe(0);
  });

  it('adds minutes of regular time, and ends a count at the close that completes it', () => {
    const add = (text: string, minutes: number) => iso(calendar.addTradingMinutes(at(text), minutes));
    expect(add('2026-11-25T20:30Z', 30)).toBe('2026-11-25T21:00Z');
    expect(add('2026-11-25T20:30Z', 31)).toBe('2026-11-27T14:31Z');
    expect(add('2026-11-27T17:30Z', 60)).toBe('2026-11-30T15:00Z');
    expect(add('2026-11-26T12:00Z', 210)).toBe('2026-11-27T18:00Z');
    expect(add('2026-11-26T12:00Z', 0)).toBe('2026-11-26T12:00Z');
  });
});

describe('lastEnd', () => {
  const lastEnd = (text: string): string => iso(calendar.lastEnd(at(text)));

  it('is the close of a session, and once the hours after it are over, their end', () => {
    expect(lastEnd('2026-11-20T20:59:00Z')).toBe('2026-11-20T01:00Z');
    expect(lastEnd('2026-11-20T21:00:00Z')).toBe('2026-11-20T21:00Z');
    expect(lastEnd('2026-11-21T00:59:00Z')).toBe('2026-11-20T21:00Z');
    expect(lastEnd('2026-11-21T01:00:00Z')).toBe('2026-11-21T01:00Z');
    expect(lastEnd('2026-11-23T14:29:00Z')).toBe('2026-11-21T01:00Z');
  });
});

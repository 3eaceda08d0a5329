import { beforeEach, describe, expect, it } from 'vitest';
import { calendarById } from '../../../calendar/index.ts';
import { SilenceWatch } from './silence.ts';

const calendar = calendarById('XNYS');
const LIMIT = 125_000;
const calm = { began: null, ended: null, replace: false };

let watch: SilenceWatch;
const at = (time: string, date = '2026-11-23') => Date.parse(`${date}T${time}Z`);
const watching = (from: number, symbols = ['SPY', 'AIG']) => {
  watch = new SilenceWatch({ calendar, symbols, limitMs: LIMIT, from });
  watch.streaming(from);
};
/** As it is asked: a second before, and then. */
const check = (instant: number) => {
  watch.check(instant - 1_000);
  return watch.check(instant);
};
const bar = (symbol: string, heard: number) => watch.bar(symbol, heard - 61_000, heard);

describe('silence in session', () => {
  // Open 14:30, close 21:00.
  beforeEach(() => watching(at('15:00:00')));

  it('is told once, after two bars and what they may be late', () => {
    bar('SPY', at('15:01:01'));
    expect(check(at('15:03:07'))).toEqual(calm);
    expect(watch.check(at('15:03:08'))).toMatchObject({ began: { since: at('15:01:01') } });
    expect(watch.check(at('15:03:09'))).toMatchObject({ began: null });
    expect(watch.stalledSince).toBe(at('15:01:01'));
  });

  it('is not believed at once by a process that slept', () => {
    expect(watch.check(at('16:00:00'))).toEqual(calm);
    bar('SPY', at('16:00:01'));
    expect(watch.check(at('16:00:02'))).toEqual(calm);
  });

  it('is none while any symbol speaks', () => {
    for (let minute = 1; minute <= 9; minute += 1) bar('SPY', at(`15:0${minute}:01`));
    expect(check(at('15:10:30'))).toEqual(calm);
  });

  it('ends with a bar, which tells since when it was', () => {
    check(at('15:05:00'));
    expect(bar('AIG', at('15:06:01'))).toEqual({ since: at('15:00:00') });
    expect(bar('AIG', at('15:07:01'))).toBeNull();
    expect(check(at('15:07:02'))).toEqual(calm);
    expect(watch.stalledSince).toBeNull();
  });

  it('replaces a socket that is open and mute, each as long as the first', () => {
    expect(check(at('15:02:07'))).toMatchObject({ replace: true });
    watch.disconnected();
    expect(check(at('15:04:00'))).toMatchObject({ replace: false });
    watch.streaming(at('15:04:00'));
    expect(check(at('15:06:00'))).toMatchObject({ replace: false });
    expect(check(at('15:06:07'))).toMatchObject({ began: null, replace: true });
  });

  it('is told of a connection that is lost, too', () => {
    watch.disconnected();
    expect(check(at('15:02:07'))).toEqual({ ...calm, began: { since: at('15:00:00') } });
  });

  it('is counted from the open, not from the evening before', () => {
    watching(at('20:00:00', '2026-11-20'));
    bar('SPY', at('21:00:01', '2026-11-20'));
    expect(check(at('14:32:00'))).toEqual(calm);
    expect(check(at('14:32:07'))).toMatchObject({ began: { since: at('14:30:00') } });
  });
});

describe('silence out of session', () => {
  it.each([
    ['at night', '03:00:00', '2026-11-23'],
    ['before the open', '14:29:59', '2026-11-23'],
    ['after the close', '21:05:00', '2026-11-23'],
    ['on a weekend', '16:00:00', '2026-11-22'],
    ['on a holiday', '16:00:00', '2026-11-26'],
    ['after the close of a half day, at 13:00 in New York', '18:05:00', '2026-11-27'],
  ])('is normal %s', (_when, time, date) => {
    watching(at('00:00:00', '2026-11-20'));
    expect(check(at(time, date))).toEqual(calm);
  });

  it('is told on a half day until its close', () => {
    watching(at('17:00:00', '2026-11-27'));
    expect(check(at('17:59:00', '2026-11-27'))).toMatchObject({ began: {} });
    expect(check(at('18:00:00', '2026-11-27'))).toEqual({
      began: null,
      ended: { since: at('17:00:00', '2026-11-27'), by: 'CLOSE' },
      replace: false,
    });
  });

  it('is normal where the calendar has no data', () => {
    watching(0);
    expect(watch.check(calendar.validUntil)).toEqual(calm);
    expect(watch.check(calendar.validFrom - 1)).toEqual(calm);
  });
});

describe('a halt', () => {
  beforeEach(() => watching(at('15:00:00')));
  const status = (symbol: string, trading: 'HALTED' | 'TRADING' | null, heard: number) => {
    watch.status(symbol, trading, heard, heard);
  };

  it('of every symbol makes silence normal', () => {
    status('SPY', 'HALTED', at('15:01:00'));
    status('AIG', 'HALTED', at('15:01:00'));
    expect(check(at('15:30:00'))).toEqual(calm);
  });

  it('of one symbol does not', () => {
    status('SPY', 'HALTED', at('15:01:00'));
    expect(check(at('15:30:00'))).toMatchObject({ began: {} });
  });

  it('ends a silence that was told', () => {
    check(at('15:05:00'));
    status('SPY', 'HALTED', at('15:06:00'));
    status('AIG', 'HALTED', at('15:06:00'));
    expect(watch.check(at('15:06:01'))).toEqual({ ...calm, ended: { since: at('15:00:00'), by: 'HALT' } });
  });

  it('lets two bars pass after the first symbol trades again', () => {
    status('SPY', 'HALTED', at('15:01:00'));
    status('AIG', 'HALTED', at('15:01:00'));
    status('AIG', 'TRADING', at('15:20:00'));
    expect(check(at('15:22:00'))).toEqual(calm);
    expect(check(at('15:22:07'))).toMatchObject({ began: { since: at('15:20:00') } });
  });

  it('is not lifted by a status about something else', () => {
    status('SPY', 'HALTED', at('15:01:00'));
    status('AIG', 'HALTED', at('15:01:00'));
    status('AIG', null, at('15:02:00'));
    expect(check(at('15:30:00'))).toEqual(calm);
  });

  it('is over when a bar of a later minute comes, and not when the minute before it is told', () => {
    status('SPY', 'HALTED', at('15:01:30'));
    status('AIG', 'HALTED', at('15:01:30'));
    watch.bar('SPY', at('15:01:00'), at('15:02:01'));
    expect(check(at('15:30:00'))).toEqual(calm);
    watch.bar('SPY', at('15:30:00'), at('15:31:01'));
    expect(check(at('15:34:00'))).toMatchObject({ began: {} });
  });
});

import { describe, expect, it } from 'vitest';
import { local, xnys } from './bars.fixture.ts';
import { expiryOf } from './entry-window.ts';
import { labelSpecs } from './label-spec.ts';

function minutes(publishedAt: number, decisionBarStart: number): number {
  return expiryOf({ publishedAt, decisionBarStart, calendar: xnys, spec: labelSpecs['1m'] });
}

function daily(publishedAt: number): number {
  return expiryOf({ publishedAt, decisionBarStart: local('09:30'), calendar: xnys, spec: labelSpecs['1d'] });
}

describe('expiryOf', () => {
  it('gives a minute signal five trading minutes, but none after the close of its session', () => {
    expect(minutes(local('10:01'), local('10:00'))).toBe(local('10:06'));
    expect(minutes(local('15:57'), local('15:56'))).toBe(local('16:00'));
    expect(minutes(local('16:00:01'), local('15:59'))).toBe(local('16:00'));
  });

  it('gives a decision before the open the first minutes of the session', () => {
    expect(minutes(local('09:00'), local('08:59'))).toBe(local('09:35'));
  });

  it('gives a daily signal the next session with an open that an order can reach', () => {
    const [monday, tuesday] = [local('09:30', '2026-11-23'), local('09:30', '2026-11-24')];
    expect(daily(local('16:01'))).toBe(tuesday);
    expect(daily(monday - 1_000)).toBe(tuesday);
    expect(daily(monday - 999)).toBe(local('09:30', '2026-11-25'));
  });
});

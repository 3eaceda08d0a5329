import { expect, it } from 'vitest';
import { marketHours, onWeekdays } from './market-hours.ts';

it('reads the hours of a market out of its calendar', () => {
  expect(marketHours('XNYS')).toEqual({ timeZone: 'America/New_York', opens: 570, closes: 960 });
  expect(() => marketHours('nowhere')).toThrow('nowhere');
});

it('says them as cron does', () => {
  expect(onWeekdays(540)).toBe('0 9 * * 1-5');
  expect(onWeekdays(975)).toBe('15 16 * * 1-5');
});

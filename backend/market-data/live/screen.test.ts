import { describe, expect, it } from 'vitest';
import type { FeedBar } from './feed.ts';
import { Screen } from './screen.ts';

const OPEN = Date.parse('2026-11-20T14:30:00Z');
const MINUTE = 60_000;

function bar(minute: number, price: number, change: Partial<FeedBar> = {}): FeedBar {
  const barStart = OPEN + minute * MINUTE;
  const text = String(price);
  return {
    ...{ instrumentId: 'aapl-us', timeframe: '1m', segment: 'REGULAR', barStart, barEnd: barStart + MINUTE },
    ...{ open: text, high: text, low: text, close: text, volume: '100' },
    ...change,
  };
}

/** What a screen says of bars, each at its end; null for what it takes. */
function objections(bars: readonly FeedBar[], screen = new Screen()): (string | null)[] {
  return bars.map((one) => screen.objection(one, { time: one.barEnd, error: 0 }));
}

describe('the screen', () => {
  it('takes bars that can be true', () => {
    expect(objections([bar(0, 100), bar(1, 101), bar(2, 60), bar(3, 100)])).toEqual([null, null, null, null]);
  });

  it('refuses the future, as far as the clock may be wrong, and what is older than corrections are', () => {
    const screen = new Screen();
    const end = OPEN + MINUTE;
    expect(screen.objection(bar(0, 100), { time: end - 5_001, error: 0 })).toContain('the future');
    expect(screen.objection(bar(0, 100), { time: end - 5_001, error: 1 })).toBeNull();
    const old = screen.objection(bar(0, 100), { time: OPEN + 7 * 86_400_000 + 1, error: 0 });
    expect(old).toContain('expected within 7 days before');
  });

  it.each([
    ['a price that is not above zero', { low: '0' }, 'low is "0", expected a price above 0'],
    ['a negative price', { low: '-1' }, 'low is "-1", expected a price above 0'],
    ['a high below the low', { high: '99' }, 'high is "99", expected at least low, "100"'],
    ['an open outside', { open: '101' }, 'open is "101", expected between'],
    ['a close outside', { close: '99' }, 'close is "99", expected between'],
    ['a negative volume', { volume: '-5' }, 'volume is "-5", expected no less than 0'],
    ['what is no number', { high: 'NaN' }, 'high is "NaN"'],
  ])('refuses %s', (_what, change, reason) => {
    expect(objections([bar(0, 100, change)])[0]).toContain(reason);
  });

  it('refuses a jump as of a split or a misplaced point, and takes the price from the fifth bar that confirms it', () => {
    const told = objections([bar(0, 100), bar(1, 1_000), bar(2, 100)]);
    expect(told).toEqual([null, expect.stringContaining('close is "1000" after "100"'), null]);
    const split = objections([bar(0, 700), ...[1, 2, 3, 4, 5, 6].map((minute) => bar(minute, 100))]);
    expect(split.map((reason) => reason === null)).toEqual([true, false, false, false, false, true, true]);
  });

  it('knows a jump that a corporate action explains', () => {
    const screen = new Screen();
    expect(objections([bar(0, 700)], screen)).toEqual([null]);
    screen.rescale('aapl-us', 1 / 7);
    expect(objections([bar(1, 100.2)], screen)).toEqual([null]);
  });

  it('refuses a run of bars without volume, and takes the first bar that was traded again', () => {
    const still = [0, 1, 2, 3, 4, 5, 6].map((minute) => bar(minute, 100, { volume: '0' }));
    const told = objections([...still, bar(7, 100)]);
    expect(told.map((reason) => reason === null)).toEqual([true, true, true, true, true, true, false, true]);
    expect(told[6]).toContain('the feed repeats itself');
  });

  it('does not hold a late or corrected bar against newer ones, nor an instrument against another', () => {
    const screen = new Screen();
    expect(objections([bar(5, 100), bar(1, 40), bar(6, 101)], screen)).toEqual([null, null, null]);
    expect(objections([bar(7, 3, { instrumentId: 'f-us' })], screen)).toEqual([null]);
  });
});

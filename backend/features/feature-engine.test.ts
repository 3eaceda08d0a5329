import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarById } from '../calendar/index.ts';
import type { NumericBar } from '../market-data/bar.ts';
import { FeatureEngine } from './feature-engine.ts';
import { dailyBars, minuteBars, sessionsOf } from './random-walk.fixture.ts';
import { bitsOf, feature, keep, runEngine } from './run-engine.fixture.ts';

const MINUTE = 60_000;
const xnys = calendarById('XNYS');
const around = calendarById('24x7');

/** Monday to Friday: a half day on the 3rd, closed on the 4th. */
const week = sessionsOf(xnys, '2024-07-01', 4);
const bars = minuteBars(week, { seed: 11 });
const secondDay = 390;

describe('warming up', () => {
  it('gives no vector before the first session has ended', () => {
    const vectors = runEngine(bars, { calendar: xnys });
    expect(vectors.findIndex((vector) => vector !== null)).toBe(secondDay);
    expect(vectors.slice(secondDay)).not.toContain(null);
  });

  it('gives no vector before 60 bars lie behind it', () => {
    const late = bars.slice(secondDay - 10);
    expect(runEngine(late, { calendar: xnys }).findIndex((vector) => vector !== null)).toBe(60);
  });

  it('gives indicators from the 61st bar on, in whatever session', () => {
    const engine = new FeatureEngine({ timeframe: '1m' });
    const known = bars.slice(0, 62).map((bar) => {
      engine.update('one', bar, xnys);
      return engine.indicators('one') !== null;
    });
    expect(known.indexOf(true)).toBe(60);
    expect(engine.indicators('another')).toBeNull();
  });

  it('gives daily vectors from the 61st day on', () => {
    const days = dailyBars(sessionsOf(xnys, '2024-01-02', 70), { seed: 1 });
    const vectors = runEngine(days, { calendar: xnys, timeframe: '1d' });
    expect(vectors.findIndex((vector) => vector !== null)).toBe(60);
  });
});

describe('the gap flag', () => {
  it('stays down over nights, weekends, holidays and half days', () => {
    expect(flagged(bars)).toEqual([]);
  });

  it('stays up for the 60 bars whose windows span a missing minute', () => {
    const hole = secondDay + 100;
    expect(flagged(without(bars, [hole]))).toEqual(range(hole, 60));
  });

  it('goes up when the last minute of a session is missing', () => {
    expect(flagged(without(bars, [2 * 390 - 1]))).toEqual(range(2 * 390 - 1, 60));
  });

  it('goes up when the first minute of a session is missing', () => {
    expect(flagged(without(bars, [2 * 390]))).toEqual(range(2 * 390, 60));
  });

  it('goes up when a whole session is missing', () => {
    const [first, , ...rest] = sessionsOf(xnys, '2024-07-01', 5);
    const lacking = minuteBars(
      [first, ...rest].flatMap((session) => session ?? []),
      { seed: 12 },
    );
    expect(flagged(lacking)).toEqual(range(390, 60));
  });

  it('says nothing of what lies before the first bar of all', () => {
    expect(flagged(bars.slice(300))).toEqual([]);
  });

  it('goes up at midnight too where the market never closes', () => {
    const days = minuteBars(sessionsOf(around, '2024-03-01', 3), { seed: 13 });
    expect(flagged(days, around)).toEqual([]);
    expect(flagged(without(days, [2_880]), around)).toEqual(range(2_880, 60));
  });

  it('goes up for 60 daily bars when a session is missing, and for no holiday', () => {
    const days = dailyBars(sessionsOf(xnys, '2023-09-01', 260), { seed: 14 });
    expect(flagged(days, xnys, '1d')).toEqual([]);
    expect(flagged(without(days, [100]), xnys, '1d')).toEqual(range(100, 60));
  });

  function flagged(some: readonly NumericBar[], calendar = xnys, timeframe: '1m' | '1d' = '1m'): number[] {
    const vectors = runEngine(some, { calendar, timeframe });
    return vectors.flatMap((vector, index) => (vector?.gap ? [index] : []));
  }
});

describe('a session', () => {
  it('has its own VWAP: at its first bar that is the price of this bar', () => {
    const engine = new FeatureEngine({ timeframe: '1m' });
    const vwaps = bars.map((bar) => {
      engine.update('one', bar, xnys);
      return engine.indicators('one')?.vwap;
    });
    const [open, next] = bars.slice(secondDay) as [NumericBar, NumericBar];
    const turnover = typical(open) * open.volume + typical(next) * next.volume;
    expect(vwaps[secondDay]).toBeCloseTo(typical(open), 10);
    expect(vwaps[secondDay + 1]).toBeCloseTo(turnover / (open.volume + next.volume), 10);
  });

  it('has elapsed by its own length, also on a half day', () => {
    const elapsed = runEngine(bars, { calendar: xnys }).map((vector) => feature(vector, 'sessionElapsed'));
    expect(elapsed[secondDay]).toBe(1 / 390);
    expect(elapsed[2 * 390 - 1]).toBe(1);
    expect(elapsed[2 * 390]).toBe(1 / 210);
    expect(elapsed[2 * 390 + 209]).toBe(1);
  });

  it('keeps the gap between its open and the last close for all its bars', () => {
    const gaps = runEngine(bars, { calendar: xnys }).map((vector) => feature(vector, 'overnightGap'));
    const expected = (bars[390]?.open ?? 0) / (bars[389]?.close ?? 0) - 1;
    expect(new Set(gaps.slice(390, 780))).toEqual(new Set([expected]));
    expect(gaps[780]).not.toBe(expected);
  });

  it('is one day for daily bars, whose gap is that of this day', () => {
    const days = dailyBars(sessionsOf(xnys, '2024-01-02', 70), { seed: 1 });
    const vector = runEngine(days, { calendar: xnys, timeframe: '1d' })[65];
    expect(feature(vector, 'overnightGap')).toBe((days[65]?.open ?? 0) / (days[64]?.close ?? 0) - 1);
    expect(feature(vector, 'sessionElapsed')).toBe(0);
  });

  it('is found for daily bars that start at local midnight', () => {
    const days = dailyBars(sessionsOf(xnys, '2024-01-02', 130), { seed: 1 });
    const midnight = days.map((bar) => ({ ...bar, barStart: bar.barStart - 570 * MINUTE }));
    const [atOpen, atMidnight] = [days, midnight].map((some) => runEngine(some, { calendar: xnys, timeframe: '1d' }));
    expect(bitsOf(atMidnight ?? [])).toEqual(bitsOf(atOpen ?? []));
  });
});

describe('without trades', () => {
  it('VWAP is the close and the volume is as usual', () => {
    const silent = bars.map((bar) => ({ ...bar, volume: 0 }));
    const last = runEngine(silent, { calendar: xnys }).at(-1);
    expect(feature(last, 'closeToVwap')).toBe(0);
    expect(feature(last, 'volumeZ60')).toBe(0);
  });

  it('a price that stands still gives neutral numbers', () => {
    const still = bars.map((bar) => ({ ...bar, open: 7.01, high: 7.01, low: 7.01, close: 7.01 }));
    const last = runEngine(still, { calendar: xnys }).at(-1);
    expect(feature(last, 'rsi14')).toBe(0.5);
    expect(feature(last, 'bollingerPercentB')).toBe(0.5);
    expect(feature(last, 'bollingerWidth')).toBe(0);
    expect(feature(last, 'realisedVolatility60')).toBe(0);
    expect(last?.atr).toBeLessThan(1e-12);
  });
});

describe('bars that are not the next one', () => {
  const plain = bitsOf(runEngine(bars, { calendar: xnys }));

  it('are ignored when they repeat or correct an earlier one', () => {
    const engine = new FeatureEngine({ timeframe: '1m' });
    const answers = bars.map((bar, index) => {
      const answer = keep(engine.update('one', bar, xnys));
      const corrected = { ...(bars[index - (index % 3)] ?? bar), close: bar.low, volume: 1e6 };
      expect(engine.update('one', corrected, xnys)).toBeNull();
      return answer;
    });
    expect(bitsOf(answers)).toEqual(plain);
  });

  it('are ignored when they lie outside the regular hours', () => {
    const answers = runEngine(withExtendedHours(bars), { calendar: xnys });
    expect(bitsOf(answers.filter((_, index) => withExtendedHours(bars)[index]?.segment === 'REGULAR'))).toEqual(plain);
  });

  it('count when their segment is asked for, and belong to the session of their trade date', () => {
    const all = withExtendedHours(bars);
    const vectors = runEngine(all, { calendar: xnys, segments: ['PRE', 'REGULAR', 'POST'] });
    const first = all.findIndex(({ barStart }) => barStart >= (week[1]?.open ?? 0));
    expect(feature(vectors[first - 1], 'sessionElapsed')).toBe(0);
    expect(feature(vectors[first - 2], 'sessionElapsed')).toBe(-1 / 390);
    expect(feature(vectors[first - 1], 'overnightGap')).toBe(feature(vectors[first + 200], 'overnightGap'));
    expect(vectors[first]?.gap).toBe(true);
    expect(vectors[first + 100]?.gap).toBe(false);
  });

  /** Half an hour around each session, which leaves most of PRE and POST without a bar: a gap, but one that ends. */
  function withExtendedHours(some: readonly NumericBar[]): NumericBar[] {
    return some.flatMap((bar) => {
      const session = xnys.sessionAt(bar.barStart);
      const shifted = (segment: 'PRE' | 'POST', minutes: number): NumericBar[] =>
        range(0, 30).map((minute) => {
          const barStart = bar.barStart + (minutes + minute) * MINUTE;
          return { ...bar, segment, barStart, barEnd: barStart + MINUTE, knownTime: barStart + MINUTE };
        });
      if (bar.barStart === session?.open) return [...shifted('PRE', -30), bar];
      return bar.barEnd === session?.close ? [bar, ...shifted('POST', 1)] : [bar];
    });
  }
});

describe('bars that cannot be', () => {
  const [bar] = bars as [NumericBar];

  it.each([
    ['a price that is no number', { close: Number.NaN }],
    ['a price of zero', { low: 0 }],
    ['a negative volume', { volume: -1 }],
    ['an endless volume', { volume: Number.POSITIVE_INFINITY }],
    ['a close above the high', { close: bar.high + 1 }],
    ['an open below the low', { open: bar.low - 1 }],
    ['an end before the start', { barEnd: bar.barStart - 1 }],
  ])('are refused: %s', (_, wrong) => {
    const engine = new FeatureEngine({ timeframe: '1m' });
    expect(() => engine.update('SPY', { ...bar, ...wrong }, xnys)).toThrow(/^bar of "SPY" is \{.*expected low <= open/);
  });

  it('are refused when no session holds them', () => {
    const engine = new FeatureEngine({ timeframe: '1m' });
    const night = Date.parse('2024-07-02T06:00:00Z');
    const misplaced = { ...bar, barStart: night, barEnd: night + MINUTE };
    expect(() => engine.update('SPY', misplaced, xnys)).toThrow(/"SPY".*a start in a session of calendar XNYS/);
  });

  it('leave the engine as it was', () => {
    const engine = new FeatureEngine({ timeframe: '1m' });
    const answers = bars.map((good) => {
      expect(() => engine.update('one', { ...good, volume: -1 }, xnys)).toThrow(RangeError);
      return keep(engine.update('one', good, xnys));
    });
    expect(bitsOf(answers)).toEqual(bitsOf(runEngine(bars, { calendar: xnys })));
  });
});

describe('every vector', () => {
  it('depends on nothing that comes later', () => {
    const plain = bitsOf(runEngine(bars, { calendar: xnys }));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: bars.length - 1 }),
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        (t, factor) => {
          const changed = bars.map((bar, index) => (index > t ? scaled(bar, factor) : bar));
          expect(bitsOf(runEngine(changed, { calendar: xnys })).slice(0, t + 1)).toEqual(plain.slice(0, t + 1));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('depends on no other instrument, nor on the room that there was', () => {
    const days = minuteBars(sessionsOf(around, '2024-07-01', 2), { seed: 15, missing: 0.05 });
    const engine = new FeatureEngine({ timeframe: '1m', capacity: 1 });
    const mixed = days.map((bar, index) => {
      const other = bars[index];
      return [
        keep(engine.update('crypto', bar, around)),
        other ? keep(engine.update('stock', other, xnys)) : null,
        keep(engine.update(`filler ${index % 7}`, bar, around)),
      ] as const;
    });
    expect(bitsOf(mixed.map(([crypto]) => crypto))).toEqual(bitsOf(runEngine(days, { calendar: around })));
    const stock = mixed.map(([, answer]) => answer).slice(0, bars.length);
    expect(bitsOf(stock)).toEqual(bitsOf(runEngine(bars, { calendar: xnys })));
  });

  it('has no scale: prices in another unit give the same features', () => {
    const [cheap, dear] = [1, 1_024].map((factor) =>
      runEngine(
        bars.map((bar) => scaled(bar, factor)),
        { calendar: xnys },
      ).at(-1),
    );
    expect(dear?.values).toEqual(cheap?.values);
    expect(dear?.atr).toBe((cheap?.atr ?? 0) * 1_024);
  });
});

function scaled(bar: NumericBar, factor: number): NumericBar {
  const { open, high, low, close } = bar;
  return { ...bar, open: open * factor, high: high * factor, low: low * factor, close: close * factor };
}

function typical({ high, low, close }: NumericBar): number {
  return (high + low + close) / 3;
}

function without(some: readonly NumericBar[], holes: readonly number[]): NumericBar[] {
  return some.filter((_, index) => !holes.includes(index));
}

function range(from: number, length: number): number[] {
  return Array.from({ length }, (_, index) => from + index);
}

import { describe, expect, it } from 'vitest';
import { calendarById, type Session } from '../calendar/index.ts';
import { type NumericBar, type SourceBar, type Timeframe, toNumeric } from '../market-data/bar.ts';
import { FEATURE_NAMES } from './feature-spec.ts';
import { dailyBars, minuteBars, sessionsOf } from './random-walk.fixture.ts';
import { runEngine } from './run-engine.fixture.ts';

const xnys = calendarById('XNYS');

/** Prices in multiples of 7 cents: a seventh of each is a whole cent. */
function written(bar: NumericBar, timeframe: Timeframe, factor: number): SourceBar {
  const price = (value: number): string => ((Math.max(1, Math.round(value / 0.07)) * 7) / factor / 100).toFixed(2);
  return {
    instrumentId: 'one',
    timeframe,
    barStart: bar.barStart,
    barEnd: bar.barEnd,
    knownTime: bar.knownTime,
    segment: bar.segment,
    open: price(bar.open),
    high: price(bar.high),
    low: price(bar.low),
    close: price(bar.close),
    volume: String(bar.volume * factor),
  };
}

/** The same market twice: never split, and split from a session on, raw and with its scale. */
function worlds(bars: readonly NumericBar[], timeframe: Timeframe, from: Session) {
  const isAfter = (bar: NumericBar): boolean => bar.barStart >= from.open;
  const raw = bars.map((bar) => written(bar, timeframe, isAfter(bar) ? 7 : 1));
  return {
    whole: bars.map((bar) => toNumeric(written(bar, timeframe, 1))),
    raw: raw.map(toNumeric),
    split: raw.map((bar) => toNumeric(bar.barStart >= from.open ? { ...bar, priceScale: '7' } : bar)),
  };
}

describe.each([
  ['1m', sessionsOf(xnys, '2024-07-08', 4), 2, minuteBars],
  ['1d', sessionsOf(xnys, '2024-01-02', 160), 100, dailyBars],
] as const)('a 7:1 split between two bars of %s', (timeframe, sessions, at, make) => {
  const from = sessions[at];
  if (from === undefined) throw new Error('no session');
  const { whole, raw, split } = worlds(make(sessions, { seed: 11 }), timeframe, from);
  const run = (bars: readonly NumericBar[]) => runEngine(bars, { calendar: xnys, timeframe });
  const first = split.findIndex(({ barStart }) => barStart >= from.open);

  it('leaves each feature, the ATR and the close as they are without one', () => {
    const [expected, found] = [run(whole), run(split)];
    expect(found.filter((vector) => vector !== null).length).toBeGreaterThan(50);
    for (const [index, vector] of found.entries()) {
      const other = expected[index] ?? null;
      if (vector === null || other === null) {
        expect(vector).toBe(other);
        continue;
      }
      for (const [place, name] of FEATURE_NAMES.entries()) near(vector.values[place], other.values[place], name);
      near(vector.atr, other.atr, 'ATR');
      near(vector.close, other.close, 'close');
    }
  });

  it('would be a jump in them without its scale', () => {
    const [before, after] = run(raw).slice(first - 1, first + 1);
    expect((after?.atr ?? 0) / (before?.atr ?? 1)).toBeGreaterThan(3);
    expect((after?.close ?? 0) / (before?.close ?? 1)).toBeLessThan(0.2);
    const continuous = run(split).slice(first - 1, first + 1);
    expect((continuous[1]?.close ?? 0) / (continuous[0]?.close ?? 1)).toBeCloseTo(1, 1);
  });
});

function near(found: number | undefined, expected: number | undefined, name: string): void {
  const [a = Number.NaN, b = Number.NaN] = [found, expected];
  expect(Math.abs(a - b), name).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(b)));
}

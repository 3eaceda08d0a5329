import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarById, type TradingCalendar } from '../calendar/index.ts';
import type { NumericBar, Timeframe } from '../market-data/bar.ts';
import { WARM_UP_BARS } from './feature-spec.ts';
import { dailyBars, minuteBars, sessionsOf } from './random-walk.fixture.ts';
import { bitsOf, runEngine } from './run-engine.fixture.ts';

type Case = {
  readonly calendar: TradingCalendar;
  readonly timeframe: Timeframe;
  readonly make: (seed: number, missing: number, flat: number) => NumericBar[];
  readonly periodOf: (bar: NumericBar) => string;
};

const xnys = calendarById('XNYS');
const around = calendarById('24x7');
const fiveSessions = sessionsOf(xnys, '2024-06-27', 5);
const twoDays = sessionsOf(around, '2024-06-27', 2);
const fourYears = sessionsOf(xnys, '2020-01-02', 1_000);

const cases: Record<string, Case> = {
  'minute bars of a stock': {
    calendar: xnys,
    timeframe: '1m',
    make: (seed, missing, flat) => minuteBars(fiveSessions, { seed, missing, flat }),
    periodOf: ({ barStart }) => xnys.localDate(barStart),
  },
  'minute bars round the clock': {
    calendar: around,
    timeframe: '1m',
    make: (seed, missing, flat) => minuteBars(twoDays, { seed, missing, flat, step: 0.01 }),
    periodOf: ({ barStart }) => around.localDate(barStart),
  },
  'daily bars': {
    calendar: xnys,
    timeframe: '1d',
    make: (seed, missing, flat) => dailyBars(fourYears, { seed, missing, flat, step: 0.02 }),
    periodOf: ({ barStart }) => xnys.localDate(barStart).slice(0, 7),
  },
};

describe.each(Object.entries(cases))('an engine that is fed %s', (_, { calendar, timeframe, make, periodOf }) => {
  const run = (bars: readonly NumericBar[]) => bitsOf(runEngine(bars, { calendar, timeframe }));

  it('from 512 bars before an anchor on gives the same bits from this anchor on', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom(0, 0.02, 0.3),
        fc.constantFrom(0, 0.01),
        fc.nat(),
        fc.option(fc.nat(), { nil: 0, freq: 1 }),
        (seed, missing, flat, anyAnchor, anyMore) => {
          const bars = make(seed, missing, flat);
          const anchors = anchorsOf(bars);
          const anchor = anchors[anyAnchor % anchors.length] ?? 0;
          const most = Math.max(0, anchor - WARM_UP_BARS);
          const from = most - (anyMore % (most + 1));
          expect(run(bars.slice(from)).slice(anchor - from)).toEqual(run(bars).slice(anchor));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('from 200 bars before an anchor on gives other bits: the warm-up is no ornament', () => {
    const bars = make(1, 0, 0);
    const anchor = anchorsOf(bars).findLast((index) => index >= WARM_UP_BARS) ?? 0;
    const from = anchor - 200;
    expect(run(bars.slice(from)).slice(anchor - from)).not.toEqual(run(bars).slice(anchor));
  });

  function anchorsOf(bars: readonly NumericBar[]): number[] {
    return bars.flatMap((bar, index) => {
      const before = bars[index - 1];
      return before && periodOf(before) !== periodOf(bar) ? [index] : [];
    });
  }
});

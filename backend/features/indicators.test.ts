import { ATR, BollingerBands, EMA, MACD, RSI, SMA, VWAP } from 'trading-signals';
import { describe, expect, it } from 'vitest';
import { calendarById, type Session, type TradingCalendar } from '../calendar/index.ts';
import type { NumericBar, Timeframe } from '../market-data/bar.ts';
import { FeatureEngine } from './feature-engine.ts';
import { FEATURE_NAMES, type FeatureName } from './feature-spec.ts';
import type { Indicators } from './indicators.ts';
import { dailyBars, minuteBars, sessionsOf } from './random-walk.fixture.ts';
import { feature, type KeptVector, keep } from './run-engine.fixture.ts';

const xnys = calendarById('XNYS');
const around = calendarById('24x7');

const xnysWeek = sessionsOf(xnys, '2024-07-01', 5);
const threeDays = sessionsOf(around, '2024-03-30', 3);
const fourYears = sessionsOf(xnys, '2019-01-02', 1_000);

type Series = { readonly calendar: TradingCalendar; readonly timeframe: Timeframe; readonly bars: NumericBar[] };
const series: Record<string, Series> = {
  'a random walk over a week with a half day': {
    calendar: xnys,
    timeframe: '1m',
    bars: minuteBars(xnysWeek, { seed: 1 }),
  },
  'a walk with flat stretches without volume': {
    calendar: xnys,
    timeframe: '1m',
    bars: minuteBars(xnysWeek, { seed: 2, flat: 0.02 }),
  },
  'a walk in which one minute in ten is missing': {
    calendar: xnys,
    timeframe: '1m',
    bars: minuteBars(xnysWeek, { seed: 3, missing: 0.1, flat: 0.005 }),
  },
  'a wild walk round the clock': {
    calendar: around,
    timeframe: '1m',
    bars: minuteBars(threeDays, { seed: 4, step: 0.02 }),
  },
  'daily bars of four years': {
    calendar: xnys,
    timeframe: '1d',
    bars: dailyBars(fourYears, { seed: 5, step: 0.02, missing: 0.01 }),
  },
};

/** From here on less than 1e-9 is left of the different seeds: (13/14)^300 = 2e-10, of a seed that is itself nearly right. */
const SEEDS_FADED = 300;

describe.each(Object.entries(series))('on %s', (_, { bars, calendar, timeframe }) => {
  const { vectors, indicators } = run(bars, calendar, timeframe);

  it('each indicator equals a plain computation to 1e-9', () => {
    const plain = plainIndicators(bars, calendar);
    expect(differences(indicators, plain, bars)).toEqual([]);
    expect(indicators.filter((values) => values !== null).length).toBe(bars.length - 60);
  });

  it('each indicator that trading-signals has equals it to 1e-9', () => {
    expect(differences(indicators, theirIndicators(bars, calendar), bars)).toEqual([]);
  });

  it('each feature equals a plain computation to 1e-9', () => {
    const wrong = plainFeatures(bars, calendar, timeframe).flatMap((plain, index) =>
      FEATURE_NAMES.flatMap((name) => {
        const ours = feature(vectors[index], name);
        if (index < SEEDS_FADED || ours === undefined) return [];
        return isClose(ours, plain[name], 1e-3) ? [] : [`${name} of bar ${index}: ${ours}, plainly ${plain[name]}`];
      }),
    );
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(vectors.slice(SEEDS_FADED).filter((vector) => vector !== null).length).toBeGreaterThan(500);
  });
});

describe('RSI without any move', () => {
  it('is 50, where trading-signals says 100', () => {
    const [first, ...rest] = minuteBars(xnysWeek.slice(0, 1), { seed: 1 });
    if (!first) throw new Error('no bars');
    const { open } = first;
    const flat = [first, ...rest].map((bar) => ({ ...bar, open, high: open, low: open, close: open }));
    const rsi = new RSI(14);
    for (const { close } of flat) rsi.add(close);
    expect(run(flat, xnys, '1m').indicators.at(-1)?.rsi14).toBe(50);
    expect(rsi.getResultOrThrow()).toBe(100);
  });
});

function run(bars: readonly NumericBar[], calendar: TradingCalendar, timeframe: Timeframe) {
  const engine = new FeatureEngine({ timeframe });
  const vectors: (KeptVector | null)[] = [];
  const indicators: (Indicators | null)[] = [];
  for (const bar of bars) {
    vectors.push(keep(engine.update('one', bar, calendar)));
    indicators.push(engine.indicators('one'));
  }
  return { vectors, indicators };
}

/** Differences of prices count as parts of the price: a MACD near zero is not asked to have nine digits of its own. */
function differences(
  ours: readonly (Indicators | null)[],
  others: readonly Partial<Indicators>[],
  bars: readonly NumericBar[],
): string[] {
  const wrong = ours.flatMap((values, index) => {
    if (values === null || index < SEEDS_FADED) return [];
    return Object.entries(others[index] ?? {}).flatMap(([name, other]) => {
      const own = values[name as keyof Indicators];
      const least = name.startsWith('macd') ? 1e-3 * (bars[index]?.close ?? 0) : 0;
      return isClose(own, other, least) ? [] : [`${name} of bar ${index}: ${own}, the other says ${other}`];
    });
  });
  return wrong.slice(0, 5);
}

function isClose(actual: number, expected: number, least: number): boolean {
  return Math.abs(actual - expected) <= 1e-9 * Math.max(Math.abs(expected), least);
}

function theirIndicators(bars: readonly NumericBar[], calendar: TradingCalendar): Partial<Indicators>[] {
  const sma = new SMA(20);
  const ema12 = new EMA(12);
  const ema26 = new EMA(26);
  const macd = new MACD(new EMA(12), new EMA(26), new EMA(9));
  const rsi = new RSI(14);
  const atr = new ATR(14);
  const bollinger = new BollingerBands(20, 2);
  let vwap = new VWAP();
  let session: Session | null = null;
  return bars.map((bar) => {
    const now = calendar.sessionAt(bar.barStart);
    if (now !== session) vwap = new VWAP();
    session = now;
    for (const indicator of [sma, ema12, ema26, macd, rsi, bollinger]) indicator.add(bar.close);
    atr.add(bar);
    vwap.add(bar);
    if (!sma.isStable || !macd.isStable) return {};
    const { macd: line, signal, histogram } = macd.getResultOrThrow();
    const { upper, middle, lower } = bollinger.getResultOrThrow();
    return {
      sma20: sma.getResultOrThrow(),
      ema12: ema12.getResultOrThrow(),
      ema26: ema26.getResultOrThrow(),
      macd: line,
      macdSignal: signal,
      macdHistogram: histogram,
      rsi14: rsi.getResultOrThrow(),
      atr14: atr.getResultOrThrow(),
      bollingerUpper: upper,
      bollingerMiddle: middle,
      bollingerLower: lower,
      ...(vwap.isStable && { vwap: vwap.getResultOrThrow() }),
    };
  });
}

function plainIndicators(bars: readonly NumericBar[], calendar: TradingCalendar): Indicators[] {
  const closes = bars.map((bar) => bar.close);
  const changes = closes.map((close, index) => close - (closes[index - 1] ?? close));
  const ema12 = exponential(closes, 2 / 13);
  const ema26 = exponential(closes, 2 / 27);
  const macd = ema12.map((fast, index) => fast - at(ema26, index));
  const macdSignal = exponential(macd, 2 / 10);
  const gains = exponential(
    changes.map((change) => Math.max(change, 0)),
    1 / 14,
  );
  const losses = exponential(
    changes.map((change) => Math.max(-change, 0)),
    1 / 14,
  );
  const atr14 = exponential(
    bars.map(({ high, low }, index) => trueRange(high, low, closes[index - 1])),
    1 / 14,
  );

  return bars.map((_, index) => {
    const last20 = closes.slice(Math.max(0, index - 19), index + 1);
    const last60 = bars.slice(Math.max(0, index - 59), index + 1);
    const middle = mean(last20);
    const band = 2 * deviation(last20);
    const rsi14 = (100 * at(gains, index)) / (at(gains, index) + at(losses, index));
    return {
      sma20: middle,
      ema12: at(ema12, index),
      ema26: at(ema26, index),
      macd: at(macd, index),
      macdSignal: at(macdSignal, index),
      macdHistogram: at(macd, index) - at(macdSignal, index),
      rsi14,
      atr14: at(atr14, index),
      bollingerUpper: middle + band,
      bollingerMiddle: middle,
      bollingerLower: middle - band,
      vwap: plainVwap(bars, index, calendar),
      realisedVolatility60: deviation(logReturns(closes.slice(Math.max(0, index - 60), index + 1))),
      volumeMean60: mean(last60.map(({ volume }) => volume)),
      volumeDeviation60: deviation(last60.map(({ volume }) => volume)),
    };
  });
}

function plainFeatures(
  bars: readonly NumericBar[],
  calendar: TradingCalendar,
  timeframe: Timeframe,
): Record<FeatureName, number>[] {
  const indicators = plainIndicators(bars, calendar);
  const ago = (index: number, n: number) => bars[index - n]?.close ?? Number.NaN;
  return bars.map(({ barStart, barEnd, close, volume }, index) => {
    const { sma20, macd, macdHistogram, rsi14, atr14, bollingerUpper, bollingerLower, vwap, ...rest } = at(
      indicators,
      index,
    );
    const session = calendar.sessionAt(barStart);
    const bands = bollingerUpper - bollingerLower;
    const opening = bars.findIndex((bar) => bar.barStart >= (session?.open ?? 0));
    const elapsed = (barEnd - (session?.open ?? 0)) / ((session?.close ?? 0) - (session?.open ?? 0));
    return {
      closeToSma20: close / sma20 - 1,
      macdToClose: macd / close,
      macdHistogramToClose: macdHistogram / close,
      rsi14: rsi14 / 100,
      atr14ToClose: atr14 / close,
      bollingerPercentB: bands === 0 ? 0.5 : (close - bollingerLower) / bands,
      bollingerWidth: bands / sma20,
      closeToVwap: close / vwap - 1,
      return1: close / ago(index, 1) - 1,
      return5: close / ago(index, 5) - 1,
      return15: close / ago(index, 15) - 1,
      return60: close / ago(index, 60) - 1,
      realisedVolatility60: rest.realisedVolatility60,
      volumeZ60: rest.volumeDeviation60 === 0 ? 0 : (volume - rest.volumeMean60) / rest.volumeDeviation60,
      sessionElapsed: timeframe === '1d' ? 0 : elapsed,
      overnightGap: (bars[opening]?.open ?? Number.NaN) / ago(opening, 1) - 1,
    };
  });
}

function plainVwap(bars: readonly NumericBar[], index: number, calendar: TradingCalendar): number {
  const { barStart, close } = at(bars, index);
  const open = calendar.sessionAt(barStart)?.open ?? Number.NaN;
  let turnover = 0;
  let traded = 0;
  for (let i = index; i >= 0 && at(bars, i).barStart >= open; i--) {
    const bar = at(bars, i);
    turnover += ((bar.high + bar.low + bar.close) / 3) * bar.volume;
    traded += bar.volume;
  }
  return traded === 0 ? close : turnover / traded;
}

/** The first value is the seed. */
function exponential(values: readonly number[], weight: number): number[] {
  let average = at(values, 0);
  return values.map((value) => {
    average += weight * (value - average);
    return average;
  });
}

function trueRange(high: number, low: number, previous: number | undefined): number {
  if (previous === undefined) return high - low;
  return Math.max(high - low, Math.abs(high - previous), Math.abs(low - previous));
}

function logReturns(closes: readonly number[]): number[] {
  return closes.slice(1).map((close, index) => Math.log(close / at(closes, index)));
}

/** By distances from the first value, so that the mean of equal values is that value. */
function mean(values: readonly number[]): number {
  const first = values[0] ?? Number.NaN;
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

function at<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no value at ${index}`);
  return value;
}

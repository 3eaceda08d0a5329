import { calendarById, type TradingCalendar } from '../calendar/index.ts';
import type { Bar } from '../market-data/bar.ts';
import { expiryOf } from './entry-window.ts';
import { type LabelSpec, labelSpecFor } from './label-spec.ts';
import { makePlan, type Side } from './plan.ts';
import type { OpenSignal } from './settlement.ts';

/** A full New York session, 09:30 to 16:00 local. */
const FRIDAY = '2026-11-20';
/** Ends at 13:00 local. */
export const HALF_DAY = '2026-11-27';

export const xnys: TradingCalendar = calendarById('XNYS');

/** A New York wall time in November 2026. */
export function local(time: string, date = FRIDAY): number {
  return Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}-05:00`);
}

type BarParts = Partial<Omit<Bar, 'open' | 'high' | 'low' | 'close'>> & { readonly date?: string };

/** A 1-minute bar that is known as soon as it ends. `prices` are open, high, low, close. */
export function minute(time: string, prices: readonly number[], parts: BarParts = {}): Bar {
  const { date, ...given } = parts;
  const barStart = local(time, date);
  const [open, high, low, close] = prices.map(String);
  return {
    instrumentId: 'spy',
    timeframe: '1m',
    barStart,
    barEnd: barStart + 60_000,
    knownTime: barStart + 60_000,
    segment: xnys.segmentAt(barStart),
    open: open ?? '',
    high: high ?? open ?? '',
    low: low ?? open ?? '',
    close: close ?? open ?? '',
    volume: '1000000',
    priceScale: '1',
    haltedMs: 0,
    revision: 0,
    ingestSeq: 0,
    sourceId: 'fixture',
    ...given,
  };
}

type SignalParts = {
  readonly id?: string;
  readonly side?: Side;
  /** Start of the decision bar. */
  readonly decision?: string;
  readonly date?: string;
  readonly instrumentId?: string;
};

/** Decided at 100.00 with an ATR of 0.20: LONG has its stop at 99.40 and its target at 100.90, SHORT at 100.60 and 99.10. */
export function signal({
  id = 'a',
  side = 'LONG',
  decision = '10:00',
  date = FRIDAY,
  instrumentId = 'spy',
}: SignalParts = {}): OpenSignal {
  const decisionBarStart = local(decision, date);
  return signalOf({
    id,
    side,
    instrumentId,
    decisionBarStart,
    knownTime: decisionBarStart + 60_000,
    close: 100,
    atr: 0.2,
  });
}

type Decision = {
  readonly id: string;
  readonly side: Side;
  readonly instrumentId: string;
  readonly decisionBarStart: number;
  readonly knownTime: number;
  readonly close: number;
  readonly atr: number;
  readonly spec?: LabelSpec;
  /** Default 1. */
  readonly priceScale?: string;
};

export function signalOf(decision: Decision): OpenSignal {
  const {
    id,
    side,
    instrumentId,
    decisionBarStart,
    knownTime,
    close,
    atr,
    spec = labelSpecFor('1m', 'XNYS'),
    priceScale = '1',
  } = decision;
  const plan = makePlan({ side, close, atr, priceScale: Number(priceScale), tick: '0.01', spec });
  if (plan === null) throw new Error('no plan');
  const publishedAt = knownTime + spec.publishLatencyMs;
  return {
    id,
    instrumentId,
    calendar: xnys,
    tick: '0.01',
    timeframe: spec.timeframe,
    plan,
    priceScale,
    publishedAt,
    expiresAt: expiryOf({ publishedAt, decisionBarStart, calendar: xnys, spec }),
    decisionBarStart,
    dataFrom: decisionBarStart - 60 * 60_000,
  };
}

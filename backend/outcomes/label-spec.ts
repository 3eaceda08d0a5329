import type { Timeframe } from '../market-data/bar.ts';
import type { CostSpec } from './costs.ts';
import type { EntryWindow } from './entry-window.ts';

/** Everything that decides what a signal of a timeframe promises and how it is judged. Part of a model's identity. */
export type LabelSpec = {
  readonly timeframe: Timeframe;
  /** Trading minutes from the entry to the time barrier; those of a halt do not count. */
  readonly horizonMinutes: number;
  /** Distance of the stop from the reference price, in ATR. */
  readonly stopAtr: number;
  readonly targetAtr: number;
  /** Leave at the close of the session in which the decision was made. */
  readonly flatAtClose: boolean;
  readonly entryWindow: EntryWindow;
  /** What a client needs from publication until its order is at the market. */
  readonly clientLatencyMs: number;
  /** What the platform needs from knowing a bar until the signal is published. */
  readonly publishLatencyMs: number;
  readonly costs: CostSpec;
};

// Half spread: at least half a tick, the least that a quoted market can have. No commission: what Alpaca takes for US equities.
// Slippage: an order of 10,000 of the currency, with the constants of Zipline's and LEAN's volume share model.
const equityCosts: CostSpec = {
  halfSpreadTicks: 0.5,
  commissionPerUnit: 0,
  commissionRatio: 0,
  slippage: { orderValue: 10_000, volumeLimit: 0.025, priceImpact: 0.1 },
  borrowRatioPerYear: 0,
};

/** For markets with sessions of 390 minutes. Ten of them are the horizon of a daily signal. */
export const labelSpecs: Readonly<Record<Timeframe, LabelSpec>> = {
  '1m': {
    timeframe: '1m',
    horizonMinutes: 60,
    stopAtr: 3,
    targetAtr: 4.5,
    flatAtClose: true,
    entryWindow: { kind: 'MINUTES', minutes: 5 },
    clientLatencyMs: 1_000,
    publishLatencyMs: 50,
    costs: equityCosts,
  },
  '1d': {
    timeframe: '1d',
    horizonMinutes: 3_900,
    stopAtr: 2,
    targetAtr: 3,
    flatAtClose: false,
    entryWindow: { kind: 'NEXT_SESSION' },
    clientLatencyMs: 1_000,
    publishLatencyMs: 50,
    costs: equityCosts,
  },
};

// Coins: sessions of 1,440 minutes, and a fee that is a share of the value (Alpaca's first taker tier: 0.25 % a side).
const coinCosts: CostSpec = { ...equityCosts, commissionRatio: 0.0025 };
const aroundTheClock: Readonly<Record<Timeframe, LabelSpec>> = {
  '1m': { ...labelSpecs['1m'], costs: coinCosts },
  '1d': { ...labelSpecs['1d'], horizonMinutes: 14_400, costs: coinCosts },
};

/** The spec for the instruments of a calendar. */
export function labelSpecFor(timeframe: Timeframe, calendarId: string): LabelSpec {
  return (calendarId === '24x7' ? aroundTheClock : labelSpecs)[timeframe];
}

import type { Clock } from '../../../backend/platform/clock.ts';

/** How the time of a market follows that of this machine: at `real` it was `market` there, both in unix seconds, and it runs so many times as fast. */
export type MarketTime = { readonly real: number; readonly market: number; readonly speed: number };

/** Reads a clock that runs at a speed. It holds until that clock leaps. */
export function marketTime(clock: Clock & { readonly speed: number }): MarketTime {
  return { real: Date.now() / 1_000, market: clock.now() / 1_000, speed: clock.speed };
}

/** The market's time at a moment of this machine, both in unix seconds. */
export function marketAt({ real, market, speed }: MarketTime, moment: number): number {
  return market + (moment - real) * speed;
}

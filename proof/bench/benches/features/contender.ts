import type { Market } from './market.ts';

/** What each of them has to say after each bar, in the instrument's units. */
export const NAMES = [
  'sma20',
  'ema12',
  'ema26',
  'macd',
  'macdSignal',
  'macdHistogram',
  'rsi14',
  'atr14',
  'bollingerUpper',
  'bollingerMiddle',
  'bollingerLower',
  'vwap',
] as const;

/** Something that computes the indicators of all symbols, in loops of its own: calls from outside would cost as much as the work. */
export interface Contender {
  /** Forgets everything. */
  begin(): void;
  /** Takes the bars of these minutes. The answer is the sum of all RSIs on the way: what nobody used could be left out. */
  run(market: Market, fromMinute: number, untilMinute: number): number;
  /** What it says now of a symbol, in the order of NAMES. */
  values(symbol: number): readonly number[];
}

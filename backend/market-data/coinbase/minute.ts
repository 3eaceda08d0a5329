import type { Decimal } from '../bar.ts';
import { TIMEFRAMES } from '../bar.ts';
import { compareDecimals, sumOfDecimals } from '../decimal.ts';
import type { Trade } from './protocol/messages.ts';

const MINUTE = TIMEFRAMES['1m'];

/** A bar of a product; `start` in ms. */
export type MinuteBar = {
  readonly start: number;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: Decimal;
};

/**
 * A minute that is put together of its trades, each once, in whatever order they come: the first and the last one by number are open and
 * close, and the volume is the exact sum of the sizes.
 */
export class Minute {
  readonly start: number;
  #first: Trade;
  #last: Trade;
  #high: Decimal;
  #low: Decimal;
  #volume: Decimal;

  constructor(trade: Trade) {
    this.start = minuteOf(trade.time);
    this.#first = trade;
    this.#last = trade;
    this.#high = trade.price;
    this.#low = trade.price;
    this.#volume = trade.size;
  }

  add(trade: Trade): void {
    if (trade.id < this.#first.id) this.#first = trade;
    if (trade.id > this.#last.id) this.#last = trade;
    if (compareDecimals(trade.price, this.#high) > 0) this.#high = trade.price;
    if (compareDecimals(trade.price, this.#low) < 0) this.#low = trade.price;
    this.#volume = sumOfDecimals(this.#volume, trade.size);
  }

  bar(): MinuteBar {
    const [open, close] = [this.#first.price, this.#last.price];
    return { start: this.start, open, high: this.#high, low: this.#low, close, volume: this.#volume };
  }
}

/** The minute in which an instant lies, by its beginning, ms. */
export function minuteOf(instant: number): number {
  return Math.floor(instant / MINUTE) * MINUTE;
}

/** The minutes of trades of one product, in the order of time. */
export function minutesOf(trades: Iterable<Trade>): MinuteBar[] {
  const minutes = new Map<number, Minute>();
  for (const trade of trades) {
    const known = minutes.get(minuteOf(trade.time));
    if (known === undefined) minutes.set(minuteOf(trade.time), new Minute(trade));
    else known.add(trade);
  }
  return [...minutes.values()].map((minute) => minute.bar()).sort((a, b) => a.start - b.start);
}

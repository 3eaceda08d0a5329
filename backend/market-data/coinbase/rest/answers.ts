import { z } from 'zod';
import { amount, instant, object, price, text, wholeNumber } from '../../venue/fields.ts';
import type { MinuteBar } from '../minute.ts';
import { positive, tradeId } from '../protocol/fields.ts';
import type { Trade } from '../protocol/messages.ts';

/** What can be traded, and the step of its price in the currency that it is quoted in, as they are told: of the hundreds few are ours. */
export type Product = {
  readonly id: string;
  readonly quote: string;
  readonly increment: string;
  /** Such as online or delisted. */
  readonly status: string;
};

/** https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-all-known-trading-pairs */
export const productsAnswer = z.array(
  object({ id: text, quote_currency: text, quote_increment: text, status: text }).transform(
    ({ id, quote_currency: quote, quote_increment: increment, status }): Product => ({ id, quote, increment, status }),
  ),
  'a list of products',
);

const candle = { start: wholeNumber, low: price, high: price, open: price, close: price, volume: amount };

/** [time in seconds, low, high, open, close, volume]. https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-candles */
export const candlesAnswer = z.array(
  z
    .array(z.unknown(), 'a list of six numbers')
    .transform((row): unknown => Object.fromEntries(Object.keys(candle).map((name, index) => [name, row[index]])))
    .pipe(object(candle).transform(({ start, ...values }): MinuteBar => ({ start: start * 1_000, ...values }))),
  'a list of candles',
);

/** The newest first. https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-trades */
export const tradesAnswer = z.array(
  object({ trade_id: tradeId, price: positive, size: positive, time: instant }).transform(
    ({ trade_id: id, time, ...values }): Omit<Trade, 'product'> => ({ id, ...values, time: time.time }),
  ),
  'a list of trades',
);

/** {"iso":"2015-01-07T23:47:25.201Z","epoch":1420674445.201}: the instant in ms. */
export const timeAnswer = object({ iso: instant }).transform(({ iso }) => iso.time);

export const failureAnswer = z.object({ message: z.string() });

import type { Decimal } from '../../bar.ts';
import { amount, moment, optional, price, wholeNumber } from '../../venue/fields.ts';

/** A bar as Alpaca tells it, by stream or by REST. https://docs.alpaca.markets/docs/real-time-stock-pricing-data#bars */
export type BarValues = {
  /** Where the bar begins, ms. */
  readonly barStart: number;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: Decimal;
  /** Null where the feed does not tell it. */
  readonly vwap: Decimal | null;
  readonly tradeCount: number | null;
};

export const barFields = {
  t: moment,
  o: price,
  h: price,
  l: price,
  c: price,
  v: amount,
  vw: optional(amount, null),
  n: optional(wholeNumber, null),
};

type Fields = {
  readonly [Name in keyof typeof barFields]: Exclude<ReturnType<(typeof barFields)[Name]['read']>, undefined>;
};

export function barValues({ t, o, h, l, c, v, vw, n }: Fields): BarValues {
  return { barStart: t, open: o, high: h, low: l, close: c, volume: v, vwap: vw, tradeCount: n };
}

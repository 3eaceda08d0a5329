import { z } from 'zod';
import { date, flag, instant, object, text } from '../../venue/fields.ts';
import { type BarValues, barFields, barValues } from '../protocol/bar.ts';

/** A recorded bar of a symbol. */
export type HistoricalBar = { readonly symbol: string } & BarValues;

export type BarsPage = { readonly bars: readonly HistoricalBar[]; readonly nextPageToken: string | null };

const bar = object(barFields).transform(barValues);

/** Sorted by symbol, then by time. https://docs.alpaca.markets/reference/stockbars */
export const barsPage = z
  .object(
    {
      bars: z.record(z.string(), z.array(bar, 'a list of bars'), 'lists of bars by symbol').nullable(),
      next_page_token: z.string('text or null').nullable(),
    },
    'an object',
  )
  .transform(({ bars, next_page_token: nextPageToken }): BarsPage => {
    const bySymbol = Object.entries(bars ?? {});
    return { bars: bySymbol.flatMap(([symbol, own]) => own.map((values) => ({ symbol, ...values }))), nextPageToken };
  });

/** https://docs.alpaca.markets/reference/legacyclock */
export const clockAnswer = object({
  timestamp: instant,
  is_open: flag,
  next_open: instant,
  next_close: instant,
}).transform((clock) => ({
  time: clock.timestamp.time,
  isOpen: clock.is_open,
  nextOpen: clock.next_open.time,
  nextClose: clock.next_close.time,
}));

/** A market day of Alpaca's calendar; times are HH:MM in New York. */
export type CalendarDay = { readonly sessionDate: string; readonly open: string; readonly close: string };

/** https://docs.alpaca.markets/reference/legacycalendar */
export const calendarAnswer = z.array(
  object({ date, open: text, close: text }).transform(
    (day): CalendarDay => ({ sessionDate: day.date, open: day.open, close: day.close }),
  ),
  'a list of market days',
);

export type Asset = {
  readonly id: string;
  readonly symbol: string;
  readonly name: string;
  /** Alpaca's name of the listing exchange: NASDAQ, NYSE, ARCA, ... */
  readonly exchange: string;
  /** us_equity, us_option or crypto. */
  readonly assetClass: string;
  readonly status: string;
  readonly tradable: boolean;
};

/** https://docs.alpaca.markets/reference/get-v2-assets-1 */
export const assetsAnswer = z.array(
  object({
    id: text,
    symbol: text,
    name: text,
    exchange: text,
    class: text,
    status: text,
    tradable: flag,
  }).transform(({ class: assetClass, ...asset }): Asset => ({ ...asset, assetClass })),
  'a list of assets',
);

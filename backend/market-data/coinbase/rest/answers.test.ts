import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { mistakeOf } from '../../venue/fields.ts';
import { decodeJson } from '../../venue/values.ts';
import { candlesAnswer, productsAnswer, timeAnswer, tradesAnswer } from './answers.ts';

// The examples of the pages that answers.ts names.
const CANDLES = '[[1415398768, 0.32, 4.2, 0.35, 4.2, 12.3]]';
const TRADES = `[
  {"trade_id":74,"side":"buy","size":"0.01000000","price":"10.00000000","time":"2014-11-07T22:19:28.578544Z"},
  {"trade_id":73,"side":"sell","size":"0.01000000","price":"100.00000000","time":"2014-11-07T01:08:43.642366Z"}
]`;
const PRODUCTS =
  '[{"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","quote_increment":"0.01000000","base_increment":"0.00000001","display_name":"BTC/USD","min_market_funds":"10","margin_enabled":false,"post_only":false,"limit_only":false,"cancel_only":false,"status":"online","status_message":"","auction_mode":true}]';
const TIME = '{"iso":"2015-01-07T23:47:25.201Z","epoch":1420674445.201}';

const read = <Out>(schema: z.ZodType<Out>, text: string) => schema.parse(decodeJson(text));

describe('a documented answer', () => {
  it('of candles is read in its order: time, low, high, open, close, volume', () => {
    expect(read(candlesAnswer, CANDLES)).toEqual([
      { start: 1_415_398_768_000, low: '0.32', high: '4.2', open: '0.35', close: '4.2', volume: '12.3' },
    ]);
  });

  it('of trades is read, the newest first', () => {
    expect(read(tradesAnswer, TRADES)).toEqual([
      { id: 74, price: '10', size: '0.01', time: Date.parse('2014-11-07T22:19:28.578Z') },
      { id: 73, price: '100', size: '0.01', time: Date.parse('2014-11-07T01:08:43.642Z') },
    ]);
  });

  it('of products is read, and of time', () => {
    expect(read(productsAnswer, PRODUCTS)).toEqual([
      { id: 'BTC-USD', quote: 'USD', increment: '0.01000000', status: 'online' },
    ]);
    expect(read(timeAnswer, TIME)).toBe(Date.parse('2015-01-07T23:47:25.201Z'));
  });
});

describe('an answer', () => {
  it('has the digits that were written, beyond what a double holds', () => {
    const [candle] = read(candlesAnswer, '[[1522800000,7422,7424.91,7424.91,7422,1234567890.123456789]]');
    expect(candle?.volume).toBe('1234567890.123456789');
  });

  it.each([
    [candlesAnswer, '{"message":"x"}', 'a list of candles'],
    [candlesAnswer, '[7]', 'a list of six numbers'],
    [candlesAnswer, '[[1415398768, 0.32, 4.2, 0.35, 4.2]]', '0.volume is missing, expected a decimal number'],
    [candlesAnswer, '[[1415398768, -1, 4.2, 0.35, 4.2, 1]]', '0.low is "-1", expected a positive decimal number'],
    [
      tradesAnswer,
      TRADES.replace('"10.00000000"', '10'),
      '0.price is "10", expected a positive decimal number in quotation',
    ],
    [timeAnswer, '{"epoch":1}', 'iso is missing, expected an instant'],
  ] as const)('that is not as documented names the field: %#', (schema, text, sentence) => {
    const { error } = (schema as z.ZodType).safeParse(decodeJson(text), { reportInput: true });
    expect(error === undefined ? '' : mistakeOf(error).sentence).toContain(sentence);
  });
});

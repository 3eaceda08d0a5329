import { joined, type RecordedBar } from '../../recorded/recording.ts';
import { instant } from './frames.ts';
import type { Timeline } from './timeline.ts';
import { productOf, type RecordedTrade } from './trades.ts';

/** What an answer is made from: the recorded time, ms, how far /time is off, and the recording. */
export type AnswerContext = { readonly now: number; readonly clockError: number; readonly timeline: Timeline };
/** The body is JSON text: numbers keep the digits of the recording. */
type PlainAnswer = { readonly status: number; readonly body: string; readonly headers?: Record<string, string> };
type Query = Readonly<Record<string, string>>;

const MINUTE = 60_000;
const MOST_CANDLES = 300;
const MOST_TRADES = 1_000;

/** The documented answer to a request. */
export function answer(context: AnswerContext, path: string, query: Query): PlainAnswer {
  if (path === '/time') return time(context);
  if (path === '/products') return ok(context.timeline.products.map(product));
  const [, id = '', what = ''] = /^\/products\/([^/]+)(?:\/(candles|trades))?$/.exec(path) ?? [];
  if (!context.timeline.products.includes(id)) return failed(404, 'NotFound');
  if (what === 'candles') return candles(context, id, query);
  return what === 'trades' ? trades(context, id, query) : ok(product(id));
}

/** https://docs.cdp.coinbase.com/exchange/rest-api/requests */
function time({ now, clockError }: AnswerContext): PlainAnswer {
  const at = Math.floor(now + clockError);
  return ok({ iso: new Date(at).toISOString(), epoch: at / 1_000 });
}

/** https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-all-known-trading-pairs */
function product(id: string): object {
  const [base, quote] = id.split('-');
  return {
    id,
    base_currency: base,
    quote_currency: quote,
    quote_increment: '0.01000000',
    base_increment: '0.00000001',
    display_name: `${base}-${quote}`,
    min_market_funds: '10',
    margin_enabled: false,
    post_only: false,
    limit_only: false,
    cancel_only: false,
    status: 'online',
    status_message: '',
    trading_disabled: false,
    fx_stablecoin: false,
    max_slippage_percentage: '0.02000000',
    auction_mode: false,
    high_bid_limit_percentage: '',
  };
}

/** https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-candles: the newest first, both ends included. */
function candles({ now, timeline }: AnswerContext, id: string, query: Query): PlainAnswer {
  if (query['granularity'] !== '60') return failed(400, 'Unsupported granularity');
  const [start, end] = [Date.parse(query['start'] ?? ''), Date.parse(query['end'] ?? '')];
  if (Number.isNaN(start + end)) return failed(400, 'invalid time range');
  if ((end - start) / MINUTE >= MOST_CANDLES) {
    const range = 'granularity too small for the requested time range';
    return failed(400, `${range}. Count of aggregations requested exceeds ${MOST_CANDLES}`);
  }
  const told = timeline.recording.bars.filter(
    (bar) => productOf(bar.symbol) === id && bar.start >= start && bar.start <= end && bar.start + MINUTE <= now,
  );
  const running = runningMinute(timeline.tradesAt(id, now), now);
  if (running !== null && running.start >= start && running.start <= end) told.push(running);
  const rows = told
    .toReversed()
    .map((bar) => `[${bar.start / 1_000},${bar.low},${bar.high},${bar.open},${bar.close},${bar.volume}]`);
  return { status: 200, body: `[${rows.join(',')}]` };
}

function runningMinute(made: readonly RecordedTrade[], now: number): RecordedBar | null {
  const start = Math.floor(now / MINUTE) * MINUTE;
  const own = made.slice(-100).filter(({ micros }) => micros >= start * 1_000);
  const bars = own.map(({ product: symbol, price, size }): RecordedBar => {
    return { symbol, start, open: price, high: price, low: price, close: price, volume: size };
  });
  return bars.length === 0 ? null : bars.reduce((whole, next) => joined(whole, next));
}

/** https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-trades: the newest first, with cursors. */
function trades({ now, timeline }: AnswerContext, id: string, query: Query): PlainAnswer {
  const limit = Math.min(Number(query['limit'] ?? MOST_TRADES), MOST_TRADES);
  const after = Number(query['after'] ?? Number.POSITIVE_INFINITY);
  const before = Number(query['before'] ?? Number.NEGATIVE_INFINITY);
  if (!(limit >= 1)) return failed(400, 'invalid limit');
  const made = timeline.tradesAt(id, now).filter((trade) => trade.id < after && trade.id > before);
  const page = made.slice(-limit).toReversed();
  const cursors = { 'cb-before': String(page[0]?.id ?? ''), 'cb-after': String(page.at(-1)?.id ?? '') };
  const rows = page.map(({ id: trade_id, side, size, price, micros }) => {
    return { trade_id, side, size, price, time: instant(micros) };
  });
  return { ...ok(rows), headers: page.length === 0 ? {} : cursors };
}

function ok(body: unknown): PlainAnswer {
  return { status: 200, body: JSON.stringify(body) };
}

function failed(status: number, message: string): PlainAnswer {
  return { status, body: JSON.stringify({ message }) };
}

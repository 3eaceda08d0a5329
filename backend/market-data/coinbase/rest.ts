import type { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import { TIMEFRAMES } from '../bar.ts';
import { systemTimer, type Timer } from '../pacing.ts';
import { endpointUrl } from '../venue/endpoint.ts';
import { VenueMalformed, VenueRefused, VenueUnavailable } from '../venue/errors.ts';
import { mistakeOf } from '../venue/fields.ts';
import { CALL_LIMITS, Caller, type CallLimits, type Circuit } from '../venue/http/caller.ts';
import type { Answer } from '../venue/http/transport.ts';
import type { ClockReading } from '../venue/venue-clock.ts';
import { type MinuteBar, minutesOf } from './minute.ts';
import type { Trade } from './protocol/messages.ts';
import {
  candlesAnswer,
  failureAnswer,
  type Product,
  productsAnswer,
  timeAnswer,
  tradesAnswer,
} from './rest/answers.ts';

export type RestOptions = {
  /** https://api.exchange.coinbase.com */
  readonly dataUrl: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly timer?: Timer;
  readonly limits?: Partial<CallLimits>;
  /** Told of each attempt, by the path that was asked, and how long it took. Refused: an answer 4xx, 429 too. */
  readonly onRequest?: (endpoint: string, outcome: 'ok' | 'refused' | 'failed', seconds: number) => void;
};

/** Minutes of one product that begin in [from, until), ms. */
export type MinutesRequest = { readonly product: string; readonly from: number; readonly until: number };

const MINUTE = TIMEFRAMES['1m'];
const TRADES = 'GET /products/{id}/trades';
/**
 * Less than what an address may ask for, without the burst: another program may share it.
 * https://docs.cdp.coinbase.com/exchange/rest-api/rate-limits: 10 requests a second, 15 in bursts, by IP.
 */
const LIMITS: CallLimits = { ...CALL_LIMITS, requests: 8, windowMs: 1_000 };
/** https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-candles#max-candles */
const MOST_CANDLES = 300;
/** https://docs.cdp.coinbase.com/exchange/rest-api/pagination */
const MOST_TRADES = 1_000;

/**
 * Coinbase Exchange's public market data over HTTP. Every method throws the signal's reason when it is aborted, VenueUnavailable when there
 * is no usable answer within the retries, VenueRefused when a person must change something, VenueMalformed when an answer is not as documented.
 */
export class CoinbaseRest {
  readonly #dataUrl: string;
  readonly #clock: Clock;
  readonly #caller: Caller;

  /** Throws a UserError when the address is none. */
  constructor({ dataUrl, clock, random, timer = systemTimer, limits, onRequest = () => undefined }: RestOptions) {
    this.#dataUrl = endpointUrl('COINBASE_DATA_URL', dataUrl, 'http');
    this.#clock = clock;
    const call = { venue: 'Coinbase', limits: { ...LIMITS, ...limits }, hide: (text: string) => text };
    this.#caller = new Caller({ ...call, timer, random, onRequest });
  }

  /** State of the circuit breaker that all requests share. */
  get circuit(): Circuit {
    return this.#caller.circuit;
  }

  /**
   * A page for each span of 300 minutes that has trades, in the order of time. Minutes without trades have no candle.
   * https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-candles
   */
  async *candles({ product, from, until }: MinutesRequest, signal: AbortSignal): AsyncGenerator<readonly MinuteBar[]> {
    for (let start = from; start < until; start += MOST_CANDLES * MINUTE) {
      const end = Math.min(start + MOST_CANDLES * MINUTE, until);
      // Both ends are included.
      const query = { granularity: '60', start: iso(start), end: iso(end - MINUTE) };
      const { value } = await this.#get(`/products/${product}/candles`, query, candlesAnswer, signal);
      // The newest come first, and "some of those candles may precede your declared start value".
      const own = value.filter((candle) => candle.start >= start && candle.start < end);
      if (own.length > 0) yield own.toSorted((a, b) => a.start - b.start);
    }
  }

  /**
   * Minutes as their trades make them: what candles tell only some time later. An answer that does not know of the trade `newest` is not yet
   * to be used: a VenueUnavailable.
   */
  async minutes(
    { product, from, until, newest }: MinutesRequest & { readonly newest: number | null },
    signal: AbortSignal,
  ): Promise<MinuteBar[]> {
    const trades = new Map<number, Trade>();
    let isFirst = true;
    for await (const page of this.#trades(product, signal)) {
      if (isFirst && newest !== null && !page.some(({ id }) => id >= newest))
        throw new VenueUnavailable('Coinbase', TRADES, `trade ${newest} of ${product} is not there yet`);
      isFirst = false;
      for (const trade of page) if (trade.time >= from && trade.time < until) trades.set(trade.id, trade);
      if (page.some(({ time }) => time < from)) break;
    }
    return minutesOf(trades.values());
  }

  /** https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-all-known-trading-pairs */
  async products(signal: AbortSignal): Promise<readonly Product[]> {
    return (await this.#get('/products', {}, productsAnswer, signal)).value;
  }

  /** https://docs.cdp.coinbase.com/exchange/rest-api/requests: "GET /time" */
  async clock(signal: AbortSignal): Promise<ClockReading> {
    const { value, tookMs } = await this.#get('/time', {}, timeAnswer, signal);
    const uncertaintyMs = Math.ceil(tookMs / 2);
    return { time: value, skewMs: Math.round(this.#clock.now() - uncertaintyMs - value), uncertaintyMs };
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await this.#caller.close();
  }

  /** From the newest one back. https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-trades */
  async *#trades(product: string, signal: AbortSignal): AsyncGenerator<readonly Trade[]> {
    const path = `/products/${product}/trades`;
    let oldest = Number.POSITIVE_INFINITY;
    for (let after: string | null = ''; after !== null; ) {
      const query: Record<string, string> = { limit: String(MOST_TRADES), ...(after === '' ? {} : { after }) };
      const { value, headers } = await this.#get(path, query, tradesAnswer, signal);
      if (value.length === 0) return;
      yield value.map((trade) => ({ ...trade, product }));
      const last = Math.min(...value.map(({ id }) => id));
      if (last >= oldest) {
        const mistake = `trade_id is "${last}" in a page after "${oldest}", expected older trades`;
        throw new VenueMalformed('Coinbase', TRADES, { field: 'trade_id', mistake });
      }
      oldest = last;
      const cursor = headers['cb-after'];
      after = typeof cursor === 'string' && /^\d{1,20}$/.test(cursor) ? cursor : null;
    }
  }

  async #get<Value>(
    path: string,
    query: Readonly<Record<string, string>>,
    schema: z.ZodType<Value>,
    signal: AbortSignal,
  ): Promise<Pick<Answer, 'headers'> & { readonly value: Value; readonly tookMs: number }> {
    signal.throwIfAborted();
    // The products have no place in a metric's label.
    const endpoint = `GET ${path.replace(/\/products\/[^/]+/, '/products/{id}')}`;
    const { origin, pathname } = new URL(this.#dataUrl);
    const search = new URLSearchParams(query).toString();
    const target = `${pathname.replace(/\/$/, '')}${path}${search === '' ? '' : `?${search}`}`;
    const headers = { 'user-agent': 'heliograph' };
    const answer = await this.#caller.get(endpoint, { origin, path: target, headers }, signal);
    if (answer.status !== 200) throw refusalOf(answer, `${origin}${path}`);

    const { success, data, error } = schema.safeParse(answer.content, { reportInput: true });
    if (success) return { value: data, headers: answer.headers, tookMs: answer.tookMs };
    const { field, sentence: mistake } = mistakeOf(error);
    throw new VenueMalformed('Coinbase', endpoint, { field, mistake });
  }
}

function refusalOf({ status, content, start }: Answer, where: string): VenueRefused {
  const { success, data } = failureAnswer.safeParse(content);
  const isProduct = status === 404 && where.includes('/products/');
  return new VenueRefused({
    venue: 'Coinbase',
    variables: isProduct ? ['COINBASE_PRODUCTS'] : [],
    code: status,
    said: success ? data.message : start,
    where,
    advice: isProduct
      ? 'expected products that Coinbase Exchange lists'
      : 'expected an answer to a request that it documents',
  });
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

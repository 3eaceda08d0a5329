import type { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { Timeframe } from '../bar.ts';
import { systemTimer, type Timer } from '../pacing.ts';
import { endpointUrl } from '../venue/endpoint.ts';
import { VenueMalformed } from '../venue/errors.ts';
import { mistakeOf } from '../venue/fields.ts';
import { CALL_LIMITS, Caller, type CallLimits, type Circuit } from '../venue/http/caller.ts';
import type { Answer } from '../venue/http/transport.ts';
import type { Credentials } from './credentials.ts';
import {
  type Asset,
  assetsAnswer,
  barsPage,
  type CalendarDay,
  calendarAnswer,
  clockAnswer,
  type HistoricalBar,
} from './rest/answers.ts';
import { type CorporateActionsPage, corporateActionsPage } from './rest/corporate-actions.ts';
import { refusalOf } from './rest/refusal.ts';

export type RestOptions = {
  /** https://data.alpaca.markets */
  readonly dataUrl: string;
  /** https://api.alpaca.markets, or https://paper-api.alpaca.markets for the keys of a paper account. */
  readonly tradingUrl: string;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly random: Random;
  readonly timer?: Timer;
  readonly limits?: Partial<CallLimits>;
  /** Told of each attempt, by the path that was asked, and how long it took. Refused: an answer 4xx, 429 too. */
  readonly onRequest?: (endpoint: string, outcome: 'ok' | 'refused' | 'failed', seconds: number) => void;
};

/** Times in ms; `until` is not included. */
export type BarsRequest = {
  readonly symbols: readonly string[];
  readonly timeframe: Timeframe;
  readonly from: number;
  readonly until: number;
  readonly feed: 'iex' | 'sip';
};

/** Alpaca's clock, and how far ours is from it. */
export type ClockReading = {
  readonly time: number;
  readonly isOpen: boolean;
  readonly nextOpen: number;
  readonly nextClose: number;
  /** Ours minus theirs, ms, wrong by at most the uncertainty (half of the way there and back). */
  readonly skewMs: number;
  readonly uncertaintyMs: number;
  /** The same from the Date header, which has whole seconds; null without one. */
  readonly headerSkewMs: number | null;
};

const TIMEFRAMES = { '1m': '1Min', '1d': '1Day' } as const satisfies Record<Timeframe, string>;
/** The free plan's; the headers of the answers correct it. https://alpaca.markets/support/usage-limit-api-calls */
const LIMITS: CallLimits = { ...CALL_LIMITS, requests: 200, windowMs: 60_000 };
/** Half of what is allowed: to read a page holds up everything else for tens of milliseconds. */
const MOST_BARS = 5_000;
const MOST_ACTIONS = 1_000;

/**
 * Alpaca's market data and calendar over HTTP. Every method throws the signal's reason when it is aborted, VenueUnavailable when there is
 * no usable answer within the retries, VenueRefused when a person must change something, VenueMalformed when an answer is not as documented.
 */
export class AlpacaRest {
  readonly #dataUrl: string;
  readonly #tradingUrl: string;
  readonly #credentials: Credentials;
  readonly #clock: Clock;
  readonly #caller: Caller;

  /** Throws a UserError when an address is none to which keys may be sent. */
  constructor(options: RestOptions) {
    const { credentials, clock, random, timer = systemTimer } = options;
    this.#dataUrl = endpointUrl('ALPACA_DATA_URL', options.dataUrl, 'http');
    this.#tradingUrl = endpointUrl('ALPACA_TRADING_URL', options.tradingUrl, 'http');
    this.#credentials = credentials;
    this.#clock = clock;
    const hide = (text: string) => credentials.hide(text);
    const { onRequest = () => undefined } = options;
    this.#caller = new Caller({
      venue: 'Alpaca',
      limits: { ...LIMITS, ...options.limits },
      timer,
      random,
      hide,
      onRequest,
    });
  }

  /** State of the circuit breaker that all requests share. */
  get circuit(): Circuit {
    return this.#caller.circuit;
  }

  /** Raw bars of the past, a page at a time, sorted by symbol and then by time. https://docs.alpaca.markets/reference/stockbars */
  async *bars(request: BarsRequest, signal: AbortSignal): AsyncGenerator<readonly HistoricalBar[]> {
    if (request.until <= request.from) return;
    const query = {
      symbols: request.symbols.join(','),
      timeframe: TIMEFRAMES[request.timeframe],
      start: new Date(request.from).toISOString(),
      // Their end is included, and no bar begins between two milliseconds.
      end: new Date(request.until - 1).toISOString(),
      limit: String(MOST_BARS),
      adjustment: 'raw',
      feed: request.feed,
      sort: 'asc',
    };
    for await (const { bars } of this.#pages('/v2/stocks/bars', query, barsPage, signal)) yield bars;
  }

  /** By the day on which Alpaca processed them, both dates (YYYY-MM-DD) included. https://docs.alpaca.markets/reference/corporateactions-1 */
  corporateActions(
    request: { readonly symbols: readonly string[]; readonly start: string; readonly end: string },
    signal: AbortSignal,
  ): AsyncGenerator<CorporateActionsPage> {
    const { symbols, start, end } = request;
    const query = { symbols: symbols.join(','), start, end, limit: String(MOST_ACTIONS), sort: 'asc' };
    return this.#pages('/v1/corporate-actions', query, corporateActionsPage, signal);
  }

  /** https://docs.alpaca.markets/reference/legacyclock */
  async clock(signal: AbortSignal): Promise<ClockReading> {
    const { value, headers, tookMs } = await this.#get(this.#tradingUrl, '/v2/clock', {}, clockAnswer, signal);
    const uncertaintyMs = Math.ceil(tookMs / 2);
    const ours = this.#clock.now() - uncertaintyMs;
    const header = Date.parse(String(headers['date']));
    const headerSkewMs = Number.isNaN(header) ? null : Math.round(ours - header);
    return { ...value, skewMs: Math.round(ours - value.time), uncertaintyMs, headerSkewMs };
  }

  /** Market days from `start` to `end` (YYYY-MM-DD), both included. https://docs.alpaca.markets/reference/legacycalendar */
  async calendar(
    request: { readonly start: string; readonly end: string },
    signal: AbortSignal,
  ): Promise<readonly CalendarDay[]> {
    return (await this.#get(this.#tradingUrl, '/v2/calendar', request, calendarAnswer, signal)).value;
  }

  /** US equities that are active. https://docs.alpaca.markets/reference/get-v2-assets-1 */
  async assets(signal: AbortSignal): Promise<readonly Asset[]> {
    const query = { status: 'active', asset_class: 'us_equity' };
    return (await this.#get(this.#tradingUrl, '/v2/assets', query, assetsAnswer, signal)).value;
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await this.#caller.close();
  }

  async *#pages<Page extends { readonly nextPageToken: string | null }>(
    path: string,
    query: Readonly<Record<string, string>>,
    schema: z.ZodType<Page>,
    signal: AbortSignal,
  ): AsyncGenerator<Page> {
    const seen = new Set<string>();
    for (let token: string | null = ''; token !== null; ) {
      const paged: Record<string, string> = token === '' ? query : { ...query, page_token: token };
      const page: Page = (await this.#get(this.#dataUrl, path, paged, schema, signal)).value;
      yield page;
      token = page.nextPageToken;
      if (token === null) return;
      if (token === '' || seen.has(token)) {
        const mistake = 'next_page_token came before, expected another page';
        throw new VenueMalformed('Alpaca', `GET ${path}`, { field: 'next_page_token', mistake });
      }
      seen.add(token);
    }
  }

  async #get<Value>(
    base: string,
    path: string,
    query: Readonly<Record<string, string>>,
    schema: z.ZodType<Value>,
    signal: AbortSignal,
  ): Promise<Pick<Answer, 'headers' | 'tookMs'> & { readonly value: Value }> {
    signal.throwIfAborted();
    const endpoint = `GET ${path}`;
    const { origin, pathname } = new URL(base);
    const search = new URLSearchParams(query).toString();
    const target = `${pathname.replace(/\/$/, '')}${path}${search === '' ? '' : `?${search}`}`;
    const request = { origin, path: target, headers: this.#credentials.headers() };
    const answer = await this.#caller.get(endpoint, request, signal);
    if (answer.status !== 200) throw refusalOf(answer, `${origin}${path}`, (text) => this.#credentials.hide(text));

    const { success, data, error } = schema.safeParse(answer.content, { reportInput: true });
    if (success) return { value: data, headers: answer.headers, tookMs: answer.tookMs };
    const { field, sentence } = mistakeOf(error);
    throw new VenueMalformed('Alpaca', endpoint, { field, mistake: this.#credentials.hide(sentence) });
  }
}

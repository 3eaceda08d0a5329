import { calendarById, type TradingCalendar } from '../../calendar/index.ts';
import { type Clock, wallClock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { type Provenance, TIMEFRAMES } from '../bar.ts';
import type { CorporateAction } from '../corporate-actions/action.ts';
import type { Instrument } from '../instrument.ts';
import type { FeedBar, HistoryRequest, LiveEvent, LiveFeed } from '../live/feed.ts';
import { systemTimer, type Timer } from '../pacing.ts';
import { isPassing } from '../venue/errors.ts';
import { openClock } from '../venue/open-clock.ts';
import { statusOf } from '../venue/status.ts';
import { VenueClock } from '../venue/venue-clock.ts';
import { toActions } from './actions.ts';
import { Credentials } from './credentials.ts';
import type { BarValues } from './protocol/bar.ts';
import type { Encoding } from './protocol/wire.ts';
import type { Asset } from './rest/answers.ts';
import { AlpacaRest, type RestOptions } from './rest.ts';
import { AlpacaStream, type FeedEvent, type StreamOptions } from './stream.ts';

export type AlpacaFeedOptions = {
  readonly key: string;
  readonly secret: string;
  readonly feed: 'iex' | 'sip';
  /** wss://stream.data.alpaca.markets; the feed's path is added. */
  readonly streamUrl: string;
  readonly dataUrl: string;
  readonly tradingUrl: string;
  readonly instruments: readonly Instrument[];
  readonly log: Logger;
  readonly random: Random;
  readonly encoding?: Encoding;
  readonly timer?: Timer;
  /** Where the venue's time is given: else the machine's with Alpaca's own hosts, and that of /v2/clock with others. */
  readonly clock?: Clock;
  readonly streamLimits?: StreamOptions['limits'];
  readonly restLimits?: RestOptions['limits'];
  readonly onRequest?: RestOptions['onRequest'];
};

const CALENDAR = 'XNYS';
/** Symbols in one request: their list stands in the address. */
const SYMBOLS_PER_REQUEST = 200;
const MINUTE = TIMEFRAMES['1m'];

/** Alpaca's market data, or a server that speaks as Alpaca does, as a live feed of 1-minute bars. */
export class AlpacaFeed implements LiveFeed {
  readonly clock: VenueClock;
  readonly facts: LiveFeed['facts'];
  readonly #options: AlpacaFeedOptions;
  readonly #credentials: Credentials;
  readonly #rest: AlpacaRest;
  readonly #timer: Timer;
  readonly #calendar: TradingCalendar = calendarById(CALENDAR);
  readonly #bySymbol: ReadonlyMap<string, Instrument>;
  #stream: AlpacaStream | null = null;
  #connections = 0;

  /** Throws a UserError that names the setting which does not fit. */
  constructor(options: AlpacaFeedOptions) {
    const { timer = systemTimer } = options;
    this.#options = options;
    this.#timer = timer;
    this.#credentials = new Credentials(options);
    const own = isAlpacas(options);
    this.clock = new VenueClock({
      ...{ venue: 'Alpaca', isOwn: own, clock: options.clock, timer, log: options.log },
      ask: (signal) => this.#rest.clock(signal),
    });
    this.facts = factsOf(options, own);
    this.#bySymbol = new Map(options.instruments.map((instrument) => [instrument.symbol, instrument]));
    this.#rest = restOf(options, this.#credentials, this.clock);
  }

  /** What Alpaca lists, for who does not know yet what to follow. */
  static async assets(options: Omit<AlpacaFeedOptions, 'instruments'>, signal: AbortSignal): Promise<readonly Asset[]> {
    const rest = restOf(options, new Credentials(options), wallClock);
    return rest.assets(signal).finally(() => rest.close());
  }

  /** The keys, the clock. With Alpaca's own hosts one that does not answer is waited for later; another host has to be there. */
  async open(signal: AbortSignal): Promise<void> {
    const { log, tradingUrl } = this.#options;
    await openClock(this.clock, { venue: 'Alpaca', variable: 'ALPACA_TRADING_URL', url: tradingUrl, log }, signal);
  }

  async *events(signal: AbortSignal): AsyncGenerator<LiveEvent> {
    const stream = this.#newStream();
    this.#stream = stream;
    const left = new AbortController();
    const over = AbortSignal.any([signal, left.signal]);
    const watching = this.clock.watch(over);
    try {
      for await (const event of stream.events(signal)) {
        if (event.kind === 'BAR') await this.clock.followLeap(event.barStart + MINUTE, over);
        yield* this.#translate(event);
      }
    } finally {
      left.abort();
      await watching;
      this.#stream = null;
    }
  }

  async *history(
    { instruments, from, until }: HistoryRequest,
    signal: AbortSignal,
  ): AsyncGenerator<readonly FeedBar[]> {
    const symbols = instruments.map(({ symbol }) => symbol);
    for (let index = 0; index < symbols.length; index += SYMBOLS_PER_REQUEST) {
      const request = {
        symbols: symbols.slice(index, index + SYMBOLS_PER_REQUEST),
        timeframe: '1m',
        from,
        until,
      } as const;
      for await (const page of this.#rest.bars({ ...request, feed: this.#options.feed }, signal))
        yield page.flatMap(({ symbol, ...values }) => this.#toBar(symbol, values) ?? []);
    }
  }

  async actions(
    { from, until }: { readonly from: string; readonly until: string },
    signal: AbortSignal,
  ): Promise<Omit<CorporateAction, 'knownTime'>[]> {
    const symbols = this.#options.instruments.map(({ symbol }) => symbol);
    const found: Omit<CorporateAction, 'knownTime'>[] = [];
    for (let index = 0; index < symbols.length; index += SYMBOLS_PER_REQUEST) {
      const request = { symbols: symbols.slice(index, index + SYMBOLS_PER_REQUEST), start: from, end: until };
      for await (const { actions } of this.#rest.corporateActions(request, signal))
        found.push(...actions.flatMap((action) => toActions(action, this.#bySymbol.get(action.symbol)?.id)));
    }
    return found;
  }

  isPassing(error: unknown): boolean {
    return isPassing(error);
  }

  clockError(): number {
    return this.clock.error;
  }

  status(): ReturnType<typeof statusOf> {
    const connections = this.#connections;
    return statusOf({ stream: this.#stream?.status(), circuit: this.#rest.circuit, connections, clock: this.clock });
  }

  async close(): Promise<void> {
    await this.#rest.close();
  }

  #newStream(): AlpacaStream {
    const { streamUrl, feed, log, random, encoding, streamLimits } = this.#options;
    const symbols = this.#options.instruments.map(({ symbol }) => symbol);
    return new AlpacaStream({
      url: `${streamUrl.replace(/\/$/, '')}/v2/${feed}`,
      credentials: this.#credentials,
      subscription: { bars: symbols, updatedBars: symbols, statuses: symbols },
      calendar: this.#calendar,
      clock: this.clock,
      ...{ random, log },
      timer: this.#timer,
      ...(encoding === undefined ? {} : { encoding }),
      ...(streamLimits === undefined ? {} : { limits: streamLimits }),
    });
  }

  *#translate(event: FeedEvent): Generator<LiveEvent> {
    const { at } = event;
    if (event.kind === 'BAR' || event.kind === 'UPDATED_BAR') {
      const bar = this.#toBar(event.symbol, event);
      yield bar === null
        ? {
            kind: 'REFUSED',
            reason: `symbol is "${event.symbol}", which was not asked for`,
            raw: JSON.stringify(event),
            at,
          }
        : { kind: 'BAR', bar, isCorrection: event.kind === 'UPDATED_BAR', at };
    } else if (event.kind === 'STATUS') {
      const instrument = this.#bySymbol.get(event.symbol);
      if (instrument !== undefined && event.trading !== null)
        yield {
          kind: event.trading === 'HALTED' ? 'HALTED' : 'RESUMED',
          instrumentId: instrument.id,
          time: event.time,
          at,
        };
    } else if (event.kind === 'CONNECTED') {
      this.#connections += 1;
      yield { kind: 'CONNECTED', missedSince: event.missedSince, at };
    } else if (event.kind === 'REFUSED') {
      yield { kind: 'REFUSED', reason: event.reason, raw: event.raw, at };
    } else if (event.kind === 'DISCONNECTED') {
      yield { kind: 'DISCONNECTED', reason: event.reason, retryInMs: event.retryInMs, at };
    } else if (event.kind === 'STALLED' || event.kind === 'RECOVERED') {
      yield event;
    }
    // Trades, quotes, daily bars and what changes them are not subscribed to: a minute that they change is told as an updated bar.
  }

  #toBar(symbol: string, values: BarValues): FeedBar | null {
    const instrument = this.#bySymbol.get(symbol);
    if (instrument === undefined) return null;
    const { barStart, open, high, low, close, volume } = values;
    return {
      instrumentId: instrument.id,
      timeframe: '1m',
      barStart,
      barEnd: barStart + MINUTE,
      segment: this.#calendar.segmentAt(barStart),
      ...{ open, high, low, close, volume },
    };
  }
}

function restOf(options: Omit<AlpacaFeedOptions, 'instruments'>, credentials: Credentials, clock: Clock): AlpacaRest {
  const { dataUrl, tradingUrl, random, timer = systemTimer, restLimits, onRequest } = options;
  return new AlpacaRest({
    ...{ dataUrl, tradingUrl, credentials, clock, random, timer },
    ...(restLimits === undefined ? {} : { limits: restLimits }),
    ...(onRequest === undefined ? {} : { onRequest }),
  });
}

/** Where Alpaca itself answers. Anybody else's data is a recording, whatever it says of itself. */
export function isAlpacas(urls: {
  readonly streamUrl: string;
  readonly dataUrl: string;
  readonly tradingUrl: string;
}): boolean {
  return [urls.streamUrl, urls.dataUrl, urls.tradingUrl].every(isAlpacasHost);
}

export function isAlpacasHost(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return /^(?:wss|https):$/.test(protocol) && hostname.endsWith('.alpaca.markets');
}

function factsOf({ feed, instruments, dataUrl }: AlpacaFeedOptions, own: boolean): LiveFeed['facts'] {
  const name = feed === 'iex' ? 'ALPACA_IEX' : 'ALPACA_SIP';
  const provenance: Provenance = own ? 'LIVE' : 'REPLAY';
  return {
    sourceId: own ? `alpaca-${feed}` : `alpaca-${feed}-replay-${new URL(dataUrl).hostname.replace(/[^a-z0-9]+/g, '-')}`,
    feed: name,
    provenance,
    licence: own
      ? `Alpaca market data (${feed === 'iex' ? 'IEX exchange only' : 'all US exchanges, consolidated'}); for the account's own use, not to be redistributed`
      : 'recorded bars served by another host; rights are the owner’s of the recording',
    instruments,
  };
}

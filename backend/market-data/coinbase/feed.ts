import { calendarById, type TradingCalendar } from '../../calendar/index.ts';
import { type Clock, wallClock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { TIMEFRAMES } from '../bar.ts';
import type { Instrument } from '../instrument.ts';
import type { FeedBar, HistoryRequest, LiveEvent, LiveFeed } from '../live/feed.ts';
import { Turns } from '../live/turns.ts';
import { systemTimer, type Timer } from '../pacing.ts';
import { isPassing } from '../venue/errors.ts';
import { openClock } from '../venue/open-clock.ts';
import { statusOf } from '../venue/status.ts';
import { VenueClock } from '../venue/venue-clock.ts';
import { type MinuteBar, minuteOf } from './minute.ts';
import type { Product } from './rest/answers.ts';
import { CoinbaseRest, type RestOptions } from './rest.ts';
import { CoinbaseStream, type StreamOptions } from './stream.ts';
import { Told } from './told.ts';

export type CoinbaseFeedOptions = {
  /** wss://ws-feed.exchange.coinbase.com */
  readonly streamUrl: string;
  /** https://api.exchange.coinbase.com */
  readonly dataUrl: string;
  /** Their symbols are Coinbase's names of products. */
  readonly instruments: readonly Instrument[];
  readonly log: Logger;
  readonly random: Random;
  readonly timer?: Timer;
  /** Where the venue's time is given: else the machine's with Coinbase's own hosts, and that of /time with others. */
  readonly clock?: Clock;
  readonly streamLimits?: StreamOptions['limits'];
  readonly restLimits?: RestOptions['limits'];
  readonly onRequest?: RestOptions['onRequest'];
};

const MINUTE = TIMEFRAMES['1m'];
/** Younger minutes are put together of their trades: a candle "may be incomplete" for a while. ms */
const RECENT = 5 * MINUTE;
const CALENDAR = '24x7';

/** Coinbase Exchange's public market data, or a server that speaks as it does, as a live feed of 1-minute bars made of its trades. */
export class CoinbaseFeed implements LiveFeed {
  readonly clock: VenueClock;
  readonly facts: LiveFeed['facts'];
  readonly #options: CoinbaseFeedOptions;
  readonly #rest: CoinbaseRest;
  readonly #timer: Timer;
  readonly #calendar: TradingCalendar = calendarById(CALENDAR);
  readonly #byProduct: ReadonlyMap<string, Instrument>;
  #stream: CoinbaseStream | null = null;
  #told: Told | null = null;

  /** Throws a UserError that names the setting which does not fit. */
  constructor(options: CoinbaseFeedOptions) {
    const { timer = systemTimer, log } = options;
    this.#options = options;
    this.#timer = timer;
    const isOwn = isCoinbases(options);
    this.clock = new VenueClock({
      ...{ venue: 'Coinbase', isOwn, clock: options.clock, timer, log },
      ask: (signal) => this.#rest.clock(signal),
    });
    this.facts = factsOf(options, isOwn);
    this.#byProduct = new Map(options.instruments.map((instrument) => [instrument.symbol, instrument]));
    this.#rest = restOf(options, this.clock);
  }

  /** What Coinbase lists, for who does not know yet what to follow. */
  static async products(
    options: Omit<CoinbaseFeedOptions, 'instruments'>,
    signal: AbortSignal,
  ): Promise<readonly Product[]> {
    const rest = restOf(options, wallClock);
    return rest.products(signal).finally(() => rest.close());
  }

  /** The clock. With Coinbase's own hosts one that does not answer is waited for later; another host has to be there. */
  async open(signal: AbortSignal): Promise<void> {
    const { log, dataUrl } = this.#options;
    await openClock(this.clock, { venue: 'Coinbase', variable: 'COINBASE_DATA_URL', url: dataUrl, log }, signal);
  }

  async *events(signal: AbortSignal): AsyncGenerator<LiveEvent> {
    const left = new AbortController();
    const over = AbortSignal.any([signal, left.signal]);
    const turns = new Turns<LiveEvent>();
    const stream = this.#newStream();
    const told = this.#newTold(turns, over);
    this.#stream = stream;
    this.#told = told;
    const watching = this.clock.watch(over);
    const pumping = turns.pump(told.events(stream.events(over)));
    try {
      for (;;) {
        for (const event of await turns.take(signal)) {
          if (event.kind === 'BAR') await this.clock.followLeap(event.bar.barEnd, over);
          yield event;
        }
      }
    } finally {
      left.abort();
      turns.leave();
      await Promise.all([pumping, watching, told.close()]);
      this.#stream = null;
    }
  }

  async *history(
    { instruments, from, until }: HistoryRequest,
    signal: AbortSignal,
  ): AsyncGenerator<readonly FeedBar[]> {
    const recent = Math.min(Math.max(from, minuteOf(this.clock.now() - RECENT)), until);
    for (const { symbol: product } of instruments) {
      for await (const page of this.#rest.candles({ product, from, until: recent }, signal))
        yield page.map((bar) => this.#toBar(product, bar));
      if (recent >= until) continue;
      const newest = this.#told?.newestOf(product) ?? null;
      const bars = await this.#rest.minutes({ product, from: recent, until, newest }, signal);
      if (bars.length > 0) yield bars.map((bar) => this.#toBar(product, bar));
    }
  }

  isPassing(error: unknown): boolean {
    return isPassing(error);
  }

  clockError(): number {
    return this.clock.error;
  }

  status(): ReturnType<typeof statusOf> {
    const connections = this.#told?.connections ?? 0;
    return statusOf({ stream: this.#stream?.status(), circuit: this.#rest.circuit, connections, clock: this.clock });
  }

  async close(): Promise<void> {
    await this.#rest.close();
  }

  #newStream(): CoinbaseStream {
    const { streamUrl, log, random, streamLimits } = this.#options;
    return new CoinbaseStream({
      url: streamUrl,
      products: [...this.#byProduct.keys()],
      ...{ clock: this.clock, random, log, timer: this.#timer },
      ...(streamLimits === undefined ? {} : { limits: streamLimits }),
    });
  }

  #newTold(turns: Turns<LiveEvent>, over: AbortSignal): Told {
    const { log, random } = this.#options;
    return new Told({
      products: [...this.#byProduct.keys()],
      clock: this.clock,
      toBar: (product, bar) => this.#toBar(product, bar),
      fetch: (request, signal) => this.#rest.minutes(request, signal),
      onRepaired: (event) => turns.push(event),
      onFailed: (error) => turns.fail(error),
      ...{ random, log, timer: this.#timer, over },
    });
  }

  #toBar(product: string, { start, ...values }: MinuteBar): FeedBar {
    return {
      instrumentId: this.#byProduct.get(product)?.id ?? product,
      timeframe: '1m',
      barStart: start,
      barEnd: start + MINUTE,
      segment: this.#calendar.segmentAt(start),
      ...values,
    };
  }
}

function restOf(options: Omit<CoinbaseFeedOptions, 'instruments'>, clock: Clock): CoinbaseRest {
  const { dataUrl, random, timer = systemTimer, restLimits, onRequest } = options;
  return new CoinbaseRest({
    ...{ dataUrl, clock, random, timer },
    ...(restLimits === undefined ? {} : { limits: restLimits }),
    ...(onRequest === undefined ? {} : { onRequest }),
  });
}

/** Where Coinbase Exchange itself answers; its sandbox invents trades. Anybody else's data is a recording, whatever it says of itself. */
export function isCoinbases(urls: { readonly streamUrl: string; readonly dataUrl: string }): boolean {
  return isCoinbasesHost(urls.streamUrl) && isCoinbasesHost(urls.dataUrl);
}

export function isCoinbasesHost(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return (
    (protocol === 'wss:' && hostname === 'ws-feed.exchange.coinbase.com') ||
    (protocol === 'https:' && hostname === 'api.exchange.coinbase.com')
  );
}

function factsOf({ instruments, dataUrl }: CoinbaseFeedOptions, isOwn: boolean): LiveFeed['facts'] {
  return {
    sourceId: isOwn ? 'coinbase' : `coinbase-replay-${new URL(dataUrl).host.replace(/[^a-z0-9]+/g, '-')}`,
    feed: 'COINBASE',
    provenance: isOwn ? 'LIVE' : 'REPLAY',
    licence: isOwn
      ? 'Coinbase Exchange public market data; its market data terms apply, not to be redistributed'
      : 'recorded bars served by another host; rights are the owner’s of the recording',
    instruments,
  };
}

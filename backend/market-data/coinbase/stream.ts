import { calendarById } from '../../calendar/index.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { TIMEFRAMES } from '../bar.ts';
import { systemTimer, type Timer } from '../pacing.ts';
import { endpointUrl } from '../venue/endpoint.ts';
import type { RefusedMessage } from '../venue/messages.ts';
import type { Heard, StreamEvent as VenueEvent } from '../venue/stream/events.ts';
import { SilenceWatch } from '../venue/stream/silence.ts';
import { VENUE_STREAM_LIMITS, VenueStream, type VenueStreamLimits } from '../venue/stream/venue-stream.ts';
import type { DataMessage } from './protocol/messages.ts';
import { CONNECTION_LIMITS, Connection, type ConnectionLimits } from './stream/connection.ts';

export type StreamLimits = ConnectionLimits & VenueStreamLimits;

const STREAM_LIMITS: StreamLimits = { ...CONNECTION_LIMITS, ...VENUE_STREAM_LIMITS };

export type StreamOptions = {
  /** wss://ws-feed.exchange.coinbase.com */
  readonly url: string;
  readonly products: readonly string[];
  /** The venue's time: the machine's, or that of a recording. */
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly timer?: Timer;
  readonly limits?: Partial<StreamLimits>;
};

/** What Coinbase's stream tells besides what every stream does. CONNECTED: subscribed, data follows. */
type Happened = DataMessage | RefusedMessage | { readonly kind: 'CONNECTED' };

/** What a reader of the stream is told, in order; `at` is when it was heard, by the stream's clock (ms). */
export type StreamEvent = Heard<Happened | VenueEvent>;

/** A silence that lasts as long as two bars is told. */
const SILENT_MS = 2 * TIMEFRAMES['1m'];

/**
 * Coinbase Exchange's channels "matches" and "heartbeat" as one sequence of events over as many connections as it takes: it connects,
 * subscribes, and does so again when a connection ends or falls silent. Heartbeats come of a quiet product, too.
 */
export class CoinbaseStream {
  readonly #clock: Clock;
  readonly #stream: VenueStream<Happened, Connection>;

  /** Throws a UserError when the address is none. */
  constructor(options: StreamOptions) {
    const { clock, products, random, log, timer = systemTimer } = options;
    const url = endpointUrl('COINBASE_STREAM_URL', options.url, 'ws');
    const limits = { ...STREAM_LIMITS, ...options.limits };
    const always = { calendar: calendarById('24x7'), symbols: products, from: clock.now() };
    const handlers = {
      onStreaming: () => this.#onStreaming(),
      onMessage: (message: DataMessage | RefusedMessage) => this.#onMessage(message),
    };
    this.#clock = clock;
    this.#stream = new VenueStream({
      ...{ venue: 'Coinbase', url, clock, random, log, timer, limits },
      silence: new SilenceWatch({ ...always, limitMs: SILENT_MS + limits.graceMs }),
      connect: () => new Connection({ url, products, limits, timer, ...handlers }),
    });
  }

  /** A "bar" of the counts is a trade here. */
  status() {
    return this.#stream.status();
  }

  /** As those of every stream of a venue. */
  events(signal: AbortSignal): AsyncGenerator<StreamEvent, never> {
    return this.#stream.events(signal);
  }

  #onStreaming(): void {
    this.#stream.streaming();
    this.#stream.tell({ kind: 'CONNECTED' });
  }

  #onMessage(message: DataMessage | RefusedMessage): void {
    if (message.kind === 'REFUSED') this.#stream.note(message);
    else {
      if (message.kind === 'MATCH') this.#stream.counts.bar(this.#clock.now());
      this.#stream.heard(message.product, message.time);
    }
    this.#stream.tell(message);
  }
}

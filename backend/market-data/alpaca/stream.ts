import { TIMEFRAMES } from '../bar.ts';
import { systemTimer } from '../pacing.ts';
import { endpointUrl } from '../venue/endpoint.ts';
import type { RefusedMessage } from '../venue/messages.ts';
import { SilenceWatch } from '../venue/stream/silence.ts';
import { VenueStream } from '../venue/stream/venue-stream.ts';
import type { DataMessage } from './protocol/messages.ts';
import { Connection } from './stream/connection.ts';
import type { FeedEvent, Happened } from './stream/events.ts';
import type { Missing } from './stream/handshake.ts';
import { STREAM_LIMITS, type StreamOptions, wholeSubscription } from './stream/options.ts';

export type { FeedEvent } from './stream/events.ts';
export type { StreamOptions } from './stream/options.ts';

const BAR_MS = TIMEFRAMES['1m'];
/** So many bars may be missing before silence is told. */
const SILENT_BARS = 2;

/**
 * Alpaca's stock stream as one sequence of events over as many connections as it takes: it connects, authenticates, subscribes, and does so
 * again when a connection ends or falls silent in session. An account may have one connection: one stream an account.
 */
export class AlpacaStream {
  readonly #options: StreamOptions;
  readonly #silence: SilenceWatch;
  readonly #stream: VenueStream<Happened, Connection>;
  /** From where on bars may be missing after the next connection. */
  #missedSince: number | null = null;

  /** Throws a UserError when the address is none to which keys may be sent. */
  constructor(options: StreamOptions) {
    const { clock, calendar, random, log, timer = systemTimer, credentials, encoding = 'json' } = options;
    const url = endpointUrl('ALPACA_STREAM_URL', options.url, 'ws');
    const subscription = wholeSubscription(options.subscription);
    const limits = { ...STREAM_LIMITS, ...options.limits };
    const limitMs = SILENT_BARS * BAR_MS + limits.graceMs;
    const handlers = {
      onStreaming: (missing: Missing) => this.#onStreaming(missing),
      onMessage: (message: DataMessage | RefusedMessage) => this.#onMessage(message),
    };
    this.#options = options;
    this.#silence = new SilenceWatch({ calendar, symbols: subscription.bars, limitMs, from: clock.now() });
    this.#stream = new VenueStream({
      ...{ venue: 'Alpaca', url, clock, random, log, timer, limits, silence: this.#silence },
      connect: () => new Connection({ url, encoding, credentials, subscription, limits, timer, ...handlers }),
    });
  }

  status() {
    return this.#stream.status();
  }

  /** As those of every stream of a venue. */
  events(signal: AbortSignal): AsyncGenerator<FeedEvent, never> {
    return this.#stream.events(signal);
  }

  #onStreaming(missing: Missing): void {
    const missedSince = this.#missedSince;
    this.#stream.streaming({ missedSince });
    if (Object.keys(missing).length > 0) this.#options.log.warn('Alpaca did not grant all that was asked', { missing });
    this.#stream.tell({ kind: 'CONNECTED', missedSince, missing });
    // Until a bar tells more, all that ends from now on may be missed.
    this.#missedSince ??= this.#options.clock.now() - BAR_MS;
  }

  #onMessage(message: DataMessage | RefusedMessage): void {
    const now = this.#options.clock.now();
    if (message.kind === 'REFUSED') this.#stream.note(message);
    if (message.kind === 'STATUS') this.#silence.status(message.symbol, message.trading, message.time, now);
    if (message.kind === 'BAR') {
      this.#stream.counts.bar(now);
      // Late trades change the bar before, so it is asked for again; a bar from the future takes nothing with it.
      this.#missedSince = Math.max(this.#missedSince ?? 0, Math.min(message.barStart, now) - BAR_MS);
      this.#stream.heard(message.symbol, message.barStart);
    }
    this.#stream.tell(message);
  }
}

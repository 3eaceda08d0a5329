import { calendarById } from '../../calendar/index.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { TIMEFRAMES } from '../bar.ts';
import { EventQueue } from '../live/event-queue.ts';
import { systemTimer, type Timer } from '../pacing.ts';
import { endpointUrl } from '../venue/endpoint.ts';
import type { RefusedMessage } from '../venue/messages.ts';
import { StreamCounts } from '../venue/stream/counts.ts';
import type { Ending } from '../venue/stream/ending.ts';
import { keepConnected, RETRY_LIMITS, type RetryLimits } from '../venue/stream/keep-connected.ts';
import { SilenceWatch } from '../venue/stream/silence.ts';
import type { DataMessage } from './protocol/messages.ts';
import { CONNECTION_LIMITS, Connection, type ConnectionLimits } from './stream/connection.ts';

export type StreamLimits = ConnectionLimits &
  RetryLimits & {
    /** What a heartbeat may be late before its absence counts, ms of the stream's clock. */
    readonly graceMs: number;
    /** How often silence is looked for, ms. */
    readonly checkMs: number;
    /** Events that wait for the reader; at so many the socket is not read any more. */
    readonly mostWaiting: number;
  };

const STREAM_LIMITS: StreamLimits = {
  ...CONNECTION_LIMITS,
  ...RETRY_LIMITS,
  graceMs: 5_000,
  checkMs: 1_000,
  mostWaiting: 5_000,
};

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

type Happened =
  | DataMessage
  | RefusedMessage
  /** Subscribed: data follows. */
  | { readonly kind: 'CONNECTED' }
  | { readonly kind: 'DISCONNECTED'; readonly reason: string; readonly retryInMs: number }
  /** Nothing came of any product since then: heartbeats come of a quiet one, too. Told once until it is over. */
  | { readonly kind: 'STALLED'; readonly since: number }
  | { readonly kind: 'RECOVERED'; readonly since: number };

/** What a reader of the stream is told, in order; `at` is when it was heard, by the stream's clock (ms). */
export type StreamEvent = Happened & { readonly at: number };

/** A silence that lasts as long as two bars is told. */
const SILENT_MS = 2 * TIMEFRAMES['1m'];

/**
 * Coinbase Exchange's channels "matches" and "heartbeat" as one sequence of events over as many connections as it takes: it connects,
 * subscribes, and does so again when a connection ends or falls silent.
 */
export class CoinbaseStream {
  readonly #options: StreamOptions;
  readonly #url: string;
  readonly #limits: StreamLimits;
  readonly #timer: Timer;
  readonly #silence: SilenceWatch;
  readonly #counts = new StreamCounts();
  readonly #queue: EventQueue<StreamEvent>;
  #connection: Connection | null = null;
  #begun = false;

  /** Throws a UserError when the address is none. */
  constructor(options: StreamOptions) {
    const { clock, products: symbols } = options;
    this.#options = options;
    this.#url = endpointUrl('COINBASE_STREAM_URL', options.url, 'ws');
    this.#limits = { ...STREAM_LIMITS, ...options.limits };
    this.#timer = options.timer ?? systemTimer;
    const limitMs = SILENT_MS + this.#limits.graceMs;
    this.#silence = new SilenceWatch({ calendar: calendarById('24x7'), symbols, limitMs, from: clock.now() });
    this.#queue = new EventQueue({
      most: this.#limits.mostWaiting,
      onFull: () => this.#connection?.pause(),
      onRoom: () => this.#connection?.resume(),
    });
  }

  /** For health and metrics. Instants in ms of the stream's clock; a "bar" of the counts is a trade here. */
  status() {
    return {
      phase: this.#connection?.phase ?? 'DISCONNECTED',
      stalledSince: this.#silence.stalledSince,
      ...this.#counts.read(),
    } as const;
  }

  /**
   * The events, to be read once. Ends only by throwing: the signal's reason when it is aborted, and a VenueRefused when Coinbase refuses what
   * only a person can change. Leaving the loop closes the connection. Whoever reads slowly slows the socket down.
   */
  async *events(signal: AbortSignal): AsyncGenerator<StreamEvent, never> {
    signal.throwIfAborted();
    if (this.#begun) throw new Error('The events of a stream can be read once');
    this.#begun = true;

    const left = new AbortController();
    const over = AbortSignal.any([signal, left.signal]);
    const running = this.#run(over).catch((error: unknown) => this.#queue.fail(error));
    const watching = this.#watchSilence(over).catch((error: unknown) => this.#queue.fail(error));
    try {
      for (;;) yield await this.#queue.next(signal);
    } finally {
      left.abort();
      await Promise.all([running, watching]);
    }
  }

  #run(over: AbortSignal): Promise<void> {
    const { random, log } = this.#options;
    const retrying = { limits: this.#limits, random, timer: this.#timer, connect: () => this.#connect(over) };
    const onLost = ({ reason, code, retryInMs }: { reason: string; code: number | null; retryInMs: number }) => {
      log.warn('the stream of Coinbase is interrupted', { reason, code, retryInMs });
      this.#tell({ kind: 'DISCONNECTED', reason, retryInMs });
    };
    return keepConnected({ ...retrying, onLost }, over);
  }

  async #connect(over: AbortSignal): Promise<Ending> {
    const connection = new Connection({
      url: this.#url,
      products: this.#options.products,
      limits: this.#limits,
      timer: this.#timer,
      onStreaming: () => this.#onStreaming(),
      onMessage: (message) => this.#onMessage(message),
    });
    this.#connection = connection;
    const stop = () => connection.end({ kind: 'STOPPED' });
    over.addEventListener('abort', stop, { once: true });
    const ending = await connection.ended;
    over.removeEventListener('abort', stop);
    this.#connection = null;
    this.#silence.disconnected();
    return ending;
  }

  #onStreaming(): void {
    const now = this.#options.clock.now();
    this.#silence.streaming(now);
    this.#counts.connected(now);
    this.#options.log.info('the stream of Coinbase is connected', { url: this.#url });
    this.#tell({ kind: 'CONNECTED' });
    if (this.#queue.full) this.#connection?.pause();
  }

  #onMessage(message: DataMessage | RefusedMessage): void {
    const now = this.#options.clock.now();
    if (message.kind === 'REFUSED') {
      const notable = this.#counts.refused(message);
      if (notable !== null) this.#options.log.warn('Coinbase sent what cannot be read', notable);
    } else {
      if (message.kind === 'MATCH') this.#counts.bar(now);
      const ended = this.#silence.bar(message.product, message.time, now);
      if (ended !== null) this.#tell({ kind: 'RECOVERED', ...ended });
    }
    this.#tell(message);
  }

  async #watchSilence(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.#timer.sleep(this.#limits.checkMs, over).catch(() => {});
      // What waits for the reader may be what is missed.
      if (over.aborted || this.#queue.full) continue;
      const { began, ended, replace } = this.#silence.check(this.#options.clock.now());
      if (ended !== null) this.#tell({ kind: 'RECOVERED', since: ended.since });
      if (began !== null) {
        this.#options.log.warn('Coinbase is silent', began);
        this.#tell({ kind: 'STALLED', ...began });
      }
      if (replace) this.#connection?.end({ kind: 'RETRY', reason: 'the connection is open and mute' });
    }
  }

  #tell(event: Happened): void {
    this.#queue.push({ ...event, at: this.#options.clock.now() });
  }
}

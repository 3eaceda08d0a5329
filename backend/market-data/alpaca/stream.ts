import { TIMEFRAMES } from '../bar.ts';
import { EventQueue } from '../live/event-queue.ts';
import { systemTimer, type Timer } from '../pacing.ts';
import { endpointUrl } from '../venue/endpoint.ts';
import type { RefusedMessage } from '../venue/messages.ts';
import { StreamCounts } from '../venue/stream/counts.ts';
import type { Ending } from '../venue/stream/ending.ts';
import { keepConnected } from '../venue/stream/keep-connected.ts';
import { SilenceWatch } from '../venue/stream/silence.ts';
import type { DataMessage, Subscription } from './protocol/messages.ts';
import { Connection } from './stream/connection.ts';
import type { FeedEvent } from './stream/events.ts';
import type { Missing } from './stream/handshake.ts';
import { STREAM_LIMITS, type StreamLimits, type StreamOptions, wholeSubscription } from './stream/options.ts';

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
  readonly #url: string;
  readonly #subscription: Subscription;
  readonly #limits: StreamLimits;
  readonly #timer: Timer;
  readonly #silence: SilenceWatch;
  readonly #counts: StreamCounts;
  readonly #queue: EventQueue<FeedEvent>;
  #connection: Connection | null = null;
  #begun = false;
  /** From where on bars may be missing after the next connection. */
  #missedSince: number | null = null;

  /** Throws a UserError when the address is none to which keys may be sent. */
  constructor(options: StreamOptions) {
    const { clock, calendar, subscription } = options;
    this.#options = options;
    this.#url = endpointUrl('ALPACA_STREAM_URL', options.url, 'ws');
    this.#subscription = wholeSubscription(subscription);
    this.#limits = { ...STREAM_LIMITS, ...options.limits };
    this.#timer = options.timer ?? systemTimer;
    const limitMs = SILENT_BARS * BAR_MS + this.#limits.graceMs;
    this.#silence = new SilenceWatch({ calendar, symbols: this.#subscription.bars, limitMs, from: clock.now() });
    this.#counts = new StreamCounts();
    this.#queue = new EventQueue({
      most: this.#limits.mostWaiting,
      onFull: () => this.#connection?.pause(),
      onRoom: () => this.#connection?.resume(),
    });
  }

  /** For health and metrics. Instants in ms of the stream's clock. */
  status() {
    return {
      phase: this.#connection?.phase ?? 'DISCONNECTED',
      stalledSince: this.#silence.stalledSince,
      ...this.#counts.read(),
    } as const;
  }

  /**
   * The events, to be read once. Ends only by throwing: the signal's reason when it is aborted, and a VenueRefused when Alpaca refuses what
   * only a person can change. Leaving the loop closes the connection. Whoever reads slowly slows the socket down.
   */
  async *events(signal: AbortSignal): AsyncGenerator<FeedEvent, never> {
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
    const onLost = (lost: { readonly reason: string; readonly code: number | null; readonly retryInMs: number }) => {
      log.warn('the stream of Alpaca is interrupted', lost);
      this.#tell({ kind: 'DISCONNECTED', ...lost });
    };
    return keepConnected({ ...retrying, onLost }, over);
  }

  async #connect(over: AbortSignal): Promise<Ending> {
    const connection = new Connection({
      url: this.#url,
      encoding: this.#options.encoding ?? 'json',
      credentials: this.#options.credentials,
      subscription: this.#subscription,
      limits: this.#limits,
      timer: this.#timer,
      onStreaming: (missing) => this.#onStreaming(missing),
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

  #onStreaming(missing: Missing): void {
    const now = this.#options.clock.now();
    this.#silence.streaming(now);
    this.#counts.connected(now);
    this.#options.log.info('the stream of Alpaca is connected', { url: this.#url, missedSince: this.#missedSince });
    if (Object.keys(missing).length > 0) this.#options.log.warn('Alpaca did not grant all that was asked', { missing });
    this.#tell({ kind: 'CONNECTED', missedSince: this.#missedSince, missing });
    // Until a bar tells more, all that ends from now on may be missed.
    this.#missedSince ??= now - BAR_MS;
    if (this.#queue.full) this.#connection?.pause();
  }

  #onMessage(message: DataMessage | RefusedMessage): void {
    const now = this.#options.clock.now();
    if (message.kind === 'REFUSED') this.#note(message);
    if (message.kind === 'STATUS') this.#silence.status(message.symbol, message.trading, message.time, now);
    if (message.kind === 'BAR') {
      this.#counts.bar(now);
      // Late trades change the bar before, so it is asked for again; a bar from the future takes nothing with it.
      this.#missedSince = Math.max(this.#missedSince ?? 0, Math.min(message.barStart, now) - BAR_MS);
      const ended = this.#silence.bar(message.symbol, message.barStart, now);
      if (ended !== null) this.#tell({ kind: 'RECOVERED', ...ended, by: 'BAR' });
    }
    this.#tell(message);
  }

  async #watchSilence(over: AbortSignal): Promise<void> {
    while (await this.#sleep(this.#limits.checkMs, over)) {
      // What waits for the reader may be the bars that are missed.
      if (this.#queue.full) continue;
      const { began, ended, replace } = this.#silence.check(this.#options.clock.now());
      if (ended !== null) this.#tell({ kind: 'RECOVERED', ...ended });
      if (began !== null) {
        this.#options.log.warn('Alpaca is silent in session', began);
        this.#tell({ kind: 'STALLED', ...began });
      }
      if (replace) this.#connection?.end({ kind: 'RETRY', reason: 'the connection is open and mute in session' });
    }
  }

  #note(message: RefusedMessage): void {
    const notable = this.#counts.refused(message);
    if (notable !== null) this.#options.log.warn('Alpaca sent what cannot be read', notable);
  }

  #tell(event: WithoutAt<FeedEvent>): void {
    this.#queue.push({ ...event, at: this.#options.clock.now() });
  }

  /** False when the stream was over first. */
  async #sleep(ms: number, over: AbortSignal): Promise<boolean> {
    await this.#timer.sleep(ms, over).catch(() => {});
    return !over.aborted;
  }
}

type WithoutAt<Event> = Event extends unknown ? Omit<Event, 'at'> : never;

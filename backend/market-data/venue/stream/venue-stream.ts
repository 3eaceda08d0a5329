import type { Clock } from '../../../platform/clock.ts';
import type { Random } from '../../../platform/random.ts';
import type { Logger } from '../../../platform/telemetry/logger.ts';
import { EventQueue } from '../../live/event-queue.ts';
import type { Timer } from '../../pacing.ts';
import type { RefusedMessage } from '../messages.ts';
import { StreamCounts } from './counts.ts';
import type { Ending } from './ending.ts';
import type { Heard, StreamEvent } from './events.ts';
import { keepConnected, RETRY_LIMITS, type RetryLimits } from './keep-connected.ts';
import type { SilenceWatch } from './silence.ts';

export type VenueStreamLimits = RetryLimits & {
  /** What data may be late before its absence counts, ms of the stream's clock. */
  readonly graceMs: number;
  /** How often silence is looked for, ms. */
  readonly checkMs: number;
  /** Events that wait for the reader; at so many the socket is not read any more. */
  readonly mostWaiting: number;
};

export const VENUE_STREAM_LIMITS: VenueStreamLimits = {
  ...RETRY_LIMITS,
  graceMs: 5_000,
  checkMs: 1_000,
  mostWaiting: 5_000,
};

/** One connection, from its opening to its end. */
export interface VenueConnection {
  readonly phase: string;
  readonly ended: Promise<Ending>;
  end(ending: Ending): void;
  pause(): void;
  resume(): void;
}

export type VenueStreamOptions<Connection extends VenueConnection> = {
  /** As people call it. */
  readonly venue: string;
  readonly url: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly timer: Timer;
  readonly limits: VenueStreamLimits;
  readonly silence: SilenceWatch;
  readonly connect: () => Connection;
};

/**
 * What the streams of all venues have in common: one sequence of events over as many connections as it takes. It connects again when a
 * connection ends or falls silent in session, tells of it, and slows the socket down for a slow reader. What a venue says, its own stream
 * hands in by `tell`.
 */
export class VenueStream<Event extends object, Connection extends VenueConnection> {
  readonly counts = new StreamCounts();
  readonly #options: VenueStreamOptions<Connection>;
  readonly #queue: EventQueue<Heard<Event | StreamEvent>>;
  #connection: Connection | null = null;
  #begun = false;

  constructor(options: VenueStreamOptions<Connection>) {
    this.#options = options;
    this.#queue = new EventQueue({
      most: options.limits.mostWaiting,
      onFull: () => this.#connection?.pause(),
      onRoom: () => this.#connection?.resume(),
    });
  }

  /** For health and metrics. Instants in ms of the stream's clock. */
  status() {
    return { phase: this.#phase, stalledSince: this.#options.silence.stalledSince, ...this.counts.read() } as const;
  }

  /**
   * The events, to be read once. Ends only by throwing: the signal's reason when it is aborted, and a VenueRefused when the venue refuses
   * what only a person can change. Leaving the loop closes the connection. Whoever reads slowly slows the socket down.
   */
  async *events(signal: AbortSignal): AsyncGenerator<Heard<Event | StreamEvent>, never> {
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

  tell(event: Event | StreamEvent): void {
    this.#queue.push({ ...event, at: this.#options.clock.now() });
  }

  /** The venue has granted the subscription: data follows. */
  streaming(facts: Readonly<Record<string, unknown>> = {}): void {
    const { venue, url, clock, log, silence } = this.#options;
    const now = clock.now();
    silence.streaming(now);
    this.counts.connected(now);
    log.info(`the stream of ${venue} is connected`, { url, ...facts });
    if (this.#queue.full) this.#connection?.pause();
  }

  /** Data of a symbol, for the time that begins then (ms), which ends a silence. */
  heard(symbol: string, from: number): void {
    const ended = this.#options.silence.bar(symbol, from, this.#options.clock.now());
    if (ended !== null) this.tell({ kind: 'RECOVERED', ...ended, by: 'BAR' });
  }

  /** A message that cannot be read: counted, and logged ever more seldom. */
  note(message: RefusedMessage): void {
    const notable = this.counts.refused(message);
    if (notable !== null) this.#options.log.warn(`${this.#options.venue} sent what cannot be read`, notable);
  }

  get #phase(): Connection['phase'] | 'DISCONNECTED' {
    return this.#connection?.phase ?? 'DISCONNECTED';
  }

  #run(over: AbortSignal): Promise<void> {
    const { venue, random, log, limits, timer } = this.#options;
    const onLost = (lost: { readonly reason: string; readonly code: number | null; readonly retryInMs: number }) => {
      log.warn(`the stream of ${venue} is interrupted`, lost);
      this.tell({ kind: 'DISCONNECTED', ...lost });
    };
    return keepConnected({ limits, random, timer, connect: () => this.#connect(over), onLost }, over);
  }

  async #connect(over: AbortSignal): Promise<Ending> {
    const connection = this.#options.connect();
    this.#connection = connection;
    const stop = () => connection.end({ kind: 'STOPPED' });
    over.addEventListener('abort', stop, { once: true });
    const ending = await connection.ended;
    over.removeEventListener('abort', stop);
    this.#connection = null;
    this.#options.silence.disconnected();
    return ending;
  }

  async #watchSilence(over: AbortSignal): Promise<void> {
    const { venue, clock, log, silence, limits } = this.#options;
    while (await this.#sleep(limits.checkMs, over)) {
      // What waits for the reader may be what is missed.
      if (this.#queue.full) continue;
      const { began, ended, replace } = silence.check(clock.now());
      if (ended !== null) this.tell({ kind: 'RECOVERED', ...ended });
      if (began !== null) {
        log.warn(`${venue} is silent in session`, began);
        this.tell({ kind: 'STALLED', ...began });
      }
      if (replace) this.#connection?.end({ kind: 'RETRY', reason: 'the connection is open and mute in session' });
    }
  }

  /** False when the stream was over first. */
  async #sleep(ms: number, over: AbortSignal): Promise<boolean> {
    await this.#options.timer.sleep(ms, over).catch(() => {});
    return !over.aborted;
  }
}

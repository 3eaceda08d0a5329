import { setTimeout as sleep } from 'node:timers/promises';
import type { Metrics } from '../metrics/registry.ts';
import type { RedisServer } from '../platform/cache/redis.ts';
import type { RedisConnection } from '../platform/cache/redis-connection.ts';
import { InProcessWakeUp, type WakeUp } from './wake-up.ts';
import { parseMessage, probeMessage, textOf } from './wake-up-message.ts';

export type RedisWakeUpOptions = {
  readonly server: RedisServer;
  readonly metrics: Pick<Metrics, 'wakeUps' | 'deafSubscribers'>;
  /** Of this process, unlike any other: how it knows its own probes. */
  readonly id: string;
  /** Whether anybody here waits; who only announces needs no second connection. */
  readonly listens: boolean;
  /** After which a probe that was sent and not heard means that nothing is heard. ms */
  readonly hearMs?: number;
};

const HEAR_MS = 1_000;

/**
 * Wake-ups between processes: numbers over one channel, one message a turn of the event loop however much was announced, one message under way
 * at a time. The connection that listens counts as working only while it hears what this process itself announces: one that is subscribed and
 * deaf looks like one on which nothing happens. While the server is away those who wait look at the log at their intervals.
 */
export class RedisWakeUp implements WakeUp {
  readonly #options: RedisWakeUpOptions;
  readonly #channel: string;
  readonly #here = new InProcessWakeUp();
  readonly #pending = new Map<string, number>();
  /** What this process has announced of each stream: told again on a new connection, in place of what was lost with the old one. */
  readonly #announced = new Map<string, number>();
  #sending = false;
  readonly #subscriber: RedisConnection | null;
  #probe = 0;
  #heard = 0;
  /** Counts the connections that were subscribed. */
  #subscribed = 0;

  constructor(options: RedisWakeUpOptions) {
    this.#options = options;
    const { server } = options;
    this.#channel = `${server.prefix}wake-ups`;
    this.#subscriber = options.listens ? server.subscriber() : null;
    server.commands.onReady(() => {
      for (const [stream, seq] of this.#announced) this.#queue(stream, seq);
      void this.#prove();
    });
    this.#subscriber?.onMessage((text) => this.#hear(text));
    this.#subscriber?.onReady(() => void this.#subscribe());
    const timer = setInterval(() => void this.#prove(), server.proveMs);
    timer.unref();
    server.onClose(() => clearInterval(timer));
  }

  /** Begins to connect. */
  open(): void {
    this.#subscriber?.open();
  }

  notify(stream: string, seq: number): void {
    this.#here.notify(stream, seq);
    this.#announced.set(stream, seq);
    this.#queue(stream, seq);
  }

  wait(stream: string, seq: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    return this.#here.wait(stream, seq, timeoutMs, signal);
  }

  #queue(stream: string, seq: number): void {
    this.#pending.set(stream, seq);
    if (this.#sending) return;
    this.#sending = true;
    setImmediate(() => void this.#send());
  }

  async #send(): Promise<void> {
    const { metrics } = this.#options;
    while (this.#pending.size > 0) {
      const text = textOf(this.#pending);
      this.#pending.clear();
      const sent = await this.#publish(text);
      metrics.wakeUps.inc({ result: sent ? 'sent' : 'lost' });
    }
    this.#sending = false;
  }

  async #publish(text: string): Promise<boolean> {
    try {
      await this.#options.server.commands.run('publish', (redis) => redis.publish(this.#channel, text));
      return true;
    } catch {
      return false;
    }
  }

  #hear(text: string): void {
    const message = parseMessage(text);
    if (message === null) return;
    if ('probe' in message) {
      if (message.id === this.#options.id) this.#heard = Math.max(this.#heard, message.probe);
      return;
    }
    this.#options.metrics.wakeUps.inc({ result: 'heard' });
    for (const [stream, seq] of message.heads) this.#here.notify(stream, seq);
  }

  async #subscribe(): Promise<void> {
    const subscriber = this.#subscriber;
    if (subscriber === null) return;
    try {
      await subscriber.run('subscribe', (redis) => redis.subscribe(this.#channel));
      this.#subscribed += 1;
      await this.#prove();
    } catch (error) {
      subscriber.reconnect(error instanceof Error ? error.message : String(error));
    }
  }

  /** Announces something to itself and listens for it. */
  async #prove(): Promise<void> {
    const { server, id } = this.#options;
    if (this.#subscriber?.isReady !== true) return;
    const subscribed = this.#subscribed;
    this.#probe += 1;
    const probe = this.#probe;
    // What cannot be announced says nothing about hearing; that connection has told that it is away.
    if (!(await this.#publish(probeMessage(id, probe)))) return;
    const heard = await this.#hears(probe);
    // Of a connection that took the place of the one that was asked it says nothing either.
    if (subscribed !== this.#subscribed || !this.#subscriber.isReady) return;
    if (heard) {
      server.works('subscriber');
      return;
    }
    this.#options.metrics.deafSubscribers.inc();
    this.#subscriber.reconnect('it did not hear what this process announced');
  }

  /** Turns of the event loop are counted and not time: while this process is busy it cannot hear. */
  async #hears(probe: number): Promise<boolean> {
    const { hearMs = HEAR_MS } = this.#options;
    for (let turn = 0; this.#heard < probe && turn < hearMs / TURN_MS; turn += 1) await sleep(TURN_MS);
    return this.#heard >= probe;
  }
}

const TURN_MS = 5;

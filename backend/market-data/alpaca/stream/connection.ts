import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Timer } from '../../pacing.ts';
import type { Credentials } from '../credentials.ts';
import { AlpacaRefused } from '../errors.ts';
import type { DataMessage, Message, RefusedMessage, Subscription } from '../protocol/messages.ts';
import { parseFrame } from '../protocol/parse.ts';
import { type Encoding, encodeFrame } from '../protocol/wire.ts';
import { retryAfterMs } from '../retry-after.ts';
import { type Ending, type Missing, nextStep, type Phase } from './handshake.ts';
import { type ConnectionLimits, openSocket, subscribeMessage } from './socket.ts';

export type ConnectionOptions = {
  readonly url: string;
  readonly encoding: Encoding;
  readonly credentials: Credentials;
  readonly subscription: Subscription;
  readonly limits: ConnectionLimits;
  readonly timer: Timer;
  readonly onStreaming: (missing: Missing) => void;
  readonly onMessage: (message: DataMessage | RefusedMessage) => void;
};

/** One socket, from its opening to its end. It never throws: how it ended is told by `ended`, once the socket is closed. */
export class Connection {
  readonly ended: Promise<Ending>;
  readonly #options: ConnectionOptions;
  readonly #socket: WebSocket;
  readonly #over = new AbortController();
  readonly #resolve: (ending: Ending) => void;
  #phase: Phase = 'GREETING';
  #ending: Ending | null = null;
  #alive = true;

  constructor(options: ConnectionOptions) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#options = options;
    this.#socket = openSocket(options);
    this.#socket.on('open', () => {
      this.#expectAnswer('its greeting');
      void this.#watchPulse();
    });
    this.#socket.on('message', (data, isBinary) => this.#onFrame(data as Buffer, isBinary));
    this.#socket.on('pong', () => {
      this.#alive = true;
    });
    this.#socket.on('unexpected-response', (_request, response) => this.#onRefusedHandshake(response));
    this.#socket.on('error', (error) => this.end({ kind: 'RETRY', reason: options.credentials.hide(error.message) }));
    this.#socket.on('close', (code) => this.#onClose(code));
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** The first reason counts. Closes politely, so that the account's one connection is free at once. */
  end(ending: Ending): void {
    if (this.#ending !== null) return;
    this.#ending = ending;
    this.#over.abort();
    // Their answer to our close must be read.
    this.resume();
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
    else this.#socket.close(1000);
  }

  /** Nothing is read until `resume`, and silence means nothing meanwhile. */
  pause(): void {
    if (this.#isOpen) this.#socket.pause();
  }

  resume(): void {
    this.#alive = true;
    if (this.#isOpen) this.#socket.resume();
  }

  // A WebSocket that never opened has no socket to be paused, and says so by throwing.
  get #isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  #onFrame(bytes: Buffer, isBinary: boolean): void {
    this.#alive = true;
    for (const message of parseFrame(bytes, isBinary)) {
      if (this.#ending !== null) return;
      this.#onMessage(this.#withoutKeys(message));
    }
  }

  #onMessage(message: Message): void {
    if (message.kind === 'SUCCESS' || message.kind === 'ERROR' || message.kind === 'SUBSCRIPTION') {
      this.#onControl(nextStep(this.#phase, message, this.#options.subscription, this.#options.url));
    } else if (this.#phase === 'STREAMING' || message.kind === 'REFUSED') {
      // Before the answer to our subscription nothing is ours yet.
      this.#options.onMessage(message);
    }
  }

  /** What is shown to people may repeat what we sent. */
  #withoutKeys(message: Message): Message {
    const { credentials } = this.#options;
    if (message.kind === 'ERROR') return { ...message, text: credentials.hide(message.text) };
    if (message.kind !== 'REFUSED') return message;
    return { ...message, reason: credentials.hide(message.reason), raw: credentials.hide(message.raw) };
  }

  #onControl(step: ReturnType<typeof nextStep>): void {
    const { credentials, subscription } = this.#options;
    if (step.kind === 'END') this.end(step.ending);
    if (step.kind === 'AUTHENTICATE') this.#ask('AUTHENTICATING', credentials.authMessage());
    if (step.kind === 'SUBSCRIBE') this.#ask('SUBSCRIBING', subscribeMessage(subscription));
    if (step.kind === 'STREAM') {
      this.#phase = 'STREAMING';
      this.#options.onStreaming(step.missing);
    }
  }

  #ask(phase: Phase, message: object): void {
    this.#phase = phase;
    this.#socket.send(encodeFrame(message, this.#options.encoding));
    this.#expectAnswer(phase === 'AUTHENTICATING' ? 'its answer to our keys' : 'its answer to our subscription');
  }

  #expectAnswer(what: string): void {
    const { stepMs } = this.#options.limits;
    const phase = this.#phase;
    void this.#passed(stepMs).then((passed) => {
      if (passed && this.#phase === phase) this.end({ kind: 'RETRY', reason: `${what} did not come in ${stepMs} ms` });
    });
  }

  /** A connection can be dead without being closed: then nobody answers a ping. */
  async #watchPulse(): Promise<void> {
    const { pingMs, pongMs } = this.#options.limits;
    while (await this.#sleep(pingMs)) {
      if (this.#socket.isPaused) continue;
      this.#alive = false;
      this.#socket.ping();
      if (!(await this.#passed(pongMs))) return;
      if (!this.#alive && !this.#socket.isPaused) {
        this.end({ kind: 'RETRY', reason: `no answer to a ping in ${pongMs} ms` });
        this.#socket.terminate();
      }
    }
  }

  #onRefusedHandshake(response: IncomingMessage): void {
    const { url } = this.#options;
    const { statusCode: code = 0, statusMessage: said = '' } = response;
    const advice = 'expected one of the feeds iex, sip, delayed_sip and test';
    this.end(
      code === 404
        ? { kind: 'FATAL', error: new AlpacaRefused({ variables: ['ALPACA_FEED'], code, said, where: url, advice }) }
        : {
            kind: 'RETRY',
            code,
            reason: `the handshake was answered with ${code}`,
            retryAfterMs: retryAfterMs(response.headers['retry-after'], response.headers.date) ?? 0,
          },
    );
  }

  #onClose(code: number): void {
    this.#over.abort();
    this.#resolve(this.#ending ?? { kind: 'RETRY', reason: `the server closed the connection with ${code}` });
  }

  /** As `#sleep`, and what came meanwhile has been read: a process that was stopped wakes to its timers before its sockets. */
  async #passed(ms: number): Promise<boolean> {
    return (await this.#sleep(ms)) && (await this.#sleep(1));
  }

  /** False when the connection was over first. */
  async #sleep(ms: number): Promise<boolean> {
    await this.#options.timer.sleep(ms, this.#over.signal).catch(() => {});
    return !this.#over.signal.aborted;
  }
}

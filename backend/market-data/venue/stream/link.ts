import type { IncomingMessage } from 'node:http';
import { type ClientOptions, WebSocket } from 'ws';
import type { Timer } from '../../pacing.ts';
import { retryAfterMs } from '../retry-after.ts';
import type { Ending } from './ending.ts';

/** Every wait of a connection in ms, and the largest frame in bytes. */
export type LinkLimits = {
  /** TCP, TLS and the upgrade together. */
  readonly handshakeMs: number;
  /** The server's answer to each step of ours. */
  readonly stepMs: number;
  /** Between two pings, and from a ping to any sign of life. */
  readonly pingMs: number;
  readonly pongMs: number;
  /** From our close to theirs. */
  readonly closeMs: number;
  readonly frameBytes: number;
};

export const LINK_LIMITS: LinkLimits = {
  handshakeMs: 10_000,
  stepMs: 10_000,
  pingMs: 10_000,
  pongMs: 10_000,
  closeMs: 500,
  frameBytes: 1024 * 1024,
};

export type LinkOptions = {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly limits: LinkLimits;
  readonly timer: Timer;
  /** Takes out of a text what nobody may see. */
  readonly hide: (text: string) => string;
  readonly onOpen: () => void;
  /** Not called any more once the end was asked for. */
  readonly onFrame: (bytes: Buffer, isBinary: boolean) => void;
  /** What a handshake means that was answered otherwise; null: try again. */
  readonly onRefused: (status: number, said: string) => Ending | null;
};

/** One socket of a venue, from its opening to its end. It never throws: how it ended is told by `ended`, once the socket is closed. */
export class Link {
  readonly ended: Promise<Ending>;
  readonly #options: LinkOptions;
  readonly #socket: WebSocket;
  readonly #over = new AbortController();
  readonly #resolve: (ending: Ending) => void;
  #ending: Ending | null = null;
  #alive = true;

  constructor(options: LinkOptions) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#options = options;
    this.#socket = openSocket(options);
    this.#socket.on('open', () => {
      options.onOpen();
      void this.#watchPulse();
    });
    this.#socket.on('message', (data, isBinary) => {
      this.#alive = true;
      if (this.#ending === null) options.onFrame(data as Buffer, isBinary);
    });
    this.#socket.on('pong', () => {
      this.#alive = true;
    });
    this.#socket.on('unexpected-response', (_request, response) => this.#onRefusedHandshake(response));
    this.#socket.on('error', (error) => this.end({ kind: 'RETRY', reason: options.hide(error.message) }));
    this.#socket.on('close', (code) => this.#onClose(code));
  }

  /** Whether the end was asked for: what comes now is nobody's any more. */
  get isEnding(): boolean {
    return this.#ending !== null;
  }

  /** Whether nothing is read because the reader asked for that. */
  get isPaused(): boolean {
    return this.#socket.isPaused;
  }

  send(data: string | Uint8Array): void {
    this.#socket.send(data);
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

  /**
   * Whether so much time passed before the end of the connection, and what came meanwhile has been read: a process that was stopped wakes to
   * its timers before its sockets.
   */
  async passed(ms: number): Promise<boolean> {
    return (await this.#sleep(ms)) && (await this.#sleep(1));
  }

  // A WebSocket that never opened has no socket to be paused, and says so by throwing.
  get #isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** A connection can be dead without being closed: then nobody answers a ping. */
  async #watchPulse(): Promise<void> {
    const { pingMs, pongMs } = this.#options.limits;
    while (await this.#sleep(pingMs)) {
      if (this.#socket.isPaused) continue;
      this.#alive = false;
      this.#socket.ping();
      if (!(await this.passed(pongMs))) return;
      if (!this.#alive && !this.#socket.isPaused) {
        this.end({ kind: 'RETRY', reason: `no answer to a ping in ${pongMs} ms` });
        this.#socket.terminate();
      }
    }
  }

  #onRefusedHandshake(response: IncomingMessage): void {
    const { statusCode: code = 0, statusMessage: said = '' } = response;
    const retry: Ending = {
      kind: 'RETRY',
      code,
      reason: `the handshake was answered with ${code}`,
      retryAfterMs: retryAfterMs(response.headers['retry-after'], response.headers.date) ?? 0,
    };
    this.end(this.#options.onRefused(code, said) ?? retry);
  }

  #onClose(code: number): void {
    this.#over.abort();
    this.#resolve(this.#ending ?? { kind: 'RETRY', reason: `the server closed the connection with ${code}` });
  }

  /** False when the connection was over first. */
  async #sleep(ms: number): Promise<boolean> {
    await this.#options.timer.sleep(ms, this.#over.signal).catch(() => {});
    return !this.#over.signal.aborted;
  }
}

/** Opens a socket with every size and wait of ws set. */
function openSocket({ url, headers = {}, limits }: LinkOptions): WebSocket {
  const settings: ClientOptions & { closeTimeout: number; maxBufferedChunks: number; maxPendingAutoPongs: number } = {
    handshakeTimeout: limits.handshakeMs,
    closeTimeout: limits.closeMs,
    maxPayload: limits.frameBytes,
    maxFragments: 64,
    // A frame of full size in the smallest pieces that a network makes.
    maxBufferedChunks: 4_096,
    maxPendingAutoPongs: 60,
    perMessageDeflate: false,
    followRedirects: false,
    autoPong: true,
    headers: { ...headers },
  };
  return new WebSocket(url, settings);
}

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Answer } from './answer.ts';

export type Message = { readonly type: string; readonly id?: string; readonly payload?: unknown };

export type SocketOptions = {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocol?: string;
};

/** A client of graphql-transport-ws that says whatever it is told to say, and keeps all that it hears. */
export class AttackSocket implements Disposable {
  readonly heard: Message[] = [];
  closed: number | null = null;
  /** Status of an answer that refused the upgrade. */
  refused: number | null = null;
  readonly #socket: WebSocket;

  private constructor({ url, headers = {}, protocol = 'graphql-transport-ws' }: SocketOptions) {
    this.#socket = new WebSocket(url, protocol === '' ? [] : protocol, { headers, maxPayload: 0 });
    this.#socket.on('message', (data) => {
      this.heard.push(JSON.parse(String(data)) as Message);
    });
    this.#socket.on('close', (code) => {
      this.closed = code;
    });
    this.#socket.on('unexpected-response', (_request, response) => {
      this.refused = response.statusCode ?? null;
      response.destroy();
      this.#socket.terminate();
    });
    this.#socket.on('error', () => undefined);
  }

  /** Resolves when it is open, refused or closed. */
  static async open(options: SocketOptions): Promise<AttackSocket> {
    const socket = new AttackSocket(options);
    // An error is followed by the close.
    const opened = once(socket.#socket, 'open').catch(() => once(socket.#socket, 'close'));
    await Promise.race([opened, once(socket.#socket, 'close').catch(() => undefined)]);
    return socket;
  }

  /** Opens one and shows a credential. */
  static async authenticated(url: string, payload: unknown): Promise<AttackSocket> {
    const socket = await AttackSocket.open({ url });
    socket.say({ type: 'connection_init', payload });
    await socket.hears((message) => message.type === 'connection_ack');
    return socket;
  }

  get raw(): WebSocket {
    return this.#socket;
  }

  say(message: unknown): void {
    this.sendText(typeof message === 'string' ? message : JSON.stringify(message));
  }

  sendText(text: string | Buffer): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /** The first message of that kind, at once when it was heard already; null when the socket is closed or the time is over. */
  async hears(isWanted: (message: Message) => boolean, patienceMs = 10_000): Promise<Message | null> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const found = this.heard.find(isWanted);
      if (found !== undefined) return found;
      if (this.closed !== null || performance.now() > end) return null;
      await sleep(2);
    }
  }

  /** The code with which the server closes it; null when it stays open for so long. */
  async ends(patienceMs: number): Promise<number | null> {
    const end = performance.now() + patienceMs;
    while (this.closed === null && performance.now() < end) await sleep(5);
    return this.closed;
  }

  /** Whether the server still answers over it. */
  async answersPing(): Promise<boolean> {
    const before = this.heard.filter(({ type }) => type === 'pong').length;
    this.say({ type: 'ping' });
    const end = performance.now() + 5_000;
    while (this.closed === null && performance.now() < end) {
      if (this.heard.filter(({ type }) => type === 'pong').length > before) return true;
      await sleep(2);
    }
    return false;
  }

  /** Starts an operation and answers the first thing that is said about it. */
  async ask(id: string, payload: unknown, patienceMs = 10_000): Promise<Answer> {
    this.say({ id, type: 'subscribe', payload });
    const first = await this.hears((message) => message.id === id, patienceMs);
    const told = first?.type === 'error' ? { errors: first.payload } : first?.payload;
    return {
      ...{ transport: 'websocket', status: null, headers: {} },
      text: told === undefined ? '' : JSON.stringify(told),
      socket: { type: first?.type ?? null, closed: this.closed },
    };
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}

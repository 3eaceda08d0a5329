import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { handleProtocols } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { Place } from '../../access/development.ts';
import { type Opening, openingOf } from './authenticate-socket.ts';
import { CLOSE } from './close-codes.ts';
import { drain } from './drain.ts';
import { OwnedSocket } from './owned-socket.ts';
import { type ConnectionContext, type ConnectionWatch, WebSocketConnection } from './websocket-connection.ts';

export type WebSocketServerOptions = ConnectionContext & {
  readonly path: string;
  /** Most sockets of one address of which it is not known yet who speaks. */
  readonly maxUnknownPerAddress: number;
  /** Whether a page of that origin may open a socket. */
  readonly isOriginAllowed: (place: Place) => boolean;
  /** The address of whoever asks for a socket. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Aborted when the process begins to drain: nobody is let in any more. */
  readonly draining: AbortSignal;
  /** Uniform, 0 to 1. */
  readonly random: () => number;
};

/** Messages of clients are small; what they can make a process hold is bounded by these. */
const LIMITS = { maxPayload: 64 * 1024, maxFragments: 64, maxBufferedChunks: 1_024, perMessageDeflate: false } as const;
const SECOND = 1_000;
/** A client is asked for a sign of life each 12 s, and given up after as long without one. */
const PING_EVERY_S = 12;

/** GraphQL over WebSockets (graphql-transport-ws), beside the HTTP of the same server. */
export class WebSocketTransport implements ConnectionWatch {
  readonly #options: WebSocketServerOptions;
  readonly #protocol = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, handleProtocols, WebSocket: OwnedSocket },
    ...LIMITS,
  });
  /** With the second of the round in which each is asked for a sign of life. */
  readonly #connections = new Map<WebSocketConnection, number>();
  /** How many sockets of an address there are of which it is not known who speaks. */
  readonly #unknown = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #seconds = 0;
  #opened = 0;

  constructor(server: Server, options: WebSocketServerOptions) {
    this.#options = options;
    server.on('upgrade', (request, socket: Socket, head) => this.#upgrade(request, socket, head));
    this.#timer = setInterval(() => this.#lookForLife(), SECOND);
    this.#timer.unref();
  }

  /** Tells every client to come back, and closes its socket; in random order, spread over the time. Resolves when all are closed. */
  async drain(spreadMs: number): Promise<void> {
    await drain(this.#connections, spreadMs, this.#options.random);
    clearInterval(this.#timer);
  }

  /** No function that outlives the upgrade may be made here: it would keep the request, which is larger than all else that a client costs. */
  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const address = this.#options.addressOf(request);
    const refusal = this.#refusalOf(request, address);
    socket.on('error', ignore);
    if (refusal !== null) {
      socket.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const opening = openingOf(request.headers);
    this.#protocol.handleUpgrade(request, socket, head, (client) =>
      this.#accept(client, socket, { ...opening, address }),
    );
  }

  #accept(socket: OwnedSocket, stream: Socket, { address, ...opening }: Opening & { readonly address: string }): void {
    const connection = new WebSocketConnection(this.#options, this, { socket, stream, opening, address });
    this.#connections.set(connection, this.#opened++ % PING_EVERY_S);
    this.#unknown.set(connection.address, (this.#unknown.get(connection.address) ?? 0) + 1);
    if (socket.protocol !== PROTOCOL) connection.close(CLOSE.subprotocol, 'Subprotocol not acceptable');
  }

  known({ address }: WebSocketConnection): void {
    const left = (this.#unknown.get(address) ?? 1) - 1;
    if (left > 0) this.#unknown.set(address, left);
    else this.#unknown.delete(address);
  }

  gone(connection: WebSocketConnection): void {
    this.#connections.delete(connection);
    if (!connection.isKnown) this.known(connection);
  }

  #refusalOf(request: IncomingMessage, address: string): string | null {
    if (request.url?.split('?')[0] !== this.#options.path) return '404 Not Found';
    const { host, origin } = request.headers;
    if (!this.#options.isOriginAllowed({ host, origin })) return '403 Forbidden';
    if (this.#options.draining.aborted) return '503 Service Unavailable';
    const unknown = this.#unknown.get(address) ?? 0;
    return unknown < this.#options.maxUnknownPerAddress ? null : '429 Too Many Requests';
  }

  /** A twelfth of the clients each second, so that not all of them speak at once. */
  #lookForLife(): void {
    this.#seconds += 1;
    for (const [connection, second] of this.#connections) {
      if (this.#seconds % PING_EVERY_S !== second) continue;
      if (connection.isAlive) connection.ping();
      else void connection.giveUp();
    }
  }
}

const PROTOCOL = 'graphql-transport-ws';
/** A socket that breaks closes as well, and that is what counts. */
const ignore = (): void => undefined;

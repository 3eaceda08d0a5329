import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

type Session = {
  /** Whether it has subscribed to something. */
  readonly isFollowing: boolean;
};

type Options<S extends Session> = {
  /** Answers over HTTP. */
  readonly handle: RequestListener;
  /** Makes the session of a socket that was opened so; null where there is no stream. */
  readonly streamAt: (request: IncomingMessage) => ((socket: WebSocket) => S) | null;
  /** Whether nobody answers pings now, or whether connections are closed a second after they were opened. */
  readonly isWrong: (fault: 'deaf' | 'flap') => boolean;
};

const FLAP_MS = 1_000;
const READING_MS = 200;

/** Where a recorded venue is reached: its HTTP side, and the connections to its stream that are open. */
export class VenueDoor<S extends Session> {
  readonly #http: Server;
  readonly #upgrades = new WebSocketServer({ noServer: true, maxPayload: 256 * 1024, autoPong: false });
  readonly #sockets = new Map<S, WebSocket>();
  readonly #isWrong: Options<S>['isWrong'];

  constructor({ handle, streamAt, isWrong }: Options<S>) {
    this.#isWrong = isWrong;
    this.#http = createServer(handle);
    this.#http.on('upgrade', (request, socket, head) => {
      const open = streamAt(request);
      if (open === null) socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      else this.#upgrades.handleUpgrade(request, socket, head, (own) => this.#take(own, open(own)));
    });
  }

  /** On this machine alone; 0: a port that is free. Throws what Node says of one that is not. */
  async listen(port: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#http.once('error', reject);
    this.#http.listen(port, '127.0.0.1', resolve);
    await promise;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get sessions(): readonly S[] {
    return [...this.#sockets.keys()];
  }

  /** Connections that have subscribed to something. */
  get followers(): number {
    return this.sessions.filter(({ isFollowing }) => isFollowing).length;
  }

  /** Resolves when each client has read all that was sent, is gone, or does not read. */
  async allHaveRead(): Promise<void> {
    await Promise.all([...this.#sockets.values()].map(hasRead));
  }

  /** Ends all connections without a word. */
  drop(): void {
    for (const socket of this.#sockets.values()) socket.terminate();
    this.#sockets.clear();
  }

  async close(): Promise<void> {
    this.drop();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #take(socket: WebSocket, session: S): void {
    this.#sockets.set(session, socket);
    socket.on('close', () => this.#sockets.delete(session));
    socket.on('ping', (data) => {
      if (!this.#isWrong('deaf')) socket.pong(data);
    });
    if (this.#isWrong('flap')) setTimeout(() => socket.terminate(), FLAP_MS).unref();
  }
}

/** A client answers pings in order. */
async function hasRead(socket: WebSocket): Promise<void> {
  if (socket.readyState !== socket.OPEN) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const given = setTimeout(resolve, READING_MS);
  socket.once('pong', resolve);
  socket.once('close', resolve);
  socket.ping();
  await promise;
  clearTimeout(given);
  socket.off('pong', resolve);
  socket.off('close', resolve);
}

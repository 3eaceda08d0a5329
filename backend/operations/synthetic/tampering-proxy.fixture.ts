import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { WebSocket, WebSocketServer } from 'ws';

/** What is sent on in place of a frame of a subscription: it, something else, or nothing. */
export type Tamper = (frame: string) => readonly string[];

const untouched: Tamper = (frame) => [frame];

/** Stands between clients and the service, for both transports, and changes frames on their way to the clients. */
export class TamperingProxy implements AsyncDisposable {
  /** One for each kind of connection, since each has its own frames. */
  readonly tamper: { websocket: Tamper; sse: Tamper } = { websocket: untouched, sse: untouched };
  readonly #upstream: string;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'graphql-transport-ws' });

  private constructor(upstream: string) {
    this.#upstream = upstream;
    this.#server = createServer(
      (request, response) => void this.#forward(request, response).catch(() => response.destroy()),
    );
    this.#server.on('upgrade', (request, socket, head) =>
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#join(client)),
    );
  }

  /** `upstream` is the address of the GraphQL endpoint, http:. */
  static async start(upstream: string): Promise<TamperingProxy> {
    const proxy = new TamperingProxy(upstream);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/graphql`;
  }

  /** Drops all connections, as a network does. */
  cut(): void {
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: WebSocket): void {
    const service = new WebSocket(this.#upstream.replace('http', 'ws'), 'graphql-transport-ws');
    const waiting: string[] = [];
    client.on('message', (data) =>
      service.readyState === WebSocket.OPEN ? service.send(String(data)) : waiting.push(String(data)),
    );
    service.on('open', () => waiting.forEach((message) => void service.send(message)));
    service.on('message', (data) => {
      const frame = String(data);
      for (const sent of frame.includes('"next"') ? this.tamper.websocket(frame) : [frame]) client.send(sent);
    });
    service.on('error', () => client.terminate());
    service.on('close', (code, reason) =>
      code === 1006 || code === 1005 ? client.terminate() : client.close(code, reason),
    );
    client.on('close', () => service.terminate());
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const left = new AbortController();
    response.once('close', () => left.abort());
    const { authorization = '', accept = '' } = request.headers;
    const answer = await fetch(this.#upstream, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization, accept },
      body: await buffer(request),
      signal: left.signal,
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    let rest = '';
    for await (const text of (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const frames = `${rest}${text}`.split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames.flatMap((one) => (one.includes('event: next') ? this.tamper.sse(one) : [one])))
        response.write(`${frame}\n\n`);
    }
    response.end(rest);
  }
}

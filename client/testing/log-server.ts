import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { graphql } from 'graphql';
import { useServer as serve } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { SignalFilter, StreamItem, StreamProblem } from '../types.ts';
import { answerWithEvents } from './event-stream-server.ts';
import { type EventBody, instruments } from './events.ts';
import { MemoryLog } from './memory-log.ts';
import { schema } from './schema.ts';

type SubscribeArguments = { after?: string; from: 'LIVE' | 'BEGINNING'; filter?: SignalFilter; maxBatch: number };

/**
 * The protocol of the signal stream over an in-memory log: real sockets, a real graphql-ws server, server-sent events, and faults on demand. It shows what a
 * client must survive; it proves nothing about the service.
 */
export class LogServer {
  readonly log = new MemoryLog();
  /** Sent in place of the next item of any subscription, one each. */
  readonly problems: Partial<StreamProblem>[] = [];
  /** How each subscription began, as the client asked. */
  readonly requests: SubscribeArguments[] = [];
  checkpointMs = 100;
  /** How often the batch that begins with this seq is left out, while the chain goes on as if it had been sent. */
  readonly losses = new Map<number, number>();
  /** Batches that are sent twice. */
  batchesToRepeat = 0;
  silent = false;
  /** Thrown while an item is resolved. */
  failures: Error[] = [];
  #http: Server | undefined;
  #sockets: WebSocketServer | undefined;
  #port = 0;

  static async start(): Promise<LogServer> {
    const server = new LogServer();
    await server.start();
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}/graphql`;
  }

  get httpUrl(): string {
    return this.url.replace('ws', 'http');
  }

  get connections(): readonly WebSocket[] {
    return [...(this.#sockets?.clients ?? [])];
  }

  /** Server-sent events that are being sent. */
  readonly eventStreams = new Set<ServerResponse>();

  /** Starts, or starts again on the port it had. */
  async start(): Promise<void> {
    const http = createServer((request, response) => void this.#answer(request, response));
    const sockets = new WebSocketServer({ server: http, path: '/graphql' });
    serve({ schema, roots: { subscription: this.#subscriptions } }, sockets, 0);
    await new Promise<void>((resolve) => http.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (http.address() as AddressInfo).port;
    this.#http = http;
    this.#sockets = sockets;
  }

  /** Closes every socket with the code; without one it drops them as a crash does. */
  async stop(code?: number): Promise<void> {
    this.dropAll(code);
    this.#sockets?.close();
    const http = this.#http;
    http?.closeAllConnections();
    await new Promise((resolve) => http?.close(resolve));
  }

  /** Without a code as a network does, which says nothing. */
  dropAll(code?: number): void {
    for (const socket of this.connections) code === undefined ? socket.terminate() : socket.close(code);
    for (const response of this.eventStreams) response.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  append(...bodies: EventBody[]): void {
    this.log.append(bodies);
  }

  readonly #subscriptions = { signalEvents: (args: SubscribeArguments) => this.#stream(args) };

  async *#stream(args: SubscribeArguments): AsyncGenerator<{ signalEvents: StreamItem }> {
    this.requests.push(args);
    const reader = this.log.reader(args);
    if ('problem' in reader) {
      yield { signalEvents: reader.problem };
      return await new Promise(() => {});
    }
    for (;;) {
      if (this.silent) await new Promise(() => {});
      const failure = this.failures.shift();
      if (failure !== undefined) throw failure;
      const problem = this.problems.shift();
      if (problem !== undefined) yield { signalEvents: this.log.problem('SHUTTING_DOWN', problem) };

      const item = reader.read();
      if (!this.#loses(item)) yield { signalEvents: item };
      if (item.__typename === 'SignalEventBatch' && this.batchesToRepeat-- > 0) yield { signalEvents: item };
      if (item.__typename === 'StreamCheckpoint' && item.live) await this.log.changed(this.checkpointMs);
    }
  }

  #loses(item: StreamItem): boolean {
    const first = item.__typename === 'SignalEventBatch' ? (item.events[0]?.seq ?? 0) : 0;
    const times = this.losses.get(first) ?? 0;
    this.losses.set(first, times - 1);
    return times > 0;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url !== '/graphql') {
      response.writeHead(404).end();
      return;
    }
    const body = JSON.parse(await text(request)) as { query: string; variables?: Record<string, unknown> };
    if (request.headers.accept === 'text/event-stream') {
      this.eventStreams.add(response.once('close', () => this.eventStreams.delete(response)));
      return answerWithEvents(this.#subscriptions, { ...body, after: request.headers['last-event-id'] }, response);
    }
    const rootValue = {
      instruments: ({ first, after }: { first: number; after?: string }) => page(first, Number(after ?? 0)),
      signalEvents: (args: { last: number; filter?: SignalFilter }) => this.log.newest(args.last, args.filter),
    };
    const result = await graphql({ schema, source: body.query, rootValue, variableValues: body.variables ?? {} });
    response
      .writeHead(result.data === undefined ? 400 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(result));
  }
}

/** Pages of two at most, so that whoever reads only the first page misses an instrument. */
function page(first: number, from: number) {
  const end = from + Math.min(first, 2);
  return {
    nodes: instruments.slice(from, end),
    pageInfo: { hasNextPage: end < instruments.length, endCursor: String(end) },
  };
}

async function text(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}

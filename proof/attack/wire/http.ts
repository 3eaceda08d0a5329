import { request as startRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, GraphqlBody, Transport } from './answer.ts';

export type Headers = Readonly<Record<string, string | readonly string[]>>;

export type HttpRequest = {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Headers;
  readonly body?: string | Buffer;
  readonly transport?: Transport;
  /** When the wait for the answer ends, in ms. */
  readonly patienceMs?: number;
};

/** One request over a connection of its own. A connection that is closed without an answer has the status null. */
export function request({ url, method = 'GET', headers = {}, body, ...rest }: HttpRequest): Promise<Answer> {
  const { transport = 'http', patienceMs = 30_000 } = rest;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sending = startRequest(url, { method, headers: headers as Record<string, string>, agent: false });
  sending.setTimeout(patienceMs, () => sending.destroy(new Error(`no answer within ${patienceMs} ms`)));
  sending.once('response', (response) => {
    const parts: Buffer[] = [];
    const answer = () => ({
      ...{ transport, status: response.statusCode ?? null, text: Buffer.concat(parts).toString(), socket: null },
      headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
    });
    response.on('data', (part: Buffer) => {
      parts.push(part);
      // A stream of events has no end; its first one is the answer.
      if (!isEvents(response.headers['content-type']) || !/\n\n/.test(Buffer.concat(parts).toString())) return;
      resolve(answer());
      sending.destroy();
    });
    response.once('end', () => resolve(answer()));
    response.once('error', reject);
  });
  sending.on('error', (error: NodeJS.ErrnoException) => {
    // A body that is refused while it is sent: the server closes, and may have said why before.
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE')
      resolve({ transport, status: null, headers: {}, text: '', socket: null });
    else reject(error);
  });
  sending.end(body);
  return promise;
}

const isEvents = (type: string | undefined): boolean => type?.startsWith('text/event-stream') ?? false;

/** A GraphQL request over HTTP. */
export function post(url: string, body: GraphqlBody | string | Buffer, headers: Headers = {}): Promise<Answer> {
  return request({
    ...{ url, method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

/** A GraphQL request that asks for its answer as a stream of events. The first event stands for all. */
export async function postForEvents(
  url: string,
  body: GraphqlBody | string | Buffer,
  headers: Headers = {},
): Promise<Answer> {
  const answer = await request({
    ...{ url, method: 'POST', transport: 'sse', patienceMs: 10_000 },
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
  const event = /^data: ?(.*)$/m.exec(answer.text)?.[1];
  return isEvents(answer.headers['content-type']) ? { ...answer, text: event ?? '' } : answer;
}

export type Exchange = { readonly text: string; readonly closed: boolean; readonly ms: number };

/** Sends bytes as they are and reads until the server closes or the time is over. */
export async function exchange(url: string, bytes: string | Buffer, waitMs: number): Promise<Exchange> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  let closed = false;
  const begun = performance.now();
  socket.on('data', (part) => {
    text += part.toString('latin1');
  });
  socket.on('error', () => undefined);
  const end = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  void end.then(() => {
    closed = true;
  });
  socket.write(bytes);
  await Promise.race([end, sleep(waitMs, undefined, { ref: false })]);
  const ms = performance.now() - begun;
  socket.destroy();
  return { text, closed, ms };
}

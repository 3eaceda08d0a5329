import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** Sees a request before the framework does. Either answers it, or calls `pass`, once, with the id that it has given to it. */
export type Front = (request: IncomingMessage, response: ServerResponse, pass: (id?: string) => void) => void;

const fronts = new WeakMap<Server, Front>();
const ids = new WeakMap<IncomingMessage, string>();

/**
 * What the framework costs a request is more than some answers do: `front` may give those. Call before the server listens; without one all
 * requests go to the framework.
 */
export function serveFirst(server: FastifyInstance, front: Front): void {
  fronts.set(server.server, front);
}

/** The server under the framework; its time limits are for whoever makes it to set. */
export function frontedServer(options: object, framework: RequestListener): Server {
  const server = createServer(options, (request, response) => {
    const front = fronts.get(server);
    // A server that closes says so in the framework's words.
    if (front === undefined || !server.listening) return framework(request, response);
    front(request, response, (id) => {
      if (id !== undefined) ids.set(request, id);
      framework(request, response);
    });
  });
  return server;
}

/** The id that a front has given to a request. */
export function idFromFront(request: IncomingMessage): string | undefined {
  return ids.get(request);
}

/** Ids of others go into our logs and answers, so only plain short ones are taken over. */
export function saneId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.:-]{1,64}$/.test(header) ? header : undefined;
}

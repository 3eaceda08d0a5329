import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { isOriginAllowed } from '../access/origin.ts';
import { GRAPHQL_PATH, METHODS } from './http.ts';
import { refuseMethod } from './http-refusals.ts';

/** So long a browser need not ask again whether a page may ask, s. Longer than two hours no browser believes it. */
const KNOWN_S = '7200';
/** What a page may read of an answer besides its body. */
const EXPOSED = 'retry-after, x-correlation-id';
/** Names of headers, as a browser lists them. */
const NAMES = /^[\w-]{1,64}(?:, ?[\w-]{1,64}){0,31}$/;

/**
 * What tells a browser that a page may read an answer, where the page's origin is listed; as names and values one after the other, empty for
 * all others. No cookie is meant by it: https://fetch.spec.whatwg.org/#http-cors-protocol.
 */
export function sharedWith({ host, origin }: IncomingHttpHeaders, listed: readonly string[]): readonly string[] {
  if (origin === undefined || !isOriginAllowed({ host, origin }, listed)) return NOBODY;
  return ['access-control-allow-origin', origin, 'access-control-expose-headers', EXPOSED, 'vary', 'origin'];
}

const NOBODY: readonly string[] = [];

/** Lets pages of listed origins ask over HTTP. Call before anything else may refuse, so that they can read refusals, too. */
export function shareWithPages(server: FastifyInstance, listed: readonly string[]): void {
  server.addHook('onRequest', async ({ routeOptions, headers }, reply) => {
    if (routeOptions.url !== GRAPHQL_PATH) return;
    const shared = sharedWith(headers, listed);
    for (let at = 0; at < shared.length; at += 2) reply.header(shared[at] ?? '', shared[at + 1]);
  });
  const refuse = refuseMethod(METHODS);
  server.route({
    url: GRAPHQL_PATH,
    method: 'OPTIONS',
    handler(request, reply): unknown {
      const { 'access-control-request-method': method, 'access-control-request-headers': wanted = '' } =
        request.headers;
      const isShared = reply.hasHeader('access-control-allow-origin');
      if (!isShared || method === undefined) return refuse(request, reply);
      if (NAMES.test(wanted)) reply.header('access-control-allow-headers', wanted);
      return reply
        .code(204)
        .headers({ 'access-control-allow-methods': METHODS.join(', '), 'access-control-max-age': KNOWN_S })
        .send();
    },
  });
}

import type { FastifyInstance } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import type { Load, LoadClass } from '../platform/load/load.ts';
import { comeBack, isEventSource } from './events/come-back.ts';
import type { Refusal } from './gate/refusal.ts';
import { GRAPHQL_PATH } from './http.ts';
import { overloaded } from './shed.ts';

export type ShedOptions = {
  readonly load: Load;
  readonly formatError: (error: unknown) => GraphQLFormattedError;
};

/**
 * Turns away at the door what is known to be turned away later, before anybody is recognised and anything is read: all of it at the highest
 * level, and below it what does not ask for a stream. Call before the routes are made.
 */
export function shedAtDoor(server: FastifyInstance, { load, formatError }: ShedOptions): void {
  // An upgrade that is refused here comes as an ordinary request to the hook, which answers it.
  Object.assign(server.server, { shouldUpgradeCallback: () => !load.isShedding('connection') });
  server.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url !== GRAPHQL_PATH) return undefined;
    const least: LoadClass = load.isShedding('connection') ? 'connection' : 'query';
    const mayStream = request.headers.accept?.includes('text/event-stream') === true;
    if (least === 'query' && (mayStream || !load.isShedding('stream'))) return undefined;
    const refusal = overloaded(load, least);
    if (refusal === null) return undefined;
    if (isEventSource(request)) return comeBack(reply, refusal.retryAfterMs ?? 0);
    return reply
      .code(refusal.httpStatus)
      .headers({ 'retry-after': retryAfter(refusal), 'cache-control': 'no-store' })
      .send({ errors: refusal.errors.map(formatError) });
  });
}

function retryAfter({ retryAfterMs = 0 }: Refusal): string {
  return String(Math.ceil(retryAfterMs / 1_000));
}

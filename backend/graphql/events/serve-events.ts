import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OperationTypeNode } from 'graphql';
import { EventStreams } from '../../delivery/transports/event-streams.ts';
import { countStream } from '../../platform/http/request-metrics.ts';
import { countedAdmission, countRefusal, isRefusal } from '../admission.ts';
import { authenticateHttp, principalOf } from '../authenticate-http.ts';
import type { Admitted } from '../gate/gate.ts';
import { Refused, refusalOf } from '../gate/refusal.ts';
import { type AnswerWithEvents, GRAPHQL_PATH } from '../http.ts';
import { refuse, refuseForeign, refuseMethod } from '../http-refusals.ts';
import { createOperations, type LiveOptions } from '../operations.ts';
import { eventsIn } from './accept.ts';
import { credentialsOfPage } from './cookie.ts';
import { isForeign, requestIn } from './get-request.ts';

export type ServedEvents = {
  readonly answer: AnswerWithEvents;
  /** Ends every stream, spread over the time, after its subscription was told. */
  readonly drain: (spreadMs: number) => Promise<void>;
};

/**
 * Operations whose answers are server-sent events: by POST, for whoever hands them on, and subscriptions by GET as well, which is all that the
 * EventSource of a browser can send. Call before the server listens.
 */
export function serveEvents(server: FastifyInstance, options: LiveOptions): ServedEvents {
  const { access, outbox, formatError } = options;
  const streams = new EventStreams({
    ...{ access, outbox, formatError, random: Math.random, onBegin: countStream },
    operations: createOperations(options, 'sse'),
  });
  const answer = answerWith(streams, options);
  serveGet(server, options, answer);
  return { answer, drain: (spreadMs) => streams.drain(spreadMs) };
}

function answerWith(streams: EventStreams, { draining, metrics, formatError }: LiveOptions): AnswerWithEvents {
  return (request, reply, admitted) => {
    const response = reply.raw;
    const headers = reply.getHeaders() as OutgoingHttpHeaders;
    if (draining.aborted) {
      // A browser gives up for good at any status but 200, and comes back after the end of whatever has begun.
      if (request.method === 'GET') {
        streams.turnAway(response, headers);
        return reply.hijack();
      }
      countRefusal(metrics, 'sse', GOING_AWAY);
      return refuse(reply, GOING_AWAY, formatError);
    }
    const lastEventId = lastEventIdOf(request);
    const asked = { admitted, principal: principalOf(request), address: request.ip, lastEventId, response, headers };
    const refusal = streams.open(asked);
    return refusal === null ? reply.hijack() : refuse(reply, refusal, formatError);
  };
}

function lastEventIdOf({ headers }: FastifyRequest): string | null {
  const id = headers['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : null;
}

const GOING_AWAY = refusalOf(
  new Refused('draining', 'UNAVAILABLE', 'This process is going away; come back.', {
    isDomain: true,
    retryAfterMs: 1_000,
  }),
  false,
);

function serveGet(server: FastifyInstance, options: LiveOptions, answer: AnswerWithEvents): void {
  const { metrics, formatError, access, allowedOrigins } = options;
  const admit = countedAdmission(options, 'sse');
  const refuseOthers = refuseMethod(['POST']);
  server.route({
    url: GRAPHQL_PATH,
    method: 'GET',
    exposeHeadRoute: false,
    onRequest: [
      async (request, reply) =>
        eventsIn(request.headers.accept) === 'never' ? refuseOthers(request, reply) : undefined,
      async ({ headers }, reply) => {
        if (isForeign(headers, allowedOrigins)) return refuseForeign(reply);
        if (headers.origin !== undefined) mayBeReadBy(headers.origin, reply);
        return undefined;
      },
      authenticateHttp(options, credentialsOfPage),
    ],
    handler(request, reply): unknown {
      const who = access.contextOf(principalOf(request), request.id);
      const admitted = admit(requestIn(request.query), { ...who, address: request.ip });
      if (isRefusal(admitted)) return refuse(reply, admitted, formatError);
      if (isSubscription(admitted)) return answer(request, reply, admitted);
      metrics.graphqlRejected.inc({ reason: 'request', transport: 'sse' });
      return refuseOthers(request, reply);
    },
  });
}

const isSubscription = ({ operation }: Admitted): boolean => operation.operation === OperationTypeNode.SUBSCRIPTION;

/** A browser shows a page of another origin nothing that does not say that it may see it, and that its cookie may be sent. */
function mayBeReadBy(origin: string, reply: FastifyReply): void {
  reply
    .header('access-control-allow-origin', origin)
    .header('access-control-allow-credentials', 'true')
    .header('vary', 'origin');
}

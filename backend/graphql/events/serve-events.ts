import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OperationTypeNode } from 'graphql';
import { EventStreams } from '../../delivery/transports/event-streams.ts';
import { comeBackMs } from '../../delivery/transports/patience.ts';
import { countStream } from '../../platform/http/request-metrics.ts';
import { countedAdmission, countRefusal, isRefusal } from '../admission.ts';
import { authenticateHttp, principalOf } from '../authenticate-http.ts';
import type { Admitted } from '../gate/gate.ts';
import { type Refusal, Refused, refusalOf } from '../gate/refusal.ts';
import { type AnswerWithEvents, GRAPHQL_PATH } from '../http.ts';
import { refuse, refuseAsGraphql, refuseForeign, refuseMethod } from '../http-refusals.ts';
import { createOperations, type LiveOptions } from '../operations.ts';
import { comeBack, isEventSource } from './come-back.ts';
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
  const { access, outbox, formatError, onTooSlow } = options;
  const streams = new EventStreams({
    ...{ access, outbox, formatError, onTooSlow, random: Math.random, onBegin: countStream },
    operations: createOperations(options, 'sse'),
  });
  const answer = answerWith(streams, options);
  serveGet(server, options, answer);
  return { answer, drain: (spreadMs) => streams.drain(spreadMs) };
}

function answerWith(streams: EventStreams, { draining, metrics, formatError }: LiveOptions): AnswerWithEvents {
  return (request, reply, admitted) => {
    if (draining.aborted) {
      const refusal = goingAway();
      countRefusal(metrics, 'sse', refusal);
      return turnAway(request, reply, refusal, formatError);
    }
    const refusal = streams.open({
      ...{ admitted, principal: principalOf(request), address: request.ip, requestId: request.id },
      lastEventId: lastEventIdOf(request),
      ...{ response: reply.raw, headers: reply.getHeaders() as OutgoingHttpHeaders },
    });
    return refusal === null ? reply.hijack() : turnAway(request, reply, refusal, formatError);
  };
}

/** What will pass is no reason for a browser to give up. */
function turnAway(
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Pick<Refusal, 'httpStatus' | 'errors' | 'retryAfterMs'>,
  formatError: LiveOptions['formatError'],
): FastifyReply {
  if (!PASSING.has(refusal.httpStatus) || !isEventSource(request)) return refuse(reply, refusal, formatError);
  return comeBack(reply, refusal.retryAfterMs ?? comeBackMs(Math.random()));
}

/** Too much was asked, or there is too much to do. */
const PASSING: ReadonlySet<number> = new Set([429, 503]);

function lastEventIdOf({ headers }: FastifyRequest): string | null {
  const id = headers['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : null;
}

function goingAway(): Refusal {
  const retryAfterMs = comeBackMs(Math.random());
  const message = 'This process is going away; come back.';
  return refusalOf(new Refused('draining', 'UNAVAILABLE', message, { isDomain: true, retryAfterMs }), false);
}

function serveGet(server: FastifyInstance, options: LiveOptions, answer: AnswerWithEvents): void {
  const { metrics, formatError, access, allowedOrigins } = options;
  const admit = countedAdmission(options, 'sse');
  const refuseOthers = refuseMethod(['POST']);
  server.route({
    url: GRAPHQL_PATH,
    method: 'GET',
    exposeHeadRoute: false,
    onRequest: [
      async (request, reply) => (isEventSource(request) ? undefined : refuseOthers(request, reply)),
      async ({ headers }, reply) => {
        if (isForeign(headers, allowedOrigins)) return refuseForeign(reply);
        // An EventSource of another origin can show who it is by its cookie alone.
        if (headers.origin !== undefined) reply.header('access-control-allow-credentials', 'true');
        return undefined;
      },
      authenticateHttp(options, credentialsOfPage),
    ],
    errorHandler: refuseAsGraphql,
    handler(request, reply): unknown {
      const who = access.contextOf(principalOf(request), request.id);
      const admitted = admit(requestIn(request.query), { ...who, address: request.ip });
      if (isRefusal(admitted)) return turnAway(request, reply, admitted, formatError);
      if (isSubscription(admitted)) return answer(request, reply, admitted);
      metrics.graphqlRejected.inc({ reason: 'request', transport: 'sse' });
      return refuseOthers(request, reply);
    },
  });
}

const isSubscription = ({ operation }: Admitted): boolean => operation.operation === OperationTypeNode.SUBSCRIPTION;

import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type GraphQLFormattedError, type GraphQLSchema, OperationTypeNode } from 'graphql';
import type { Access, AccessContext } from '../access/access.ts';
import type { Metrics } from '../metrics/registry.ts';
import type { RequestContext } from '../platform/graphql/context.ts';
import { startDeadline } from '../platform/graphql/deadline.ts';
import type { Load } from '../platform/load/load.ts';
import type { Turns } from '../platform/load/turns.ts';
import { countedAdmission, countRefusal, isRefusal } from './admission.ts';
import { knownOf } from './answers/known.ts';
import { authenticateHttp, principalOf } from './authenticate-http.ts';
import { eventsIn } from './events/accept.ts';
import type { Admitted, Gate } from './gate/gate.ts';
import { type Refusal, Refused, refusalOf } from './gate/refusal.ts';
import { refuse, refuseAsGraphql, refuseMethod } from './http-refusals.ts';
import { measureOperations } from './operation-metrics.ts';
import { tellUnavailable } from './unavailable.ts';

export type GraphqlOptions = {
  readonly schema: GraphQLSchema;
  readonly gate: Gate;
  /** Says what is turned away while there is too much to do. */
  readonly load: Load;
  /** Lets a crowd in a few at a time. */
  readonly turns: Turns;
  readonly metrics: Metrics;
  readonly access: Access;
  /** How long a query or mutation may take. */
  readonly timeoutMs: number;
  readonly formatError: (error: unknown) => GraphQLFormattedError;
  readonly resolve: RequestContext['resolve'];
};

export const GRAPHQL_PATH = '/graphql';
/** A GET is what a foreign page can make a browser send; nothing here needs one. */
export const METHODS = ['POST'] as const;

/** Answers what was let in with server-sent events: takes the reply over, or refuses. */
export type AnswerWithEvents = (request: FastifyRequest, reply: FastifyReply, admitted: Admitted) => FastifyReply;
export type HttpOptions = GraphqlOptions & { readonly answerWithEvents: AnswerWithEvents };

/** Queries and mutations over HTTP, until the server is closed. Call before it listens. */
export async function serveHttp(server: FastifyInstance, options: HttpOptions): Promise<void> {
  const apollo = createApollo(options);
  await apollo.start();
  server.addHook('onClose', () => apollo.stop());
  server.route({
    url: GRAPHQL_PATH,
    method: [...METHODS],
    onRequest: authenticateHttp(options),
    preParsing: async ({ raw }, _reply, payload) => bodyBefore(raw) ?? payload,
    preHandler: passGate(options),
    errorHandler: refuseAsGraphql,
    handler(request, reply) {
      const deadline = startDeadline(options.timeoutMs);
      reply.raw.once('close', () => deadline.end());
      const who = options.access.contextOf(principalOf(request), request.id);
      const begun = begunBefore(request.raw);
      const context = { signal: deadline.signal, resolve: options.resolve, ...(begun && { begun }), ...who };
      const answer = fastifyApolloHandler(apollo, { context: async () => context });
      return deadline.run(() => answer.call(server, request, reply));
    },
  });
  server.route({
    url: GRAPHQL_PATH,
    method: ['HEAD', 'PUT', 'PATCH', 'DELETE'],
    onRequest: refuseMethod(METHODS),
    handler: () => undefined,
  });
}

function createApollo({ schema, gate, metrics, formatError }: GraphqlOptions) {
  return new ApolloServer<AccessContext>({
    schema,
    // Whether the schema is shown is for the gate to say, as everything about a request is.
    introspection: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    cache: 'bounded',
    // Apollo takes the documents that the gate has read and checked, by their hash, and does neither again.
    documentStore: {
      get: async (key) => gate.documentOf(key.slice(-SHA256_DIGITS)),
      set: async () => undefined,
      delete: async () => false,
    },
    formatError: (_formatted, error) => formatError(error),
    // The caller drains: it has sockets to close too, and an order to keep.
    stopOnTerminationSignals: false,
    plugins: [
      // Nothing is to be cached by others; and its plugin would put a wrapper around every field of the schema.
      ApolloServerPluginCacheControlDisabled(),
      measureOperations(metrics),
      tellUnavailable(),
    ],
  });
}

const SHA256_DIGITS = 64;

/** Apollo sees what the gate lets in and what has one answer, in the form in which the gate read it, and nothing else. */
function passGate(options: HttpOptions) {
  const { metrics, formatError, answerWithEvents } = options;
  const admit = { http: countedAdmission(options, 'http'), sse: countedAdmission(options, 'sse') };
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const who = options.access.contextOf(principalOf(request), request.id);
    const events = eventsIn(request.headers.accept);
    const by = admit[events === 'only' ? 'sse' : 'http'];
    const admitted = admittedBefore(request.raw) ?? by(request.body, { ...who, address: request.ip });
    if (isRefusal(admitted)) return refuse(reply, admitted, formatError);
    const isSubscription = admitted.operation.operation === OperationTypeNode.SUBSCRIPTION;
    if (events === 'only' || (events === 'also' && isSubscription)) return answerWithEvents(request, reply, admitted);
    if (isSubscription) {
      countRefusal(metrics, 'http', NO_SUBSCRIPTION);
      return refuse(reply, NO_SUBSCRIPTION, formatError);
    }
    request.body = requestOf(admitted);
    return undefined;
  };
}

/** What was read of a request before it came here is not there to be read again. */
function bodyBefore(request: IncomingMessage): Readable | undefined {
  const before = knownOf(request);
  return before !== undefined && 'body' in before ? Readable.from([before.body]) : undefined;
}

function admittedBefore(request: IncomingMessage): Admitted | Refusal | undefined {
  const before = knownOf(request);
  return before !== undefined && 'admitted' in before ? before.admitted : undefined;
}

function begunBefore(request: IncomingMessage): RequestContext['begun'] {
  const before = knownOf(request);
  return before !== undefined && 'begun' in before ? before.begun : undefined;
}

function requestOf({ text, variables, operation }: Admitted) {
  const operationName = operation.name?.value;
  return { query: text, variables, ...(operationName === undefined ? {} : { operationName }) };
}

/** A request over HTTP has one answer; a subscription that came this way would be executed as if it had one, too. */
const NO_SUBSCRIPTION = refusalOf(
  new Refused(
    'request',
    'BAD_REQUEST',
    'The operation is a "subscription", expected a query: subscriptions go over a WebSocket at the same path (graphql-transport-ws), or are accepted as text/event-stream',
    { isDomain: true },
  ),
  false,
);

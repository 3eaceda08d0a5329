import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance } from 'fastify';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Access, AccessContext } from '../access/access.ts';
import type { Metrics } from '../metrics/registry.ts';
import { UserError } from '../platform/errors.ts';
import type { RequestContext } from '../platform/graphql/context.ts';
import { answerMethodNotAllowed } from '../platform/http/answers.ts';
import { authenticateHttp, principalOf } from './authenticate-http.ts';
import { refuseForbidden } from './authorise.ts';
import { measureOperations } from './operation-metrics.ts';

export type GraphqlOptions = {
  readonly schema: GraphQLSchema;
  readonly metrics: Metrics;
  readonly access: Access;
  readonly formatError: (error: unknown) => GraphQLFormattedError;
  readonly resolve: RequestContext['resolve'];
  /** Shows the schema and the reasons of refusals to whoever asks; never in production. */
  readonly open: boolean;
};

export const GRAPHQL_PATH = '/graphql';
const METHODS = ['GET', 'POST'] as const;

/** Queries and mutations over HTTP. Call before the server listens; answers what has to be called to stop it. */
export async function serveHttp(server: FastifyInstance, options: GraphqlOptions): Promise<() => Promise<void>> {
  const apollo = new ApolloServer<AccessContext>({
    schema: options.schema,
    introspection: options.open,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    cache: 'bounded',
    formatError: (_formatted, error) => options.formatError(error),
    // The caller drains: it has sockets to close too, and an order to keep.
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginDrainHttpServer({ httpServer: server.server }),
      measureOperations(options.metrics),
      refuseSubscriptions,
      refuseForbidden,
    ],
  });
  await apollo.start();
  server.route({
    url: GRAPHQL_PATH,
    method: [...METHODS],
    onRequest: authenticateHttp(options),
    handler: fastifyApolloHandler(apollo, {
      context: async (request, reply) => {
        const left = new AbortController();
        reply.raw.once('close', () => left.abort());
        const who = options.access.contextOf(principalOf(request), request.id);
        return { signal: left.signal, resolve: options.resolve, ...who };
      },
    }),
  });
  server.route({
    url: GRAPHQL_PATH,
    method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    onRequest: async (request, reply) => answerMethodNotAllowed(METHODS)(request, reply),
    handler: () => undefined,
  });
  return () => apollo.stop();
}

/** A request over HTTP has one answer; a subscription that came this way would be executed as if it had one, too. */
const refuseSubscriptions: ApolloServerPlugin<AccessContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation?.operation !== 'subscription') return;
        const refusal = new UserError(
          'BAD_REQUEST',
          'The operation is a "subscription", expected a query: subscriptions go over a WebSocket at the same path (graphql-transport-ws)',
        );
        throw new GraphQLError(refusal.message, {
          originalError: refusal,
          extensions: { code: refusal.code, http: { status: 400 } },
        });
      },
    };
  },
};

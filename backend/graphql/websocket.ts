import type { FastifyInstance } from 'fastify';
import {
  type ExecutionArgs,
  execute,
  type FormattedExecutionResult,
  type GraphQLError,
  getOperationAST,
  OperationTypeNode,
  subscribe,
} from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { AccessContext } from '../access/access.ts';
import type { Session } from '../access/session-watch.ts';
import { countedAdmission, isRefusal } from './admission.ts';
import { authenticateSocket, type Opened } from './authenticate-websocket.ts';
import { startDeadline } from './deadline.ts';
import { GRAPHQL_PATH, type GraphqlOptions } from './http.ts';
import { watchSlowSocket } from './slow-socket.ts';
import { answered, endingWith, oneResult } from './websocket-operation.ts';

export type WebSocketOptions = GraphqlOptions & {
  /** Aborted when the process begins to drain. */
  readonly draining: AbortSignal;
};

type Extra = Opened & { session?: Session };
type OperationContext = AccessContext & { readonly left: AbortController };

/** Messages of clients are small; what they can make a process hold is bounded by these. */
const LIMITS = { maxPayload: 64 * 1024, maxFragments: 64, maxBufferedChunks: 1_024, perMessageDeflate: false } as const;
const TRY_AGAIN_LATER = 1013;
const SERVICE_RESTART = 1012;

/** Subscriptions over graphql-transport-ws. Answers what closes every socket, after its subscriptions were told. */
export function serveWebSocket(server: FastifyInstance, options: WebSocketOptions): () => Promise<void> {
  const sockets = new WebSocketServer({ noServer: true, path: GRAPHQL_PATH, ...LIMITS });
  server.server.on('upgrade', (request, socket, head) => {
    const path = request.url?.split('?')[0];
    if (path !== GRAPHQL_PATH || options.draining.aborted) {
      socket.end(
        `HTTP/1.1 ${path === GRAPHQL_PATH ? '503 Service Unavailable' : '404 Not Found'}\r\nconnection: close\r\n\r\n`,
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
  });
  const { metrics } = options;
  const admit = countedAdmission(options, 'websocket');
  const labels = { operation: 'other', transport: 'websocket' } as const;
  const protocol = useServer<Record<string, unknown>, Extra>(
    {
      schema: options.schema,
      connectionInitWaitTimeout: 3_000,
      context: ({ extra }): OperationContext => {
        const { principal, ended } = sessionOf(extra);
        const left = new AbortController();
        return {
          signal: left.signal,
          left,
          resolve: options.resolve,
          ...options.access.contextOf(principal, null, ended),
        };
      },
      execute: (operation) => executeUntil(options.timeoutMs, operation),
      subscribe: (operation) => answered(() => subscribe(operation)),
      onConnect: async ({ extra, connectionParams }) => {
        const session = await authenticateSocket(options.access, extra, connectionParams);
        if (session === null) return false;
        extra.session = session;
        watchSlowSocket(extra.socket, () => {
          metrics.subscriptionEvents.inc({ operation: 'other', result: 'slow_consumer' });
          extra.socket.close(TRY_AGAIN_LATER, 'slow consumer: come back with your cursor');
        });
        return true;
      },
      onSubscribe: ({ extra }, _id, payload) => {
        const who = options.access.contextOf(sessionOf(extra).principal, null);
        const admitted = admit(payload, { ...who, address: extra.request.socket.remoteAddress });
        if (isRefusal(admitted)) return admitted.errors;
        const { document, operation, variables } = admitted;
        return { schema: options.schema, document, operationName: operation.name?.value, variableValues: variables };
      },
      onOperation: (_context, _id, _payload, args, result) => {
        if (!(Symbol.asyncIterator in result) || !isSubscription(args)) return;
        metrics.subscriptionsActive.inc(labels);
        return endingWith(result, () => {
          metrics.subscriptionsActive.dec(labels);
          (args.contextValue as OperationContext).left.abort();
        });
      },
      onNext: (_context, _id, _payload, _args, result) => {
        countDelivery(options, result);
        return formatted(options, result);
      },
      onError: (_context, _id, _payload, errors) => errors.map(options.formatError),
    },
    sockets,
    12_000,
  );
  return async () => {
    for (const client of sockets.clients) client.close(SERVICE_RESTART, 'restart');
    await protocol.dispose();
  };
}

function sessionOf({ session }: Extra): Session {
  if (session === undefined) throw new Error('An operation came over a socket that was not authenticated');
  return session;
}

/** Queries are results that a client can end, too: one that leaves or wants it no more has its statement cancelled. */
function executeUntil(timeoutMs: number, operation: ExecutionArgs) {
  const deadline = startDeadline(timeoutMs);
  const contextValue = { ...(operation.contextValue as OperationContext), signal: deadline.signal };
  return oneResult(
    () => deadline.run(() => answered(() => execute({ ...operation, contextValue }))),
    () => deadline.end(),
  );
}

function isSubscription({ document, operationName }: ExecutionArgs): boolean {
  return getOperationAST(document, operationName)?.operation === OperationTypeNode.SUBSCRIPTION;
}

/** A result as graphql-ws hands it over: its type writes absent errors as undefined ones. */
type Result = {
  readonly data?: Readonly<Record<string, unknown>> | null | undefined;
  readonly errors?: readonly GraphQLError[] | undefined;
};

/** Errors inside a result pass the same formatter as everywhere. */
function formatted(options: WebSocketOptions, { data = null, errors }: Result): FormattedExecutionResult {
  return errors === undefined ? { data } : { data, errors: errors.map(options.formatError) };
}

function countDelivery({ metrics }: WebSocketOptions, result: Result): void {
  const item = Object.values(result.data ?? {})[0];
  if (typeof item !== 'object' || item === null) return;
  const events = 'events' in item ? item.events : 'bars' in item ? item.bars : null;
  if (!Array.isArray(events)) return;
  metrics.subscriptionEvents.inc({ operation: 'other', result: 'sent' }, events.length);
  if ('lagMs' in item && typeof item.lagMs === 'number')
    metrics.subscriptionLag.observe({ operation: 'other' }, item.lagMs / 1_000);
}

import type { FastifyInstance } from 'fastify';
import { isOriginAllowed } from '../access/origin.ts';
import { WebSocketTransport } from '../delivery/transports/websocket-server.ts';
import { GRAPHQL_PATH } from './http.ts';
import { createOperations, type LiveOptions } from './operations.ts';

/** Operations over graphql-transport-ws. Answers what closes every socket, spread over the time, after its subscriptions were told. */
export function serveWebSocket(server: FastifyInstance, options: LiveOptions): (spreadMs: number) => Promise<void> {
  const { access, outbox, formatError, onTooSlow, draining, caps, allowedOrigins, clientAddress } = options;
  const transport = new WebSocketTransport(server.server, {
    ...{ access, outbox, formatError, onTooSlow, draining, path: GRAPHQL_PATH, random: Math.random },
    operations: createOperations(options, 'websocket'),
    maxOperations: caps.perConnection,
    maxUnknownPerAddress: caps.unknownPerAddress,
    addressOf: ({ socket, headers }) => clientAddress.of(socket.remoteAddress, headers['x-forwarded-for']),
    isOriginAllowed: (place) => isOriginAllowed(place, allowedOrigins),
  });
  return (spreadMs) => transport.drain(spreadMs);
}

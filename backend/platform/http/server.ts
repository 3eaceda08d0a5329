import { type FastifyInstance, fastify } from 'fastify';
import type { Metrics } from '../../metrics/registry.ts';
import { traceIdOf, withContext } from '../telemetry/context.ts';
import type { Logger } from '../telemetry/logger.ts';
import { answerBrokenRequest, answerError, answerNotFound } from './answers.ts';
import { refusePackedBodies } from './content-encoding.ts';
import { frontedServer, idFromFront, saneId } from './front.ts';
import type { HealthPort } from './health-port.ts';
import { addProbes } from './probes.ts';
import { countRequests } from './request-metrics.ts';

export type ServerOptions = {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly health: HealthPort;
  /** Names a request that came without a usable `x-correlation-id`. */
  readonly newId: () => string;
  /** Milliseconds of a clock that never goes back, like `performance.now`. */
  readonly monotonic: () => number;
};

/** The listener that clients reach. It answers the probes; whoever offers more adds routes before it listens. */
export function createPublicServer(options: ServerOptions): FastifyInstance {
  const server = createServer(options);
  countRequests(server, options);
  addProbes(server, options.health);
  return server;
}

/** The listener for Prometheus, probes and operators. Its requests are not counted: they say nothing about what clients see. */
export function createInternalServer(options: ServerOptions): FastifyInstance {
  const server = createServer(options);
  addProbes(server, options.health);

  server.get('/metrics', async (request, reply) => {
    const { metrics } = options;
    const wanted = request.headers.accept?.includes('application/openmetrics-text') ? metrics.openMetrics : null;
    const { contentType } = wanted ?? metrics;
    const page = await (wanted ?? metrics).render();
    return reply.header('cache-control', 'no-store').header('vary', 'accept').type(contentType).send(page);
  });
  server.get('/health/detailed', async (_request, reply) => {
    const report = await options.health.detailed();
    return reply
      .header('cache-control', 'no-store')
      .code(report.status === 'unhealthy' ? 503 : 200)
      .send(report);
  });
  return server;
}

const BODY_LIMIT = 100_000;
/** A connection that is never given up keeps its load balancer from finding the processes that came later. */
const REQUESTS_A_SOCKET = 10_000;
const IDLE_LOOK_MS = 50;
/** So long what is under way when the server closes has to end. A client that does not read its answer would hold it open for ever. */
const CLOSING_MS = 10_000;
const HTTP = {
  requestTimeout: 30_000,
  // Longer than the 600 s of Google's load balancer, which else reuses a connection that was just closed.
  keepAliveTimeout: 620_000,
  ...{ headersTimeout: 10_000, maxHeaderSize: 8_192, connectionsCheckingInterval: 2_000 },
};

const noSchemas = () => () => {
  throw new Error('A route has a schema, and there is no compiler for it');
};

function createServer({ log, newId }: ServerOptions): FastifyInstance {
  const server = fastify({
    logger: false,
    // No route has a schema; without these, two compilers of them are loaded that nobody uses.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    bodyLimit: BODY_LIMIT,
    serverFactory: (framework) =>
      Object.assign(frontedServer(HTTP, framework), { maxRequestsPerSocket: REQUESTS_A_SOCKET }),
    forceCloseConnections: 'idle',
    genReqId: (request) => idFromFront(request) ?? saneId(request.headers['x-correlation-id']) ?? newId(),
    frameworkErrors: answerError(log),
    clientErrorHandler: answerBrokenRequest,
  });
  server.addHook('preClose', (done) => {
    // Connections become idle one by one, as the last answers go out on them.
    const timer = setInterval(() => server.server.closeIdleConnections(), IDLE_LOOK_MS);
    const cutOff = setTimeout(() => server.server.closeAllConnections(), CLOSING_MS);
    server.server.once('close', () => {
      clearInterval(timer);
      clearTimeout(cutOff);
    });
    done();
  });
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-correlation-id', request.id);
    withContext({ correlationId: request.id, traceId: traceIdOf(request.headers['traceparent']) }, done);
  });
  // Everything here is JSON; what a form of a foreign page can send without being asked is not taken.
  server.removeContentTypeParser('text/plain');
  refusePackedBodies(server, BODY_LIMIT);
  server.setErrorHandler(answerError(log));
  server.setNotFoundHandler(answerNotFound);
  return server;
}

import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { type Catalogue, catalogue } from '../../metrics/catalogue.ts';
import type { Metrics } from '../../metrics/registry.ts';
import { inSampledTrace } from '../telemetry/context.ts';

type Method = Catalogue['httpRequests']['labels']['method'][number];

/** nginx's word for a client that went away before it had its answer. */
const CLIENT_CLOSED_REQUEST = 499;

const counts = new WeakMap<ServerResponse, (status: number) => void>();

/** Counts a request now whose answer has begun and goes on for as long as its client stays, which says nothing about the service. */
export function countStream(response: ServerResponse): void {
  counts.get(response)?.(response.statusCode);
}

/** Counts and times each request under its route template; a path that nobody serves is `unmatched`, or scanners would make series. */
export function countRequests(
  server: FastifyInstance,
  { metrics, monotonic }: { metrics: Metrics; monotonic: () => number },
): void {
  server.addHook('onRequest', (request, reply, done) => {
    const begin = monotonic();
    metrics.httpRequestsInProgress.inc();
    let isOpen = true;
    const count = (status: number): void => {
      if (!isOpen) return;
      isOpen = false;
      const labels = { method: methodOf(request.method), endpoint: request.routeOptions.url ?? 'unmatched' };
      metrics.httpRequestsInProgress.dec();
      metrics.httpRequests.inc({ ...labels, status: String(status) });
      const seconds = (monotonic() - begin) / 1_000;
      inSampledTrace(request.headers['traceparent'], () => metrics.httpRequestDuration.observe(labels, seconds));
    };
    // A request that the client cuts off is closed without being finished, and fastify's own onResponse never hears of it.
    reply.raw.once('finish', () => count(reply.statusCode));
    reply.raw.once('close', () => count(CLIENT_CLOSED_REQUEST));
    counts.set(reply.raw, count);
    done();
  });
}

function methodOf(given: string): Method {
  return catalogue.httpRequests.labels.method.find((known) => known === given) ?? 'other';
}

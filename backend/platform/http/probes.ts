import type { FastifyInstance, FastifyReply } from 'fastify';
import { probes } from '../../roles.ts';
import type { HealthPort } from './health-port.ts';

/** The three probes and the aliases under which other systems know them. */
export function addProbes(server: FastifyInstance, health: HealthPort): void {
  for (const path of [probes.live, '/health', '/api/v1/health']) {
    server.get(path, (_request, reply) => answer(reply, true, health.live()));
  }
  for (const path of [probes.ready, '/api/v1/readiness']) {
    server.get(path, async (_request, reply) => {
      const readiness = await health.ready();
      const verdict = readiness.ready ? { status: 'ready' } : { status: 'not_ready', reason: readiness.reason };
      return answer(reply, readiness.ready, { ...health.live(), ...verdict });
    });
  }
  server.get(probes.startup, (_request, reply) => {
    const started = health.started();
    return answer(reply, started, { ...health.live(), status: started ? 'started' : 'starting' });
  });
}

function answer(reply: FastifyReply, good: boolean, body: object): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .code(good ? 200 : 503)
    .send(body);
}

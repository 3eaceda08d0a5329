import type { FastifyInstance } from 'fastify';
import { peer } from '../peers.ts';
import { listOf } from './list.ts';
import { typeDefs } from './schema.ts';
import type { Served, Setup } from './setup.ts';

/** mercurius with jit after one execution. */
export async function start(setup: Setup): Promise<Served> {
  const { default: fastify } = await peer<{ default: (options: unknown) => FastifyInstance }>('fastify');
  const { default: mercurius } = await peer<{ default: unknown }>('mercurius');
  const list = await listOf(setup);
  const app = fastify({ logger: false });
  const resolvers = { Query: { signals: (_root: unknown, args: Parameters<typeof list>[0]) => list(args) } };
  await app.register(mercurius as never, { schema: typeDefs, jit: 1, resolvers } as never);
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: (app.server.address() as { port: number }).port };
}

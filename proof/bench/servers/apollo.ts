import type { FastifyInstance } from 'fastify';
import { peer } from '../peers.ts';
import { listOf } from './list.ts';
import { openRepository } from './mikro-orm.ts';
import { typeDefs } from './schema.ts';
import type { Served, Setup } from './setup.ts';

type Tools = { makeExecutableSchema(options: unknown): unknown };
type Apollo = { readonly ApolloServer: new (options: unknown) => { start(): Promise<void> } };
type Integration = {
  readonly default: { default(apollo: unknown): unknown };
  fastifyApolloDrainPlugin(app: unknown): unknown;
};

/** Apollo Server by its fastify integration, as its documentation puts them together. */
export async function start(setup: Setup): Promise<Served> {
  const { default: fastify } = await peer<{ default: (options: unknown) => FastifyInstance }>('fastify');
  const { ApolloServer } = await peer<Apollo>('@apollo/server');
  const { default: integration, fastifyApolloDrainPlugin } = await peer<Integration>('@as-integrations/fastify');
  const { makeExecutableSchema } = await peer<Tools>('@graphql-tools/schema');
  const list = setup.databaseUrl === undefined ? await listOf(setup) : await openRepository(setup.databaseUrl);
  const resolvers = { Query: { signals: (_root: unknown, args: Parameters<typeof list>[0]) => list(args) } };
  const schema = makeExecutableSchema({ typeDefs, resolvers });
  const app = fastify({ logger: false });
  const apollo = new ApolloServer({ schema, plugins: [fastifyApolloDrainPlugin(app)] });
  await apollo.start();
  await app.register(integration.default(apollo) as never);
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: (app.server.address() as { port: number }).port };
}

import type { FastifyInstance } from 'fastify';
import { peer } from '../peers.ts';
import { listOf } from './list.ts';
import { openRepository } from './mikro-orm.ts';
import { typeDefs } from './schema.ts';
import { isWanted, type Payload, type Served, type Setup, type SubscriptionArgs } from './setup.ts';

type Tools = { makeExecutableSchema(options: unknown): unknown };
type Apollo = { readonly ApolloServer: new (options: unknown) => { start(): Promise<void> } };
type Integration = {
  readonly default: { default(apollo: unknown): unknown };
  fastifyApolloDrainPlugin(app: unknown): unknown;
};
type Subscriptions = {
  readonly PubSub: new () => PubSub;
  withFilter(source: () => unknown, filter: (item: Item, args: SubscriptionArgs) => boolean): unknown;
};
type PubSub = {
  publish(topic: string, item: Item): Promise<void>;
  asyncIterableIterator(topic: string): unknown;
};
type Item = { readonly signalEvents: Payload };
type UseServer = { useServer(options: unknown, sockets: unknown): unknown };
type Ws = { readonly default: { readonly WebSocketServer: new (options: unknown) => object } };

/** Apollo Server by its fastify integration, graphql-ws and graphql-subscriptions, as their documentation puts them together. */
export async function start(setup: Setup): Promise<Served> {
  const { default: fastify } = await peer<{ default: (options: unknown) => FastifyInstance }>('fastify');
  const { ApolloServer } = await peer<Apollo>('@apollo/server');
  const { default: integration, fastifyApolloDrainPlugin } = await peer<Integration>('@as-integrations/fastify');
  const { makeExecutableSchema } = await peer<Tools>('@graphql-tools/schema');
  const { PubSub, withFilter } = await peer<Subscriptions>('graphql-subscriptions');
  const list = setup.databaseUrl === undefined ? await listOf(setup) : await openRepository(setup.databaseUrl);
  const pubsub = new PubSub();
  const source = () => pubsub.asyncIterableIterator(TOPIC);
  const subscribe =
    setup.filtered === true ? withFilter(source, ({ signalEvents }, args) => isWanted(signalEvents, args)) : source;
  const resolvers = {
    Query: { signals: (_root: unknown, args: Parameters<typeof list>[0]) => list(args) },
    Subscription: { signalEvents: { subscribe } },
  };
  const schema = makeExecutableSchema({ typeDefs, resolvers });
  const app = fastify({ logger: false });
  const apollo = new ApolloServer({ schema, plugins: [fastifyApolloDrainPlugin(app)] });
  await apollo.start();
  await app.register(integration.default(apollo) as never);
  const { useServer } = await peer<UseServer>('graphql-ws/use/ws');
  const { default: ws } = await peer<Ws>('ws');
  useServer({ schema }, new ws.WebSocketServer({ server: app.server, path: '/graphql' }));
  await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    port: (app.server.address() as { port: number }).port,
    publish: async (payloads) => {
      for (const signalEvents of payloads) await pubsub.publish(TOPIC, { signalEvents });
    },
  };
}

const TOPIC = 'signals';

import type { FastifyInstance } from 'fastify';
import { peer } from '../peers.ts';
import { listOf } from './list.ts';
import { typeDefs } from './schema.ts';
import { isWanted, type Payload, type Served, type Setup, type SubscriptionArgs } from './setup.ts';

type PubSub = { publish(event: { topic: string; payload: Item }): void; subscribe(topic: string): unknown };
type Subscribe = (root: unknown, args: unknown, context: { readonly pubsub: PubSub }) => unknown;
type Mercurius = {
  withFilter(subscribe: Subscribe, filter: (item: Item, args: SubscriptionArgs) => boolean): Subscribe;
};
type Item = { readonly signalEvents: Payload };
type Graphql = FastifyInstance & { readonly graphql: { readonly pubsub: PubSub } };

/** mercurius with jit after one execution, its own pubsub and its own filter. */
export async function start(setup: Setup): Promise<Served> {
  const { default: fastify } = await peer<{ default: (options: unknown) => FastifyInstance }>('fastify');
  const { default: mercurius } = await peer<{ default: Mercurius }>('mercurius');
  const list = await listOf(setup);
  const app = fastify({ logger: false }) as Graphql;
  const source: Subscribe = (_root, _args, { pubsub }) => pubsub.subscribe(TOPIC);
  const subscribe =
    setup.filtered === true
      ? mercurius.withFilter(source, ({ signalEvents }, args) => isWanted(signalEvents, args))
      : source;
  const resolvers = {
    Query: { signals: (_root: unknown, args: Parameters<typeof list>[0]) => list(args) },
    Subscription: { signalEvents: { subscribe } },
  };
  await app.register(mercurius as never, { schema: typeDefs, jit: 1, subscription: true, resolvers } as never);
  await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    port: (app.server.address() as { port: number }).port,
    publish: (payloads) => {
      for (const signalEvents of payloads) app.graphql.pubsub.publish({ topic: TOPIC, payload: { signalEvents } });
    },
  };
}

const TOPIC = 'signals';

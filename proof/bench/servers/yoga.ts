import { createServer, type RequestListener } from 'node:http';
import { peer } from '../peers.ts';
import { typeDefs } from './schema.ts';
import { isWanted, type Payload, type Served, type Setup, type SubscriptionArgs } from './setup.ts';

type Yoga = {
  createSchema(options: unknown): unknown;
  createYoga(options: unknown): Instance;
  createPubSub(): { publish(topic: string, item: Item): void; subscribe(topic: string): unknown };
  pipe(source: unknown, ...operators: unknown[]): unknown;
  filter(wanted: (item: Item) => boolean): unknown;
};
type Item = { readonly signalEvents: Payload };
type Enveloped = {
  readonly schema: unknown;
  readonly execute: unknown;
  readonly subscribe: unknown;
  parse(text: string): unknown;
  contextFactory(): unknown;
};
type Instance = RequestListener & { getEnveloped(context: unknown): Enveloped };
type UseServer = { useServer(options: unknown, sockets: unknown): unknown };
type Ws = { readonly default: { readonly WebSocketServer: new (options: unknown) => object } };
type Rooted = { readonly rootValue: { execute(args: unknown): unknown; subscribe(args: unknown): unknown } };
type Asked = { readonly query: string; readonly variables: unknown; readonly operationName: unknown };

/** graphql-yoga with its pubsub and filter, and graphql-ws through its envelop as its documentation shows. */
export async function start(setup: Setup): Promise<Served> {
  const { createSchema, createYoga, createPubSub, pipe, filter } = await peer<Yoga>('graphql-yoga');
  const pubsub = createPubSub();
  const wanted = (args: SubscriptionArgs) => filter(({ signalEvents }) => isWanted(signalEvents, args));
  const subscribe = (_root: unknown, args: SubscriptionArgs) =>
    setup.filtered === true ? pipe(pubsub.subscribe(TOPIC), wanted(args)) : pubsub.subscribe(TOPIC);
  const schema = createSchema({ typeDefs, resolvers: { Subscription: { signalEvents: { subscribe } } } });
  const yoga = createYoga({ schema, logging: false });
  const server = createServer(yoga);
  const { useServer } = await peer<UseServer>('graphql-ws/use/ws');
  const { default: ws } = await peer<Ws>('ws');
  const options = {
    execute: (args: Rooted) => args.rootValue.execute(args),
    subscribe: (args: Rooted) => args.rootValue.subscribe(args),
    onSubscribe: (context: object, _id: string, asked: Asked) => argsOf(yoga, context, asked),
  };
  useServer(options, new ws.WebSocketServer({ server, path: '/graphql' }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    publish: (payloads) => {
      for (const signalEvents of payloads) pubsub.publish(TOPIC, { signalEvents });
    },
  };
}

async function argsOf(yoga: Instance, context: object, asked: Asked): Promise<unknown> {
  const { schema, execute, subscribe, parse, contextFactory } = yoga.getEnveloped({ ...context, params: asked });
  return {
    ...{ schema, operationName: asked.operationName, variableValues: asked.variables },
    document: parse(asked.query),
    contextValue: await contextFactory(),
    rootValue: { execute, subscribe },
  };
}

const TOPIC = 'signals';

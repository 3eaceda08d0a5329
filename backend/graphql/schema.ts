import { createHash } from 'node:crypto';
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchemaSync, type ContainerType, type PubSub } from 'type-graphql';
import { AccessResolver } from '../access/access.resolver.ts';
import { AcknowledgementResolver } from '../delivery/acknowledgement.resolver.ts';
import { BarStreamResolver } from '../delivery/bar-stream.resolver.ts';
import { SignalStreamResolver } from '../delivery/signal-stream.resolver.ts';
import { FeatureRanksResolver } from '../features/feature-ranks.resolver.ts';
import { InstrumentResolver } from '../market-data/instrument.resolver.ts';
import { MarketDataResolver } from '../market-data/market-data.resolver.ts';
import { ModelsResolver } from '../models/models.resolver.ts';
import { OperationsResolver } from '../operations/operations.resolver.ts';
import { PerformanceResolver } from '../outcomes/performance.resolver.ts';
import { CancellationResolver } from '../signals/cancellation.resolver.ts';
import { SignalsResolver } from '../signals/signals.resolver.ts';
import { guarded } from './guard.ts';
import { NodeResolver } from './node.resolver.ts';
import { withPlainFields } from './plain-fields.ts';

const RESOLVERS = [
  MarketDataResolver,
  InstrumentResolver,
  FeatureRanksResolver,
  ModelsResolver,
  PerformanceResolver,
  SignalsResolver,
  SignalStreamResolver,
  BarStreamResolver,
  OperationsResolver,
  NodeResolver,
  AccessResolver,
  AcknowledgementResolver,
  CancellationResolver,
] as const;

/** The resolvers of the schema, made by whoever starts the service. */
export type Resolvers = Instances<typeof RESOLVERS>;

type Instances<Classes extends readonly (abstract new (...parameters: never[]) => object)[]> = {
  readonly [Place in keyof Classes]: InstanceType<Classes[Place]>;
};

/** The one instance of each resolver class, found by its class. */
export function resolverContainer(resolvers: Resolvers): ContainerType {
  const byClass = new Map<unknown, object>(resolvers.map((resolver) => [resolver.constructor, resolver]));
  return {
    get(type) {
      const resolver = byClass.get(type);
      if (resolver === undefined) throw new Error(`There is no resolver ${type.name}`);
      return resolver;
    },
  };
}

// Payloads never travel through a bus in the process: subscriptions read the event log. type-graphql only wants one to exist.
const noPubSub: PubSub = {
  publish: () => refusePubSub(),
  subscribe: () => refusePubSub(),
};

function refusePubSub(): never {
  throw new Error('Subscriptions read the event log, there is no publish and subscribe here');
}

/** Built once a process: type-graphql keeps its metadata in a global store. Inputs are checked where they are translated. */
export function createSchema(container: ContainerType): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [...RESOLVERS],
    container,
    validate: false,
    // A test looks at the schema as this would, with an introspection of all of it at each start.
    skipCheck: true,
    emitSchemaFile: false,
    pubSub: noPubSub,
  });
  return guarded(withPlainFields(schema));
}

/** The schema as it is committed and compared. */
export function schemaText(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

export function schemaHash(schema: GraphQLSchema): string {
  return createHash('sha256').update(schemaText(schema)).digest('hex');
}

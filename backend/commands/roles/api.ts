import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { AccessResolver } from '../../access/access.resolver.ts';
import type { ApiKeys } from '../../access/api-keys.ts';
import type { Principal } from '../../access/principal.ts';
import { AcknowledgementResolver } from '../../delivery/acknowledgement.resolver.ts';
import { Acknowledgements } from '../../delivery/acknowledgements.ts';
import { BarStreamResolver } from '../../delivery/bar-stream.resolver.ts';
import { openGateway } from '../../delivery/gateway/open-gateway.ts';
import type { DeliveryTrace } from '../../delivery/gateway/ports.ts';
import { SignalStreamResolver } from '../../delivery/signal-stream.resolver.ts';
import { Outbox } from '../../delivery/transports/outbox.ts';
import { SubscriptionCap } from '../../delivery/transports/subscription-cap.ts';
import type { WakeUp } from '../../delivery/wake-up.ts';
import { FeatureRanksResolver } from '../../features/feature-ranks.resolver.ts';
import { FeatureRanksService } from '../../features/feature-ranks.service.ts';
import { createFront } from '../../graphql/answers/front.ts';
import { shareWithPages } from '../../graphql/cross-origin.ts';
import { createErrorFormatter } from '../../graphql/errors.ts';
import { serveEvents } from '../../graphql/events/serve-events.ts';
import { Gate } from '../../graphql/gate/gate.ts';
import { LIMITS } from '../../graphql/gate/limits.ts';
import type { RateOptions } from '../../graphql/gate/rate-limit.ts';
import { loadTrustedDocuments, withTrusted } from '../../graphql/gate/trusted-documents.ts';
import { serveGraphiql } from '../../graphql/graphiql.ts';
import { serveHttp } from '../../graphql/http.ts';
import { NodeResolver } from '../../graphql/node.resolver.ts';
import type { LiveOptions } from '../../graphql/operations.ts';
import { createSchema, type Resolvers, resolverContainer, schemaHash } from '../../graphql/schema.ts';
import { shedAtDoor } from '../../graphql/shed-at-door.ts';
import { serveWebSocket } from '../../graphql/websocket.ts';
import { CursorCodec } from '../../log/cursor.ts';
import { PUBLIC_STREAM } from '../../log/event.ts';
import { readHead as readHeadOf, readStreamState } from '../../log/read.ts';
import { InstrumentResolver } from '../../market-data/instrument.resolver.ts';
import { MarketDataResolver } from '../../market-data/market-data.resolver.ts';
import { MarketDataService } from '../../market-data/market-data.service.ts';
import type { Metrics } from '../../metrics/registry.ts';
import { ModelsResolver } from '../../models/models.resolver.ts';
import { ModelRegistry } from '../../models/registry.ts';
import { OperationsResolver } from '../../operations/operations.resolver.ts';
import { syntheticDocuments } from '../../operations/synthetic/documents.ts';
import { PerformanceResolver } from '../../outcomes/performance.resolver.ts';
import { PerformanceService } from '../../outcomes/performance.service.ts';
import type { Cache } from '../../platform/cache/cache.ts';
import { countedCache } from '../../platform/cache/counted-cache.ts';
import { type Clock, wallClock } from '../../platform/clock.ts';
import type { Pool } from '../../platform/database/pool.ts';
import { ClientAddress } from '../../platform/http/client-address.ts';
import { serveFirst } from '../../platform/http/front.ts';
import type { HealthPort } from '../../platform/http/health-port.ts';
import type { Load } from '../../platform/load/load.ts';
import { Turns } from '../../platform/load/turns.ts';
import { randomOf } from '../../platform/random.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { CancellationResolver } from '../../signals/cancellation.resolver.ts';
import { Cancellations } from '../../signals/cancellations.ts';
import { DISCLAIMER } from '../../signals/disclaimer.ts';
import { SignalsResolver } from '../../signals/signals.resolver.ts';
import { SignalsService } from '../../signals/signals.service.ts';
import { type AccessSettings, openAccess } from './access.ts';

export type ApiOptions = {
  readonly pool: Pool;
  /** For what follows the event log. */
  readonly tailerPool: Pool;
  readonly cache: Cache;
  readonly load: Load;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly health: HealthPort;
  readonly wakeUp: WakeUp;
  /** The clock of the data. */
  readonly dataClock: Clock;
  readonly accessSettings: AccessSettings;
  readonly cursorSecret: string;
  readonly pollMs: number;
  readonly checkpointMs: number;
  /** Whether schema, reasons and GraphiQL are shown to whoever asks. */
  readonly open: boolean;
  /** The file of the only documents that are run; null where any is. */
  readonly trustedDocumentsFile: string | null;
  /** How long a query may take. */
  readonly timeoutMs: number;
  /** Of one operation. */
  readonly maxCost: number;
  readonly rate: RateOptions;
  readonly caps: LiveOptions['caps'] & {
    /** Most subscriptions of one principal at once. */
    readonly perPrincipal: number;
  };
  readonly allowedOrigins: LiveOptions['allowedOrigins'];
  /** Networks of the proxies before this, whose word is taken for who asks. */
  readonly trustedProxies: readonly string[];
  /** Over so long sockets and streams are closed when the process drains. */
  readonly drainSpreadMs: number;
  readonly version: string;
  readonly publicationNotice: () => string | null;
  readonly trace?: DeliveryTrace | null;
  readonly draining: AbortSignal;
};

/** Everything that answers GraphQL, put on a server before it listens. Answers what closes it, subscriptions first. */
export async function serveApi(server: FastifyInstance, options: ApiOptions): Promise<() => Promise<void>> {
  const { access, keys, stop } = openAccess({ ...options, settings: options.accessSettings });
  const codec = new CursorCodec(options.cursorSecret);
  const signals = new SignalsService(options.pool, codec, options.dataClock);
  const resolvers = createResolvers({ ...options, codec, signals, keys }, () => schemaHash(schema));
  const container = resolverContainer(resolvers);
  const schema: GraphQLSchema = createSchema(container);
  const graphql = {
    schema,
    gate: createGate(schema, options),
    load: options.load,
    turns: new Turns({ now: () => performance.now(), later: setImmediate }),
    metrics: options.metrics,
    access,
    timeoutMs: options.timeoutMs,
    formatError: createErrorFormatter(options.log),
    resolve: <T extends object>(type: new (...args: never[]) => T): T => container.get(type, NO_RESOLVER_DATA) as T,
  };
  shareWithPages(server, options.allowedOrigins);
  shedAtDoor(server, graphql);
  if (options.open) await serveGraphiql(server);
  const outbox = new Outbox();
  const gateway = openGateway({
    ...{ ...options, codec, stream: PUBLIC_STREAM, random: Math.random },
    pool: options.tailerPool,
    signals: new SignalsService(options.tailerPool, codec, options.dataClock),
    flush: () => outbox.flush(),
  });
  const live = {
    ...graphql,
    gateway,
    outbox,
    onTooSlow: ({ id, tenant }: Principal) =>
      options.log.warn('a client was cut off as too slow', { actor: id, tenant }),
    draining: options.draining,
    cap: new SubscriptionCap(options.caps.perPrincipal),
    caps: options.caps,
    allowedOrigins: options.allowedOrigins,
    clientAddress: new ClientAddress(options.trustedProxies),
  };
  const closeSockets = serveWebSocket(server, live);
  const events = serveEvents(server, live);
  const readHead = async () => Object.values(await readHeadOf(options.pool, PUBLIC_STREAM)).join(' ');
  serveFirst(server, createFront({ ...graphql, allowedOrigins: options.allowedOrigins, newId: randomUUID, readHead }));
  await serveHttp(server, { ...graphql, answerWithEvents: events.answer });
  return async () => {
    await Promise.all([closeSockets(options.drainSpreadMs), events.drain(options.drainSpreadMs)]);
    await gateway.close();
    await stop();
  };
}

/** Throws a UserError that says what is wrong with the file of trusted documents. */
function createGate(schema: GraphQLSchema, options: ApiOptions): Gate {
  const limits = { ...LIMITS, cost: options.maxCost };
  const file = options.trustedDocumentsFile;
  // The subscriber of our own is no stranger.
  const trusted = file === null ? null : withTrusted(loadTrustedDocuments(file, schema, limits), syntheticDocuments);
  return new Gate({ schema, limits, rate: options.rate, open: options.open, trusted });
}

/** Uniform numbers that depend on the seed alone. */
function randomUniform(seed: number): () => number {
  const random = randomOf(`performance ${seed}`);
  return () => random.uniform();
}

// The container finds a resolver by its class alone.
const NO_RESOLVER_DATA = { info: undefined, context: undefined, args: undefined, root: undefined } as never;

type ResolverParts = ApiOptions & {
  readonly codec: CursorCodec;
  readonly signals: SignalsService;
  readonly keys: ApiKeys;
};

function createResolvers(options: ResolverParts, hash: () => string): Resolvers {
  const { pool, dataClock, codec, signals, keys } = options;
  const marketData = new MarketDataService(pool);
  const models = new ModelRegistry(pool);
  const follow = {
    pool: options.tailerPool,
    ...{ codec, wallClock },
    wakeUp: options.wakeUp,
    pollMs: options.pollMs,
    checkpointMs: options.checkpointMs,
    draining: options.draining,
    random: Math.random,
  };
  return [
    new MarketDataResolver(marketData, dataClock),
    new InstrumentResolver(marketData, dataClock),
    new FeatureRanksResolver(new FeatureRanksService(pool), marketData, dataClock),
    new ModelsResolver(models),
    new PerformanceResolver(
      new PerformanceService(pool, randomUniform, countedCache(options.cache, 'performance', options.metrics)),
    ),
    new SignalsResolver(signals),
    new SignalStreamResolver(signals),
    new BarStreamResolver(marketData, follow),
    new OperationsResolver(options.health, () => serviceInfo(options, hash)),
    new NodeResolver(signals, marketData, models),
    new AccessResolver(keys),
    new AcknowledgementResolver(new Acknowledgements(pool, codec, wallClock)),
    new CancellationResolver(new Cancellations(pool, wallClock), signals, (seq) => {
      options.metrics.signalOutcomes.inc({ result: 'CANCELLED' });
      options.wakeUp.notify(PUBLIC_STREAM, seq);
    }),
  ];
}

async function serviceInfo(options: ApiOptions, hash: () => string) {
  const state = await readStreamState(options.pool, PUBLIC_STREAM);
  return {
    service: 'heliograph',
    version: options.version,
    schemaHash: hash(),
    epoch: state.head.epoch,
    serverTime: new Date(wallClock.now()),
    dataTime: new Date(options.dataClock.now()),
    disclaimer: DISCLAIMER,
    publicationNotice: options.publicationNotice(),
  };
}

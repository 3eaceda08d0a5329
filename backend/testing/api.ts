import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { AccessSettings } from '../commands/roles/access.ts';
import { type ApiOptions, serveApi } from '../commands/roles/api.ts';
import { InProcessWakeUp } from '../delivery/wake-up.ts';
import { createMetrics, type Metrics } from '../metrics/registry.ts';
import { InProcessCache } from '../platform/cache/cache.ts';
import { wallClock } from '../platform/clock.ts';
import type { HealthPort } from '../platform/http/health-port.ts';
import { createPublicServer } from '../platform/http/server.ts';
import { Load } from '../platform/load/load.ts';
import { currentContext } from '../platform/telemetry/context.ts';
import { silentLogger } from '../platform/telemetry/logger.ts';
import type { TestStore } from './database.ts';

/** The GraphQL of the service in this process, on a free port. */
export type TestApi = AsyncDisposable & {
  readonly url: string;
  readonly webSocketUrl: string;
  readonly metrics: Metrics;
  /** Tells subscriptions that something was written. */
  readonly wakeUp: InProcessWakeUp;
};

const NO_ACCESS: AccessSettings = {
  ENVIRONMENT: 'test',
  ...{ AUTH_ISSUER: null, AUTH_AUDIENCE: null, AUTH_JWKS_URL: null, AUTH_TENANT_CLAIM: 'tenant' },
  DEVELOPMENT_PRINCIPAL: null,
};

type Options = Pick<ApiOptions, 'log' | 'caps' | 'drainSpreadMs' | 'allowedOrigins' | 'trustedProxies'> & {
  /** Any that is free when it is not said. */
  readonly port: number;
};

/** Whatever is not said of access is as `npm start` has it; of the limits, no test reaches one by accident. */
export async function startTestApi(
  store: TestStore,
  access: Partial<AccessSettings> = {},
  { port: wanted = 0, log = silentLogger, ...limits }: Partial<Options> = {},
): Promise<TestApi> {
  const metrics = createMetrics({ withProcess: false, traceId: () => currentContext().traceId });
  const wakeUp = new InProcessWakeUp();
  const health = { ready: async () => ({ ready: true }) } as Partial<HealthPort> as HealthPort;
  const draining = new AbortController();
  const server = createPublicServer({ log, metrics, health, newId: randomUUID, monotonic: () => performance.now() });
  const close = await serveApi(server, {
    ...{
      pool: store.pool,
      tailerPool: store.pool,
      log,
      metrics,
      health,
      wakeUp,
      dataClock: wallClock,
      draining: draining.signal,
    },
    accessSettings: { ...NO_ACCESS, ...access },
    cache: new InProcessCache({ bytes: 1_000_000, monotonic: () => performance.now() }),
    load: new Load({ limitMs: null, metrics, random: Math.random }),
    cursorSecret: 'a-key-of-these-tests-alone',
    ...{ trustedDocumentsFile: null, timeoutMs: 5_000, maxCost: 50_000 },
    rate: { burst: 1e12, perSecond: 1e12, remembered: 100 },
    ...{
      caps: { perConnection: 50, perPrincipal: 1_000, unknownPerAddress: 1_000 },
      drainSpreadMs: 0,
      allowedOrigins: [],
      trustedProxies: [],
      ...limits,
    },
    ...{ pollMs: 250, checkpointMs: 1_000, open: true, version: 'test', publicationNotice: () => null },
  });
  await server.listen({ host: '127.0.0.1', port: wanted });
  const { port } = server.server.address() as AddressInfo;
  return {
    ...{ metrics, wakeUp },
    url: `http://127.0.0.1:${port}/graphql`,
    webSocketUrl: `ws://127.0.0.1:${port}/graphql`,
    async [Symbol.asyncDispose]() {
      draining.abort(0);
      await close();
      await server.close();
    },
  };
}

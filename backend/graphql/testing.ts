import { once } from 'node:events';
import type { GraphQLSchema } from 'graphql';
import { Access } from '../access/access.ts';
import { ApiKeys } from '../access/api-keys.ts';
import { Authenticator } from '../access/authenticator.ts';
import { Refusals } from '../access/refusals.ts';
import { SessionWatch } from '../access/session-watch.ts';
import { UserRestrictions } from '../access/user-restrictions.ts';
import { openGateway } from '../delivery/gateway/open-gateway.ts';
import { Outbox } from '../delivery/transports/outbox.ts';
import { SubscriptionCap } from '../delivery/transports/subscription-cap.ts';
import { InProcessWakeUp } from '../delivery/wake-up.ts';
import { CursorCodec } from '../log/cursor.ts';
import { createMetrics, type Metrics } from '../metrics/registry.ts';
import { wallClock } from '../platform/clock.ts';
import type { Pool } from '../platform/database/pool.ts';
import { ClientAddress } from '../platform/http/client-address.ts';
import type { HealthPort } from '../platform/http/health-port.ts';
import { createPublicServer } from '../platform/http/server.ts';
import { Load } from '../platform/load/load.ts';
import { Turns } from '../platform/load/turns.ts';
import { silentLogger } from '../platform/telemetry/logger.ts';
import { createErrorFormatter } from './errors.ts';
import { serveEvents } from './events/serve-events.ts';
import { Gate, type GateOptions } from './gate/gate.ts';
import { LIMITS } from './gate/limits.ts';
import { serveHttp } from './http.ts';
import { createSchema } from './schema.ts';
import { shedAtDoor } from './shed-at-door.ts';
import { serveWebSocket } from './websocket.ts';

/** A rate that no test reaches by accident. */
export const NO_RATE = { burst: 1e12, perSecond: 1e12, remembered: 100 };

/** The schema of the service, of which nothing can be resolved. */
export const bareSchema = (): GraphQLSchema => createSchema({ get: () => ({}) });

export type ShownErrors = { message: string; extensions: Record<string, unknown> }[];
export type Answer = { data?: unknown; errors?: ShownErrors };

export type TestGraphql = AsyncDisposable & {
  readonly url: string;
  readonly metrics: Metrics;
  readonly load: Load;
  post(body: unknown, headers?: Record<string, string>): Promise<{ status: number; headers: Headers; body: Answer }>;
  /** The first answer to one operation over a WebSocket of its own, which is closed afterwards. */
  send(payload: unknown): Promise<Answer>;
};

export type TestOptions = Partial<GateOptions> & {
  readonly timeoutMs?: number;
  /** The event loop's delay at which requests are turned away; null: never. */
  readonly limitMs?: number | null;
  /** Aborted when the process begins to drain. */
  readonly draining?: AbortSignal;
};

/** Both transports over real sockets, behind one gate. */
export async function openGraphql({
  schema = bareSchema(),
  timeoutMs = 5_000,
  limitMs = null,
  draining = new AbortController().signal,
  ...given
}: TestOptions = {}): Promise<TestGraphql> {
  const metrics = createMetrics();
  const server = createPublicServer({
    ...{ log: silentLogger, metrics, health: {} as HealthPort },
    newId: () => 'id',
    monotonic: () => performance.now(),
  });
  const gate = new Gate({ schema, limits: LIMITS, rate: NO_RATE, open: true, trusted: null, ...given });
  const turns = new Turns({ now: () => performance.now(), later: setImmediate });
  const load = new Load({ limitMs, metrics, random: () => 0.5 });
  const options = {
    ...{ schema, gate, load, turns, metrics, timeoutMs, access: developersOnly() },
    formatError: createErrorFormatter(silentLogger),
    resolve: () => {
      throw new Error('nothing is resolved here');
    },
  };
  const outbox = new Outbox();
  const gateway = openGateway({
    ...{
      pool: noDatabase(),
      signals: { byIds: async () => new Map() },
      stream: 'none',
      codec: new CursorCodec('none'),
    },
    ...{ wakeUp: new InProcessWakeUp(), dataClock: wallClock, pollMs: 250, checkpointMs: 1_000, random: Math.random },
    ...{ flush: () => outbox.flush(), metrics, log: silentLogger },
  });
  const caps = { perConnection: 50, unknownPerAddress: 100 };
  const cap = new SubscriptionCap(200);
  const live = {
    ...options,
    gateway,
    outbox,
    cap,
    caps,
    allowedOrigins: [],
    onTooSlow: () => undefined,
    clientAddress: new ClientAddress([]),
    draining,
  };
  shedAtDoor(server, options);
  const closeSockets = serveWebSocket(server, live);
  const events = serveEvents(server, live);
  await serveHttp(server, { ...options, answerWithEvents: events.answer });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    ...{ url, metrics, load },
    post: async (body, headers = {}) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: response.status, headers: response.headers, body: (await response.json()) as Answer };
    },
    send: (payload) => firstAnswer(`${url.replace('http', 'ws')}/graphql`, payload),
    async [Symbol.asyncDispose]() {
      await Promise.all([closeSockets(0), events.drain(0)]);
      await gateway.close();
      await server.close();
    },
  };
}

/** The door as it is on a developer's machine, for whom nothing is looked up. */
function developersOnly(): Access {
  const pool = noDatabase();
  const clock = wallClock;
  const authenticator = new Authenticator({
    ...{ keys: new ApiKeys(pool, clock, () => Buffer.alloc(0)), restrictions: new UserRestrictions(pool) },
    ...{ tokens: null, development: true },
  });
  const sessions = new SessionWatch({ clock, lookAgain: async () => new Map(), onFailure: () => undefined });
  const refusals = new Refusals(pool, clock, () => undefined);
  return new Access({ authenticator, sessions, refusals, count: () => undefined });
}

function noDatabase(): Pool {
  const query = () => Promise.reject(new Error('there is no database here'));
  return { query } as unknown as Pool;
}

async function firstAnswer(url: string, payload: unknown): Promise<Answer> {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
  const [{ data }] = (await once(socket, 'message')) as [{ readonly data: string }];
  socket.close();
  const { type, payload: answer } = JSON.parse(data) as { type: string; payload: unknown };
  return type === 'error' ? { errors: answer as ShownErrors } : (answer as Answer);
}

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CALENDAR_IDS, calendarById } from '../../calendar/index.ts';
import { FeedClock } from '../../market-data/feed-clock.ts';
import { StoredClock } from '../../market-data/stored-clock.ts';
import type { Metrics } from '../../metrics/registry.ts';
import { databaseCheck } from '../../operations/checks.ts';
import { type HealthCheck, HealthService } from '../../operations/health.ts';
import { systemUsage } from '../../operations/system-usage.ts';
import { type Clock, wallClock } from '../../platform/clock.ts';
import { listen } from '../../platform/http/listen.ts';
import { createInternalServer, createPublicServer, type ServerOptions } from '../../platform/http/server.ts';
import { Load } from '../../platform/load/load.ts';
import { measureLoad } from '../../platform/load/measure.ts';
import type { Role } from '../../roles.ts';
import { settingsFingerprint } from '../../settings.ts';
import type { ChosenSource } from '../feed/chosen-source.ts';
import { feedHealth, noFeedHealth } from '../feed/health.ts';
import { type LiveDisplay, LiveWatch } from '../feed/live-watch.ts';
import { tellDay } from '../feed/tell-day.ts';
import type { RunningPipeline } from '../pipeline/role.ts';
import { type PipelineDisplay, PipelineWatch } from '../pipeline/watch.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { VERSION } from '../version.ts';
import { addressOf } from './addresses.ts';
import { serveApi } from './api.ts';
import { startJobs } from './jobs.ts';
import type { RoleSettings } from './settings.ts';
import { openShared, type Shared } from './shared.ts';
import { tracedDelivery } from './trace-delivery.ts';

export type ServiceOptions = {
  readonly settings: RoleSettings;
  readonly runtime: Runtime;
  readonly source: ChosenSource | null;
  readonly display: PipelineDisplay & LiveDisplay;
};

export type RunningService = {
  readonly apiUrl: string | null;
  readonly internalUrl: string;
  readonly pipeline: RunningPipeline | null;
};

/** Starts the listeners and the pipeline of a role; their ends go into the lifecycle, subscriptions and readiness first. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { settings, runtime, source } = options;
  const { metrics, log } = runtime;
  const shared = await openShared(runtime, settings);
  const clock = new FeedClock(wallClock);
  const watch = new PipelineWatch({
    metrics,
    log,
    wakeUp: shared.wakeUp,
    clock,
    display: options.display,
    requireEdge: settings.pipeline?.REQUIRE_EDGE ?? false,
    onDay: (checked) => tellDay(runtime, checked),
  });
  const dataClock = source === null ? await storedClock(runtime) : clock;
  const live = new LiveWatch({ metrics, display: options.display, pipeline: watch });
  const health = createHealth(options, source === null ? noFeedHealth : feedHealth(watch, live, clock), shared);
  const server: ServerOptions = { log, metrics, health, newId: randomUUID, monotonic: () => performance.now() };
  describeProcess(metrics, settings, dataClock);

  const internal = createInternalServer(server);
  const internalUrl = await listen(internal, 'internal', addressOf(settings).internal);
  runtime.lifecycle.onStop('internal listener', () => internal.close());
  // Loaded where there is one only.
  const pipeline =
    source === null
      ? null
      : (await import('../pipeline/role.ts')).startPipeline({ settings, runtime, chosen: source, clock, watch, live });
  await startJobs(runtime, settings);
  const apiUrl = await startApi({
    ...options,
    server,
    shared,
    dataClock,
    notice: () => (source === null ? ELSEWHERE : watch.notice()),
  });
  runtime.lifecycle.onStop('readiness', () => health.markDraining());
  health.markStarted();
  return { apiUrl, internalUrl, pipeline };
}

/** A role that takes in no data lives by the clock of what others have stored. */
async function storedClock({ pools, lifecycle }: Runtime): Promise<Clock> {
  const clock = new StoredClock(pools.requests, wallClock);
  lifecycle.onStop('clock of the data', await clock.start());
  return clock;
}

type ApiParts = ServiceOptions & {
  readonly server: ServerOptions;
  readonly shared: Shared;
  readonly dataClock: Clock;
  readonly notice: () => string | null;
};

async function startApi({ settings, runtime, server, shared, dataClock, notice }: ApiParts): Promise<string | null> {
  const { api } = settings;
  if (api === null) return null;
  const draining = new AbortController();
  const listener = createPublicServer(server);
  const close = await serveApi(listener, {
    ...{ dataClock, draining: draining.signal },
    wakeUp: shared.wakeUp,
    cache: shared.cache,
    load: openLoad(runtime, settings.role, api.OVERLOAD_DELAY_MS),
    pool: runtime.pools.requests,
    tailerPool: runtime.pools.tailer,
    log: runtime.log,
    metrics: runtime.metrics,
    health: server.health,
    accessSettings: api,
    cursorSecret: api.CURSOR_SECRET,
    pollMs: api.POLL_INTERVAL_MS,
    checkpointMs: api.SUBSCRIPTION_CHECKPOINT_MS,
    open: api.ENVIRONMENT !== 'production',
    trustedDocumentsFile: trustedDocumentsFile(api),
    timeoutMs: api.QUERY_TIMEOUT_MS,
    maxCost: api.QUERY_MAX_COST,
    rate: { burst: api.RATE_LIMIT_BURST, perSecond: api.RATE_LIMIT_PER_SECOND, remembered: REMEMBERED_PRINCIPALS },
    allowedOrigins: api.ALLOWED_ORIGINS?.split(',') ?? [],
    trustedProxies: api.TRUSTED_PROXIES?.split(',') ?? [],
    caps: {
      perConnection: api.SUBSCRIPTIONS_PER_CONNECTION,
      perPrincipal: api.SUBSCRIPTIONS_PER_PRINCIPAL,
      unknownPerAddress: api.UNKNOWN_SOCKETS_PER_ADDRESS,
    },
    drainSpreadMs: api.DRAIN_SPREAD_MS,
    version: VERSION,
    publicationNotice: notice,
    trace: runtime.tracing === null ? null : tracedDelivery(runtime.tracing, runtime.log),
  });
  const url = await listen(listener, 'public', { host: api.HOST, port: api.PORT });
  const drainMs = settings.drainSeconds * 1_000;
  const drain = async (): Promise<void> => {
    const cutOff = setTimeout(() => listener.server.closeAllConnections(), drainMs);
    // Nobody is let in any more. Subscriptions that nobody shares are told first and get a moment to hear it; then all sockets close.
    draining.abort(Math.max(COME_BACK_WITHIN_MS, api.DRAIN_SPREAD_MS));
    await sleep(FAREWELL_MS);
    await close();
    await listener.close();
    clearTimeout(cutOff);
  };
  runtime.lifecycle.onStop('public listener', drain, drainMs + CUT_OFF_MS);
  return url;
}

/** Where the pipeline works in the same process, its busy times are no reason to turn anybody away. */
function openLoad({ metrics, lifecycle }: Runtime, role: Role, limitMs: number | null): Load {
  const load = new Load({ limitMs: limitMs ?? (role === 'api' ? OVERLOAD_MS : null), metrics, random: Math.random });
  lifecycle.onStop(
    'load',
    measureLoad((measurement) => load.observe(measurement)),
  );
  return load;
}

function trustedDocumentsFile(api: NonNullable<RoleSettings['api']>): string | null {
  const mode = api.TRUSTED_DOCUMENTS ?? (api.ENVIRONMENT === 'production' ? 'on' : 'off');
  return mode === 'on' ? api.TRUSTED_DOCUMENTS_FILE : null;
}

/** Some 100 bytes each. */
const REMEMBERED_PRINCIPALS = 50_000;
const ELSEWHERE = 'This process publishes nothing: ask the one that runs the pipeline why it does or does not.';
const COME_BACK_WITHIN_MS = 1_000;
const FAREWELL_MS = 100;
/** So long everything has to end after what was open was cut off. */
const CUT_OFF_MS = 2_000;
const OVERLOAD_MS = 100;

function createHealth({ runtime }: ServiceOptions, feed: HealthCheck, shared: Shared): HealthService {
  const monotonic = (): number => performance.now();
  return new HealthService({
    ...{ service: 'heliograph', version: VERSION, clock: wallClock, monotonic },
    checks: {
      database: databaseCheck(runtime.pools.health),
      cache: shared.check,
      external_api: feed,
    },
    system: systemUsage(runtime.database.folder ?? '/', monotonic),
  });
}

function describeProcess(metrics: Metrics, settings: RoleSettings, clock: Clock): void {
  metrics.buildInfo.set({ version: VERSION, commit: settings.common.BUILD_COMMIT ?? 'unknown' }, 1);
  metrics.configInfo.set(
    { hash: settingsFingerprint({ ...settings.common, ...settings.api, ...settings.pipeline }) },
    1,
  );
  metrics.beforeScrape(() => {
    for (const market of CALENDAR_IDS) showSession(metrics, market, clock.now());
  });
}

function showSession(metrics: Metrics, market: string, now: number): void {
  const calendar = calendarById(market);
  metrics.marketCalendarValidUntil.set({ market }, calendar.validUntil / 1_000);
  if (now < calendar.validFrom || now >= calendar.validUntil) return;
  const session = calendar.sessionAt(now);
  const shown = session ?? calendar.nextSession(now);
  metrics.marketOpen.set({ market }, session === null ? 0 : 1);
  metrics.marketSessionOpen.set({ market }, shown.open / 1_000);
  metrics.marketSessionClose.set({ market }, shown.close / 1_000);
}

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CALENDAR_IDS, calendarById } from '../calendar/index.ts';
import { InProcessWakeUp, type WakeUp } from '../delivery/wake-up.ts';
import { FeedClock } from '../market-data/feed-clock.ts';
import { StoredClock } from '../market-data/stored-clock.ts';
import type { Metrics } from '../metrics/registry.ts';
import { ModelRegistry } from '../models/registry.ts';
import { databaseCheck, feedCheck, wakeUpCheck } from '../operations/checks.ts';
import { type HealthCheck, HealthService } from '../operations/health.ts';
import { systemUsage } from '../operations/system-usage.ts';
import { type Clock, wallClock } from '../platform/clock.ts';
import { listen } from '../platform/http/listen.ts';
import { createInternalServer, createPublicServer, type ServerOptions } from '../platform/http/server.ts';
import { settingsFingerprint } from '../settings.ts';
import { runPipeline } from '../signals/pipeline.ts';
import { addressOf } from './addresses.ts';
import { serveApi } from './api.ts';
import type { ChosenSource } from './choose-source.ts';
import { startJobs } from './jobs.ts';
import type { RoleSettings } from './role-settings.ts';
import type { Runtime } from './runtime.ts';
import { tellDay } from './tell-day.ts';
import { VERSION } from './version.ts';
import { type PipelineDisplay, PipelineWatch } from './watch-pipeline.ts';

export type ServiceOptions = {
  readonly settings: RoleSettings;
  readonly runtime: Runtime;
  readonly source: ChosenSource | null;
  readonly display: PipelineDisplay;
};

export type RunningPipeline = {
  readonly watch: PipelineWatch;
  /** Resolves when the source has ended and all of it is settled; rejects when the pipeline failed; never for one that was stopped. */
  readonly finished: Promise<void>;
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
  const wakeUp = new InProcessWakeUp();
  const clock = new FeedClock(wallClock);
  const watch = new PipelineWatch({
    metrics,
    wakeUp,
    clock,
    display: options.display,
    requireEdge: settings.pipeline?.REQUIRE_EDGE ?? false,
    onDay: (checked) => tellDay(runtime, checked),
  });
  const dataClock = source === null ? await storedClock(runtime) : clock;
  const health = createHealth(options, watch, dataClock, wakeUp);
  const server: ServerOptions = { log, metrics, health, newId: randomUUID, monotonic: () => performance.now() };
  describeProcess(metrics, settings, dataClock);

  const internal = createInternalServer(server);
  const internalUrl = await listen(internal, 'internal', addressOf(settings).internal);
  runtime.lifecycle.onStop('internal listener', () => internal.close());
  const pipeline = source === null ? null : startPipeline(options, source, watch, clock);
  await startJobs(runtime, settings);
  const apiUrl = await startApi({
    ...options,
    server,
    wakeUp,
    dataClock,
    notice: () => (source === null ? ELSEWHERE : watch.notice()),
  });
  runtime.lifecycle.onStop('readiness', () => health.markDraining());
  health.markStarted();
  return { apiUrl, internalUrl, pipeline };
}

/** A role that takes in no data lives by the clock of what others have stored. */
async function storedClock({ pool, lifecycle }: Runtime): Promise<Clock> {
  const clock = new StoredClock(pool, wallClock);
  lifecycle.onStop('clock of the data', await clock.start());
  return clock;
}

type ApiParts = ServiceOptions & {
  readonly server: ServerOptions;
  readonly wakeUp: InProcessWakeUp;
  readonly dataClock: Clock;
  readonly notice: () => string | null;
};

async function startApi({ settings, runtime, server, wakeUp, dataClock, notice }: ApiParts): Promise<string | null> {
  const { api } = settings;
  if (api === null) return null;
  const draining = new AbortController();
  const listener = createPublicServer(server);
  const close = await serveApi(listener, {
    ...{ wakeUp, dataClock, draining: draining.signal },
    pool: runtime.pool,
    log: runtime.log,
    metrics: runtime.metrics,
    health: server.health,
    cursorSecret: api.CURSOR_SECRET,
    pollMs: api.POLL_INTERVAL_MS,
    checkpointMs: api.SUBSCRIPTION_CHECKPOINT_MS,
    open: api.ENVIRONMENT !== 'production',
    version: VERSION,
    publicationNotice: notice,
  });
  const url = await listen(listener, 'public', { host: api.HOST, port: api.PORT });
  runtime.lifecycle.onStop('public listener', async () => {
    // Subscriptions are told first and get a moment to hear it; then their sockets close.
    draining.abort(COME_BACK_WITHIN_MS);
    await sleep(FAREWELL_MS);
    await close();
    await listener.close();
  });
  return url;
}

const ELSEWHERE = 'This process publishes nothing: ask the one that runs the pipeline why it does or does not.';
const COME_BACK_WITHIN_MS = 1_000;
const FAREWELL_MS = 100;

function startPipeline(
  { settings, runtime }: ServiceOptions,
  chosen: ChosenSource,
  watch: PipelineWatch,
  clock: FeedClock,
): RunningPipeline | null {
  if (settings.pipeline === null) return null;
  const { pool, em, log, database, lifecycle } = runtime;
  const stop = new AbortController();
  const speed = chosen.speed === 'max' ? 0 : chosen.speed;
  const policy = { topQuantile: settings.pipeline.SIGNAL_TOP_QUANTILE, requireEdge: settings.pipeline.REQUIRE_EDGE };
  const running = runPipeline(
    {
      source: chosen.source,
      ...{ pool, em, log, clock, speed, policy },
      registry: new ModelRegistry(pool, settings.common.BUILD_COMMIT),
      faults: database.faults,
      observer: watch,
    },
    stop.signal,
  );
  lifecycle.onStop('pipeline', async () => {
    stop.abort(new Error('the pipeline was stopped'));
    await running.catch(() => undefined);
  });
  const finished = Promise.withResolvers<void>();
  running.then(
    () => {
      watch.ended('finished');
      finished.resolve();
    },
    (error: unknown) => {
      if (stop.signal.aborted) return;
      watch.ended('failed');
      log.error('the pipeline failed', { error });
      finished.reject(error);
    },
  );
  // Somebody may not wait for the end; a failure is told by health and log in any case.
  finished.promise.catch(() => undefined);
  return { watch, finished: finished.promise };
}

const STALE_AFTER_MINUTES = 2;
const STALE_AFTER_MINUTES_DAILY = 2 * 390;

function createHealth(
  { runtime, source }: ServiceOptions,
  watch: PipelineWatch,
  clock: Clock,
  wakeUp: WakeUp,
): HealthService {
  const monotonic = (): number => performance.now();
  return new HealthService({
    ...{ service: 'heliograph', version: VERSION, clock: wallClock, monotonic },
    checks: {
      database: databaseCheck(runtime.pool),
      cache: wakeUpCheck(wakeUp, 'in the process'),
      external_api: source === null ? noFeedCheck : async (signal) => feedCheckOf(watch, clock)(signal),
    },
    system: systemUsage(runtime.database.folder ?? '/', monotonic),
  });
}

const noFeedCheck = async () => ({ status: 'healthy' as const, details: { state: 'this role takes in no data' } });

/** Built anew for each question: the feed describes itself only after it was opened. The market that is worst off speaks for the feed. */
function feedCheckOf(watch: PipelineWatch, clock: Clock): HealthCheck {
  const source = watch.source();
  if (source === null) return async () => ({ status: 'degraded', details: { state: 'the feed is being opened' } });
  const staleAfterMinutes = source.timeframe === '1d' ? STALE_AFTER_MINUTES_DAILY : STALE_AFTER_MINUTES;
  const markets = [...new Set(source.instruments.map(({ calendar }) => calendar))];
  const checks = markets.map((market) =>
    feedCheck({
      name: source.sourceId,
      provenance: source.provenance,
      calendar: calendarById(market),
      clock,
      staleAfterMinutes,
      state: () => watch.feedState(market),
    }),
  );
  return async (signal) => {
    const results = await Promise.all(checks.map((check) => check(signal)));
    return results.find(({ status }) => status !== 'healthy') ?? results[0] ?? noFeedCheck();
  };
}

function describeProcess(metrics: Metrics, settings: RoleSettings, clock: Clock): void {
  metrics.buildInfo.set({ version: VERSION, commit: settings.common.BUILD_COMMIT ?? 'unknown' }, 1);
  metrics.configInfo.set(
    { hash: settingsFingerprint({ ...settings.common, ...settings.api, ...settings.pipeline }) },
    1,
  );
  for (const market of CALENDAR_IDS)
    metrics.marketCalendarValidUntil.set({ market }, calendarById(market).validUntil / 1_000);
  metrics.beforeScrape(() => {
    for (const market of CALENDAR_IDS) showSession(metrics, market, clock.now());
  });
}

function showSession(metrics: Metrics, market: string, now: number): void {
  const calendar = calendarById(market);
  if (now < calendar.validFrom || now >= calendar.validUntil) return;
  const session = calendar.sessionAt(now);
  const shown = session ?? calendar.nextSession(now);
  metrics.marketOpen.set({ market }, session === null ? 0 : 1);
  metrics.marketSessionOpen.set({ market }, shown.open / 1_000);
  metrics.marketSessionClose.set({ market }, shown.close / 1_000);
}

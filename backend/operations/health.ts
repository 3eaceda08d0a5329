import type { Clock } from '../platform/clock.ts';
import type {
  CheckName,
  CheckReport,
  Details,
  HealthPort,
  HealthReport,
  HealthStatus,
  Liveness,
  Readiness,
  SystemUsage,
} from '../platform/http/health-port.ts';
import { redactText } from '../platform/telemetry/redact.ts';

export type CheckResult = { readonly status: HealthStatus; readonly details: Details };

/** Asks one dependency. The signal aborts when the time is up; what is thrown counts as unhealthy. */
export type HealthCheck = (signal: AbortSignal) => Promise<CheckResult>;

export type HealthOptions = {
  readonly service: string;
  readonly version: string;
  readonly checks: Readonly<Record<CheckName, HealthCheck>>;
  readonly system: () => Promise<SystemUsage>;
  readonly clock: Clock;
  /** Milliseconds of a clock that never goes back, like `performance.now`. */
  readonly monotonic: () => number;
  /** After which a check counts as unhealthy; default 1,000 ms, below the 3 s that a readiness probe waits. */
  readonly timeoutMs?: number;
};

/** However often it is asked, the database is asked for readiness at most once in this time: the probes are open to everybody. */
const READINESS_HOLDS_MS = 1_000;

/** Liveness, startup and readiness of the process, and the detailed report. */
export class HealthService implements HealthPort {
  readonly #options: HealthOptions;
  #phase: 'starting' | 'running' | 'draining' = 'starting';
  #database: { readonly askedAt: number; readonly report: Promise<CheckReport> } | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** Called once when everything is up. */
  markStarted(): void {
    if (this.#phase === 'starting') this.#phase = 'running';
  }

  /** From now on not ready, so that no new request is sent here while the open ones end. */
  markDraining(): void {
    this.#phase = 'draining';
  }

  live(): Liveness {
    const { service, version, clock } = this.#options;
    return { status: 'healthy', service, version, timestamp: new Date(clock.now()).toISOString() };
  }

  started(): boolean {
    return this.#phase !== 'starting';
  }

  async ready(): Promise<Readiness> {
    if (this.#phase !== 'running') return { ready: false, reason: this.#phase };
    const { status } = await this.#databaseNow();
    return status === 'unhealthy' ? { ready: false, reason: 'database' } : { ready: true };
  }

  /** Runs all checks at the same time; takes as long as the slowest, at most the time-out. */
  async detailed(): Promise<HealthReport> {
    const { checks, system } = this.#options;
    const [database, cache, external_api, usage] = await Promise.all([
      this.#run(checks.database),
      this.#run(checks.cache),
      this.#run(checks.external_api),
      system(),
    ]);
    const sections = { database, cache, external_api };
    return { ...this.live(), status: overall(sections), checks: sections, system: usage };
  }

  #databaseNow(): Promise<CheckReport> {
    const now = this.#options.monotonic();
    if (!this.#database || now - this.#database.askedAt >= READINESS_HOLDS_MS) {
      this.#database = { askedAt: now, report: this.#run(this.#options.checks.database) };
    }
    return this.#database.report;
  }

  async #run(check: HealthCheck): Promise<CheckReport> {
    const { monotonic, timeoutMs = 1_000 } = this.#options;
    const begin = monotonic();
    const { status, details } = await withinTime(check, timeoutMs).catch(asUnhealthy);
    return { status, response_time_ms: Math.round((monotonic() - begin) * 1_000) / 1_000, details };
  }
}

/** A feed that is late makes the answers older, not wrong, so it never makes the service unhealthy. */
function overall(checks: Readonly<Record<CheckName, CheckReport>>): HealthStatus {
  if (checks.database.status === 'unhealthy' || checks.cache.status === 'unhealthy') return 'unhealthy';
  return Object.values(checks).every(({ status }) => status === 'healthy') ? 'healthy' : 'degraded';
}

/** Waits no longer than that, also for a check that does not listen to its signal. */
async function withinTime(check: HealthCheck, timeoutMs: number): Promise<CheckResult> {
  const controller = new AbortController();
  const timeIsUp = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const reason = new Error(`no answer within ${timeoutMs} ms`);
    timeIsUp.reject(reason);
    controller.abort(reason);
  }, timeoutMs);
  try {
    return await Promise.race([check(controller.signal), timeIsUp.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function asUnhealthy(error: unknown): CheckResult {
  return {
    status: 'unhealthy',
    details: { error: redactText(error instanceof Error ? error.message : String(error)) },
  };
}

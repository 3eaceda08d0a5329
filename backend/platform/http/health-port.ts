/** What the listeners ask about the health of the process. Operations implement it; the listeners only translate it to HTTP. */
export interface HealthPort {
  /** Touches no dependency: an answer at all is the answer. */
  live(): Liveness;
  started(): boolean;
  /** Whether requests should be sent here now. */
  ready(): Promise<Readiness>;
  detailed(): Promise<HealthReport>;
}

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

export type Liveness = {
  readonly status: 'healthy';
  readonly service: string;
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
};

export type Readiness =
  | { readonly ready: true }
  | { readonly ready: false; readonly reason: 'starting' | 'draining' | 'database' };

export type CheckName = 'database' | 'cache' | 'external_api';
export type Details = Readonly<Record<string, string | number | boolean | null>>;
export type CheckReport = {
  readonly status: HealthStatus;
  readonly response_time_ms: number;
  readonly details: Details;
};

export type HealthReport = Omit<Liveness, 'status'> & {
  readonly status: HealthStatus;
  readonly checks: Readonly<Record<CheckName, CheckReport>>;
  readonly system: SystemUsage;
};

export type SystemUsage = {
  readonly uptime_seconds: number;
  /** Of the container's limit, or of the machine where there is none. */
  readonly memory_usage_percent: number;
  /** This process since the last time it was asked, of all cores that it may use. */
  readonly cpu_usage_percent: number;
  /** Of the file system that holds the data folder; null where it cannot be told. */
  readonly disk_usage_percent: number | null;
};

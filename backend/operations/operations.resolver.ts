import { Query, Resolver } from 'type-graphql';
import { Needs } from '../access/permission.type.ts';
import type { HealthPort } from '../platform/http/health-port.ts';
import { HealthType, ServiceInfoType } from './operations.type.ts';

export type ServiceInfoSource = () => Promise<ServiceInfoType>;

@Resolver()
export class OperationsResolver {
  readonly #health: HealthPort;
  readonly #info: ServiceInfoSource;

  constructor(health: HealthPort, info: ServiceInfoSource) {
    this.#health = health;
    this.#info = info;
  }

  @Query(() => ServiceInfoType, { description: 'What answers here.' })
  @Needs('service:read')
  serviceInfo(): Promise<ServiceInfoType> {
    return this.#info();
  }

  @Query(() => HealthType, { description: 'Whether the service is well.' })
  @Needs('service:read')
  async health(): Promise<HealthType> {
    const report = await this.#health.detailed();
    const checks = Object.entries(report.checks).map(([name, check]) => ({
      name,
      status: check.status,
      responseTimeMs: check.response_time_ms,
      details: check.details,
    }));
    return { status: report.status, checks };
  }
}

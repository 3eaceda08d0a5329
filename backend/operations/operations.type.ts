import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, Float, ObjectType, registerEnumType } from 'type-graphql';
import { InstantScalar } from '../platform/graphql/scalars.ts';
import type { HealthStatus } from '../platform/http/health-port.ts';

const HealthStatusEnum = { HEALTHY: 'healthy', DEGRADED: 'degraded', UNHEALTHY: 'unhealthy' } as const;
registerEnumType(HealthStatusEnum, {
  name: 'HealthStatus',
  description: 'Degraded still serves: what it says may be older than it should be.',
});

@ObjectType('Disclaimer', { description: 'Words that belong to every signal that names their id.' })
class DisclaimerType {
  @Field(() => String, { description: 'What a signal names. Other words get another id.' })
  id!: string;

  @Field(() => String, { description: 'The words.' })
  text!: string;
}

@ObjectType('ServiceInfo', { description: 'What answers here.' })
export class ServiceInfoType {
  @Field(() => String, { description: 'Name of the service.' })
  service!: string;

  @Field(() => String, { description: 'Version of the program.' })
  version!: string;

  @Field(() => String, { description: 'SHA-256 of the schema; changes with every change of the schema.' })
  schemaHash!: string;

  @Field(() => String, { description: 'Incarnation of the public stream.' })
  epoch!: string;

  @Field(() => InstantScalar, { description: 'The clock of the server.' })
  serverTime!: Date;

  @Field(() => InstantScalar, { description: 'The clock of the data: in a replay or simulation it runs on its own.' })
  dataTime!: Date;

  @Field(() => DisclaimerType, { description: 'What to know before acting on a signal.' })
  disclaimer!: DisclaimerType;

  @Field(() => String, {
    nullable: true,
    description: 'Why nothing is published; null while signals may be published.',
  })
  publicationNotice!: string | null;
}

@ObjectType('HealthCheck', { description: 'What one dependency answered.' })
export class HealthCheckType {
  @Field(() => String, { description: 'database, cache or external_api.' })
  name!: string;

  @Field(() => HealthStatusEnum, { description: 'What was found.' })
  status!: HealthStatus;

  @Field(() => Float, { description: 'How long it took to answer, in milliseconds.' })
  responseTimeMs!: number;

  @Field(() => GraphQLJSONObject, { description: 'What it said.' })
  details!: Readonly<Record<string, string | number | boolean | null>>;
}

@ObjectType('Health', { description: 'Whether the service is well, by asking its dependencies now.' })
export class HealthType {
  @Field(() => HealthStatusEnum, { description: 'Unhealthy when database or cache are, degraded when the feed is.' })
  status!: HealthStatus;

  @Field(() => [HealthCheckType], { description: 'Each dependency.' })
  checks!: HealthCheckType[];
}

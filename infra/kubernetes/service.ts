import type * as gcp from '@pulumi/gcp';
import { type Input, output, type Resource } from '@pulumi/pulumi';
import type { Cluster } from '../components/cluster.ts';
import { userOf } from '../components/database.ts';
import type { Edge } from '../components/edge.ts';
import type { Workload as Identified, Identity } from '../components/identity.ts';
import type { SecretPlace } from '../components/secrets.ts';
import type { Config } from '../config/config.ts';
import { environmentOf, migrationEnvironment } from './environment.ts';
import { Gateway } from './gateway.ts';
import { Migration } from './migration.ts';
import { Namespace } from './namespace.ts';
import { clusterProvider } from './provider.ts';
import { deployed } from './roles.ts';
import { SecretCopies } from './secret-copies.ts';
import { Workload } from './workload.ts';

export type ServiceArgs = {
  readonly cluster: Cluster;
  /** Without these no pod comes up: nodes to run on, identities, users of the database. */
  readonly ready: readonly Resource[];
  readonly identity: Identity;
  readonly edge: Edge;
  readonly places: readonly SecretPlace[];
  readonly database: Input<string>;
};

/** What runs in the cluster: its namespace always, and the service once there is an image of it. */
export function service(config: Config, args: ServiceArgs): void {
  const { project, image, proxyImage, sizes } = config;
  const cluster: gcp.container.Cluster = args.cluster.cluster;
  const options = { providers: [clusterProvider(args.cluster)] };
  const namespace = new Namespace('namespace', { workloads: sizes.workloads, cluster }, options);
  const inside = { ...options, dependsOn: namespace };
  new SecretCopies('secret-copies', { project, places: args.places, cluster }, inside);
  new Gateway('gateway', { domain: config.domain, edge: args.edge, cluster }, inside);
  if (image === undefined || proxyImage === undefined) return;

  const user = (workload: Identified) => output(args.identity.emails[workload]).apply(userOf);
  const common = { image, proxyImage, database: args.database, pools: config.cluster === 'standard', cluster };
  const environment = user('migrate').apply((name) => migrationEnvironment(config, name));
  const migration = new Migration(
    'migration',
    { ...common, environment, googleAccount: args.identity.emails.migrate },
    inside,
  );
  for (const role of deployed) {
    new Workload(
      role,
      {
        ...common,
        role,
        size: sizes.workloads[role],
        environment: user(role).apply((name) => environmentOf(role, config, name)),
        googleAccount: args.identity.emails[role],
      },
      { ...options, dependsOn: migration },
    );
  }
}

import type * as gcp from '@pulumi/gcp';
import { type Input, output, type Resource } from '@pulumi/pulumi';
import { quotaOf } from '../arithmetic/quota.ts';
import type { Cache } from '../components/cache.ts';
import type { Cluster } from '../components/cluster.ts';
import { userOf } from '../components/database.ts';
import type { Edge } from '../components/edge.ts';
import type { Workload as Identified, Identity } from '../components/identity.ts';
import { backedUp, type MountedSecret, type SecretPlace, secretPath } from '../components/secrets.ts';
import { BACKUPS_KEPT_DAYS } from '../components/storage.ts';
import type { Config } from '../config/config.ts';
import type { Upstream } from '../config/images.ts';
import { dashboardsHost, followed, namespaces, primaryInstance, stateBucket } from '../names.ts';
import { AdmissionPolicy } from './admission-policy.ts';
import { environmentOf, migrationEnvironment, onGoogle, preparationEnvironment } from './environment.ts';
import { Gateway } from './gateway.ts';
import { scaling } from './keda/scaling.ts';
import { Monitoring } from './monitoring.ts';
import { Namespace } from './namespace.ts';
import { servicePolicies } from './network-policies.ts';
import { observability } from './observability/observability.ts';
import { Priorities } from './priorities.ts';
import { clusterProvider } from './provider.ts';
import { deployedIn, workloadsOf } from './roles.ts';
import { SecretCopies } from './secret-copies.ts';
import { TaskJob } from './task-job.ts';
import { Workload } from './workload.ts';

export type ServiceArgs = {
  readonly cluster: Cluster;
  /** Without these no pod comes up: nodes to run on, identities. */
  readonly ready: readonly Resource[];
  /** With its users, without which no pod gets into it. */
  readonly users: Resource;
  readonly identity: Identity;
  readonly edge: Edge;
  readonly cache: Cache['access'];
  /** Name of the bucket for backups. */
  readonly backups: Input<string>;
  readonly places: readonly SecretPlace[];
  readonly mounted: readonly MountedSecret[];
  readonly database: Input<string>;
  /** What the addresses of all our images begin with. */
  readonly registry: string;
  /** Where copies of others' images are. */
  readonly copies: Readonly<Record<Upstream, string>>;
  /** Encrypts disks. */
  readonly nodeKey: Input<string> | undefined;
};

/** What runs in the cluster: its namespace always, and the service once there are an image of it and a database that it may write to. */
export function service(config: Config, args: ServiceArgs): void {
  const { project, image, proxyImage, sizes } = config;
  const cluster: gcp.container.Cluster = args.cluster.cluster;
  const options = { providers: [clusterProvider(args.cluster)] };
  const namespace = new Namespace(
    'namespace',
    {
      namespace: namespaces.service,
      most: quotaOf(workloadsOf(config)),
      policies: servicePolicies(),
      cluster,
    },
    options,
  );
  const priorities = new Priorities('priorities', { cluster }, options);
  const admission = new AdmissionPolicy('admission-policy', { registry: args.registry, cluster }, options);
  const inside = { ...options, dependsOn: [namespace, priorities, admission] };
  new SecretCopies('secret-copies', { project, places: args.places, cluster }, inside);
  const links = { dashboards: `https://${dashboardsHost(config.domain)}`, pages: config.pages };
  // Nothing can be written to a database that follows another, so nothing runs on it until it has been promoted.
  const isFollowing = followed(config) !== undefined;
  const running = image === undefined || proxyImage === undefined || isFollowing ? [] : deployedIn(config);
  new Monitoring('monitoring', { cluster, links, database: primaryInstance(config), running }, inside);
  new Gateway('gateway', { domain: config.domain, edge: args.edge, cluster }, inside);
  const { identity, edge, ready, copies, nodeKey } = args;
  observability(
    config,
    { cluster, ready, identity, edge, secrets: args.mounted, copies, key: nodeKey },
    { ...options, dependsOn: [priorities, admission] },
  );
  const scaled = scaling(
    config,
    { cluster, ready, served: namespace, copies },
    { ...options, dependsOn: [priorities, admission] },
  );
  if (image === undefined || proxyImage === undefined || isFollowing) return;

  const users = output(args.identity.emails).apply(usersOf);
  const made = output({ edge: args.edge.ip, cache: args.cache, backups: args.backups, instance: args.database });
  const places = output({ users, made });
  const proxy = { image: proxyImage, instance: args.database };
  const common = { image, proxy, pools: config.cluster === 'standard', cluster };
  const preparation = new TaskJob(
    'preparation',
    {
      ...common,
      task: 'prepare-database',
      account: 'prepare',
      environment: users.apply(preparationEnvironment),
      googleAccount: args.identity.emails.prepare,
    },
    { ...options, dependsOn: [...inside.dependsOn, ...args.ready, args.users] },
  );
  const migration = new TaskJob(
    'migration',
    {
      ...common,
      task: 'migrate',
      account: 'migrate',
      environment: users.apply(({ migrate }) => migrationEnvironment(config, migrate)),
      googleAccount: args.identity.emails.migrate,
    },
    { ...options, dependsOn: preparation },
  );
  const kept = keptOf(config);
  for (const role of running) {
    new Workload(
      role,
      {
        ...common,
        role,
        size: sizes.workloads[role],
        figures: scaled?.figures,
        ...(role === 'synthetic'
          ? { proxy: undefined, googleAccount: args.identity.watchers.synthetic?.email }
          : { googleAccount: args.identity.emails[role] }),
        environment: places.apply(({ users: of, made: there }) =>
          // The one without a user never asks for the database.
          environmentOf(
            role,
            config,
            onGoogle(role === 'synthetic' ? '' : of[role], { ...there, ...kept, domain: config.domain }),
          ),
        ),
      },
      { ...options, dependsOn: scaled === undefined ? [migration] : [migration, scaled.keda] },
    );
  }
}

function usersOf(emails: Readonly<Record<Identified, string>>): Readonly<Record<Identified, string>> {
  const users = Object.entries(emails).map(([workload, email]) => [workload, userOf(email)]);
  return Object.fromEntries(users) as Record<Identified, string>;
}

/** What a stack keeps besides its rows, and for how long nobody can take any of it away. */
function keptOf({ locked, keepsPlatform, project, stack }: Config) {
  const secrets = backedUp.map((variable) => secretPath(project, stack, variable)).join(',');
  return {
    backupDays: locked ? BACKUPS_KEPT_DAYS : undefined,
    platform: keepsPlatform ? { state: stateBucket(project), secrets } : undefined,
  };
}

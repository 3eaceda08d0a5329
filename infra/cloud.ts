import { admission } from './components/admission.ts';
import { Alerts } from './components/alerts.ts';
import { Backups } from './components/backups.ts';
import { Cache } from './components/cache.ts';
import { Cluster } from './components/cluster.ts';
import { Database } from './components/database.ts';
import { DatabaseDrills } from './components/database-drills.ts';
import { Edge } from './components/edge.ts';
import { Events } from './components/events.ts';
import { federation } from './components/federation.ts';
import { googleProvider } from './components/google.ts';
import { Identity, WorkloadIdentity } from './components/identity.ts';
import { homeKeys, recoveryKeys } from './components/key-sets.ts';
import { Logs } from './components/logs.ts';
import { Network } from './components/network.ts';
import { nodePools } from './components/node-pools.ts';
import { Oversight } from './components/oversight.ts';
import { Registry } from './components/registry.ts';
import { neededFirst, replicasOf, Secrets, secretsOf } from './components/secrets.ts';
import { ProjectServices } from './components/services.ts';
import { Storage } from './components/storage.ts';
import type { Config } from './config/config.ts';
import { service } from './kubernetes/service.ts';
import { followed, primaryInstance } from './names.ts';
import { nextSteps } from './next-steps.ts';
import { alertmanagerConfig } from './observability/alertmanager.ts';

/** A stack on Google Cloud, in the order in which its parts need each other. */
export function cloud(config: Config) {
  const { stack, project, region, zones, sizes, locked } = config;
  const google = { providers: [googleProvider(config)] };
  const services = new ProjectServices('services', { project }, google);
  const options = { ...google, dependsOn: services };

  const keys = homeKeys(config, services.agents, options);
  const keysElsewhere = recoveryKeys(config, services.agents, options);
  const network = new Network('network', { stack, project, region, addresses: config.addresses, locked }, options);
  const { id, subnet, serviceConnections } = network;
  const identity = new Identity('identity', { stack, project, synthetic: config.synthetic }, options);
  const registry = new Registry(
    'registry',
    { stack, project, region, key: keys.registry, reader: identity.nodes.member, locked },
    options,
  );
  const writers = { pipeline: identity.member('pipeline'), worker: identity.member('worker') };
  const keeper = config.keepsPlatform ? 'worker' : undefined;
  const storage = new Storage(
    'storage',
    { stack, project, region, key: keys.storage, writers, keeper: keeper && identity.member(keeper), locked },
    options,
  );
  const secrets = new Secrets(
    'secrets',
    {
      stack,
      replicas: replicasOf(config, keys.secrets, keysElsewhere.secrets),
      needed: secretsOf(config),
      mounted: alertmanagerConfig(config).secrets,
      keeper,
      members: (workload) => identity.member(workload),
      locked,
    },
    options,
  );

  federation(config, registry.images, options);
  const { channels } = new Oversight('oversight', config, options);
  const served = config.image !== undefined && followed(config) === undefined;
  const { domain, pages } = config;
  new Alerts('alerts', { stack, project, domain, database: primaryInstance(config), pages, channels, served }, options);
  new Logs('logs', { stack, project, region, days: config.logDays, key: keys.logs, locked }, options);
  admission(config, registry, options);
  const edge = new Edge('edge', { stack, domain: config.domain, locked }, options);

  const events = new Events('events', { stack, key: keys.events }, options);
  const nodeAccount = identity.nodes.email;
  const { signedImages, cluster: kind } = config;
  const cluster = new Cluster(
    'cluster',
    {
      stack,
      project,
      region,
      zones,
      network: id,
      subnet,
      kind,
      nodeAccount,
      key: keys.cluster,
      nodeKey: keys.nodes,
      events: events.topic,
      signedImages,
      locked,
    },
    options,
  );
  const nodes = nodePools(
    config,
    'nodes',
    { cluster: cluster.cluster, region, sizes: sizes.nodes, gpu: config.gpu, account: nodeAccount, key: keys.nodes },
    options,
  );
  const elsewhere = config.recoveryRegion ?? region;
  new Backups(
    'backups',
    { stack, region: elsewhere, cluster: cluster.cluster, key: keysElsewhere.backups ?? keys.backups, locked },
    options,
  );
  const workloadIdentity = new WorkloadIdentity(
    'workload-identity',
    { project, accounts: identity.accounts, watchers: identity.watchers, cluster: cluster.cluster },
    options,
  );

  const database = new Database(
    'database',
    {
      stack,
      project,
      region,
      size: sizes.database,
      network: id,
      serviceConnections,
      key: keys.database,
      backupLocation: region,
      users: identity.emails,
      name: config.databaseInstance,
      follows: followed(config),
      promoted: config.recovery && config.topology === 'primary',
      locked,
    },
    options,
  );
  if (served)
    new DatabaseDrills(
      'database-drills',
      { stack, project, instance: database.instance.name, member: identity.member('worker') },
      options,
    );
  const cache = new Cache(
    'cache',
    { stack, project, region, size: sizes.cache, network: id, serviceConnections, key: keys.cache, locked },
    options,
  );

  const ready = [workloadIdentity, nodes ?? cluster];
  service(config, {
    cluster,
    ready,
    users: database,
    identity,
    edge,
    cache: cache.access,
    backups: storage.buckets.backups,
    places: secrets.places,
    mounted: secrets.mounted,
    database: database.connectionName,
    registry: registry.address,
    copies: registry.copies,
    nodeKey: keys.nodes,
  });

  return {
    cluster: cluster.cluster.name,
    registry: registry.address,
    nameServers: edge.nameServers,
    egressAddresses: network.egressAddresses,
    database: database.connectionName,
    buckets: storage.buckets,
    next: nextSteps(config, { images: registry.address, copies: registry.copies, secrets: neededFirst(config) }),
  };
}

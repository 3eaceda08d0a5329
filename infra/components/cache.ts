import * as gcp from '@pulumi/gcp';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  output,
  type Resource,
} from '@pulumi/pulumi';
import type { CacheSize } from '../config/sizes.ts';
import { nameOf } from '../names.ts';
import { weekly } from './maintenance.ts';
import { guarded } from './options.ts';

export type CacheArgs = {
  readonly stack: string;
  readonly project: string;
  readonly region: string;
  readonly size: CacheSize;
  readonly network: Input<string>;
  /** Must be there before the cache can have an address in the network. */
  readonly serviceConnections: readonly Resource[];
  readonly key: Input<string> | undefined;
  readonly locked: boolean;
};

/** Valkey: one shard, so that every client can speak to it, with replicas in other zones. It holds nothing that the database does not. */
export class Cache extends ComponentResource {
  readonly instance: gcp.memorystore.Instance;
  /** Where it is reached, and PEM of the authorities that have signed for it and for nothing else. */
  readonly access: Output<{ readonly url: string; readonly authorities: string }>;

  constructor(name: string, args: CacheArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Cache', name, {}, options);
    const { stack, project, region, size, network, key, locked } = args;
    this.instance = new gcp.memorystore.Instance(
      name,
      {
        instanceId: nameOf(stack),
        location: region,
        mode: 'CLUSTER_DISABLED',
        shardCount: 1,
        replicaCount: size.replicas,
        nodeType: size.nodeType,
        zoneDistributionConfig: { mode: 'MULTI_ZONE' },
        // These two can never be changed afterwards.
        authorizationMode: 'IAM_AUTH',
        transitEncryptionMode: 'SERVER_AUTHENTICATION',
        // They sign for this instance and no other: clients know it by them alone.
        serverCaMode: 'GOOGLE_MANAGED_PER_INSTANCE_CA',
        desiredAutoCreatedEndpoints: [{ network, projectId: project }],
        engineVersion: 'VALKEY_8_0',
        engineConfigs: { 'maxmemory-policy': 'volatile-lru' },
        persistenceConfig: { mode: 'DISABLED' },
        maintenancePolicy: { weeklyMaintenanceWindows: [weekly.cache] },
        deletionProtectionEnabled: locked,
        ...(key === undefined ? {} : { kmsKey: key }),
      },
      {
        ...guarded({ parent: this }, locked),
        dependsOn: [...args.serviceConnections],
        customTimeouts: { create: '60m', update: '120m', delete: '30m' },
      },
    );
    const { endpoints, managedServerCas } = this.instance;
    this.access = output({ endpoints, managedServerCas }).apply((made) => ({
      url: urlOf(made.endpoints),
      authorities: made.managedServerCas
        .flatMap(({ caCerts }) => caCerts)
        .flatMap(({ certificates }) => certificates)
        .map((pem) => pem.trim())
        .join('\n'),
    }));
    this.registerOutputs({});
  }
}

/** Of the one that takes writes: the others only answer. */
function urlOf(endpoints: gcp.types.output.memorystore.InstanceEndpoint[]): string {
  const all = endpoints.flatMap(({ connections = [] }) =>
    connections.flatMap(({ pscAutoConnection }) => pscAutoConnection ?? []),
  );
  const primary = all.find(({ connectionType }) => connectionType === 'CONNECTION_TYPE_PRIMARY') ?? all[0];
  if (primary === undefined) throw new Error('the cache has no address in the network');
  return `rediss://${primary.ipAddress}:${primary.port}`;
}

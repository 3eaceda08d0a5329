import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi';
import { podsPerNode } from '../arithmetic/network.ts';
import type { Config } from '../config/config.ts';
import type { AcceleratorSize, NodeSizes, PoolSize } from '../config/sizes.ts';
import { within } from './options.ts';

export type NodePoolsArgs = {
  readonly cluster: gcp.container.Cluster;
  readonly region: string;
  readonly sizes: NodeSizes;
  /** Address of the account that nodes run as. */
  readonly account: Input<string>;
  readonly gpu: AcceleratorSize | undefined;
  /** Encrypts their disks. */
  readonly key: Input<string> | undefined;
};

export type PoolName = keyof NodeSizes;

/** What pods ask for to get onto a pool. */
export const poolLabel = 'heliograph.dev/pool';

/** Pods come here only when they say so: nodes of `batch` are taken away within seconds, those of `system` are for what runs the cluster. */
const tainted: Readonly<Record<PoolName, boolean>> = { system: false, service: true, batch: true };

/** The machines: what runs the cluster, what serves, and what may be interrupted. */
class NodePools extends ComponentResource {
  readonly pools: readonly gcp.container.NodePool[];

  constructor(name: string, args: NodePoolsArgs, options: ComponentResourceOptions) {
    super('heliograph:google:NodePools', name, {}, options);
    const pools: readonly PoolName[] = ['system', 'service', 'batch'];
    const settings = [
      ...pools.map((pool) => [pool, poolSettings(pool, args)] as const),
      ...(args.gpu === undefined ? [] : [['gpu', acceleratorSettings(args.gpu, args)] as const]),
    ];
    this.pools = settings.map(([pool, rest]) => {
      // Without a name of its own, a pool whose machines change is made before the old one is drained.
      const settings = { cluster: args.cluster.id, location: args.region, ...rest };
      return new gcp.container.NodePool(`${name}-${pool}`, settings, {
        ...within({ parent: this }, args.cluster),
        ignoreChanges: ['initialNodeCount', 'nodeCount'],
        customTimeouts: { create: '30m', update: '60m', delete: '60m' },
      });
    });
    this.registerOutputs({});
  }
}

/** The pools of a cluster that has its own; with autopilot Google runs the nodes. */
export function nodePools(
  config: Pick<Config, 'cluster'>,
  name: string,
  args: NodePoolsArgs,
  options: ComponentResourceOptions,
): NodePools | undefined {
  return config.cluster === 'standard' ? new NodePools(name, args, options) : undefined;
}

function poolSettings(pool: PoolName, args: NodePoolsArgs): Omit<gcp.container.NodePoolArgs, 'cluster'> {
  const { minNodes, maxNodes } = args.sizes[pool];
  return {
    maxPodsPerNode: podsPerNode,
    autoscaling: {
      totalMinNodeCount: minNodes,
      totalMaxNodeCount: maxNodes,
      locationPolicy: pool === 'batch' ? 'ANY' : 'BALANCED',
    },
    management: { autoRepair: true, autoUpgrade: true },
    upgradeSettings: { strategy: 'SURGE', maxSurge: 1, maxUnavailable: 0 },
    networkConfig: { enablePrivateNodes: true },
    nodeConfig: nodeConfig(pool, args.sizes[pool], args),
  };
}

/** As batch, with accelerators and their driver; GKE taints such nodes by itself. */
function acceleratorSettings(size: AcceleratorSize, args: NodePoolsArgs): Omit<gcp.container.NodePoolArgs, 'cluster'> {
  const accelerator = {
    type: size.type,
    count: size.count,
    gpuDriverInstallationConfig: { gpuDriverVersion: 'DEFAULT' },
  };
  return {
    ...poolSettings('batch', args),
    autoscaling: { totalMinNodeCount: 0, totalMaxNodeCount: size.maxNodes, locationPolicy: 'ANY' },
    nodeConfig: {
      ...nodeConfig('batch', { ...args.sizes.batch, machine: size.machine }, args),
      labels: { [poolLabel]: 'gpu' },
      guestAccelerators: [accelerator],
    },
  };
}

function nodeConfig(pool: PoolName, { machine, disk }: PoolSize, { account, key }: NodePoolsArgs) {
  return {
    machineType: machine,
    diskSizeGb: disk,
    diskType: 'pd-balanced',
    imageType: 'COS_CONTAINERD',
    spot: pool === 'batch',
    serviceAccount: account,
    // The account says what a node may do; the scope only has to let it.
    oauthScopes: ['https://www.googleapis.com/auth/cloud-platform'],
    labels: { [poolLabel]: pool },
    taints: tainted[pool] ? [{ key: poolLabel, value: pool, effect: 'NO_SCHEDULE' }] : [],
    metadata: { 'disable-legacy-endpoints': 'true' },
    shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
    workloadMetadataConfig: { mode: 'GKE_METADATA' },
    kubeletConfig: { insecureKubeletReadonlyPortEnabled: 'FALSE', podPidsLimit: 4096 },
    gcfsConfig: { enabled: true },
    gvnic: { enabled: true },
    ...(key === undefined ? {} : { bootDiskKmsKey: key }),
  };
}

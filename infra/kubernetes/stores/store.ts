import * as k8s from '@pulumi/kubernetes';
import type { CustomResourceOptions } from '@pulumi/pulumi';
import type { WatcherSize } from '../../arithmetic/quota.ts';
import { foreignPod } from '../observability/foreign-pod.ts';
import { inService, labelsOf } from '../pod.ts';

/** What the stores of a local stack are called: the names by which they are reached, too. */
export const names = { database: 'database', cache: 'cache' } as const;
export const cachePort = 6379;

export const storeSizes = {
  database: { replicas: 1, cpu: 250, memory: 1024 },
  cache: { replicas: 1, cpu: 50, memory: 256 },
} as const satisfies Record<string, WatcherSize>;

/** What stands beside the database in its pod. */
export const besideSizes = {
  keeper: { cpu: 100, memory: 768 },
  drill: { cpu: 100, memory: 512 },
} as const;

/** What each pod asks for. */
export const podSizes: readonly WatcherSize[] = [
  {
    replicas: 1,
    cpu: storeSizes.database.cpu + besideSizes.keeper.cpu + besideSizes.drill.cpu,
    memory: storeSizes.database.memory + besideSizes.keeper.memory + besideSizes.drill.memory,
  },
  storeSizes.cache,
];

/** Where the disks of the database's pod are mounted, in whichever of its containers. */
export const places = { data: '/var/lib/postgresql', wal: '/wal', backups: '/backups', drill: '/drill' } as const;

type Disk = {
  readonly name: string;
  /** GB, and where the store itself has it; nowhere where it is for what stands beside it. */
  readonly size: number;
  readonly path?: string;
};

export type StoreArgs = {
  readonly name: keyof typeof names;
  readonly container: k8s.types.input.core.v1.Container;
  readonly port: number;
  /** Exits with 0 once it answers. */
  readonly ready: readonly string[];
  readonly user: number;
  readonly disks: readonly Disk[];
  /** Beside it in its pod, where its own name is the pod itself: the service of that name leads there only once it is ready. */
  readonly sidecars?: readonly k8s.types.input.core.v1.Container[];
};

/** One pod with disks of the class that the cluster has by default, and a service of its name. */
export function store(logicalName: string, args: StoreArgs, options: CustomResourceOptions): void {
  const { name, port, disks, sidecars } = args;
  const labels = labelsOf(name);
  const metadata = { name, ...inService, labels };
  const account = new k8s.core.v1.ServiceAccount(
    logicalName,
    { metadata, automountServiceAccountToken: false },
    options,
  );
  const pod = foreignPod({
    account: name,
    labels,
    container: {
      ...args.container,
      ports: [{ name, containerPort: port }],
      volumeMounts: [
        ...disks.flatMap(({ name: disk, path }) => (path === undefined ? [] : [{ name: disk, mountPath: path }])),
        { name: 'scratch', mountPath: '/tmp' },
        { name: 'sockets', mountPath: '/var/run/postgresql' },
      ],
    },
    size: storeSizes[name],
    probes: { port, command: args.ready },
    user: args.user,
    volumes: ['scratch', 'sockets'].map((one) => ({ name: one, emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } })),
    pools: false,
    ...(sidecars === undefined ? {} : { sidecars, itself: name }),
  });
  const pods = new k8s.apps.v1.StatefulSet(
    logicalName,
    {
      metadata,
      spec: {
        replicas: 1,
        serviceName: name,
        minReadySeconds: 5,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: pod },
        volumeClaimTemplates: disks.map((disk) => ({
          metadata: { name: disk.name, labels },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: `${disk.size}Gi` } } },
        })),
      },
    },
    { ...options, dependsOn: account, customTimeouts: { create: '10m' } },
  );
  const ports = [{ name, port, targetPort: name }];
  new k8s.core.v1.Service(
    logicalName,
    { metadata, spec: { type: 'ClusterIP', selector: labels, ports } },
    { ...options, dependsOn: pods },
  );
}

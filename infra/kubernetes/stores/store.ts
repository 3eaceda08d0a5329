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

export type StoreArgs = {
  readonly name: keyof typeof names;
  readonly container: k8s.types.input.core.v1.Container;
  readonly port: number;
  /** Exits with 0 once it answers. */
  readonly ready: readonly string[];
  readonly user: number;
  /** GB, and where it is mounted. */
  readonly disk: { readonly size: number; readonly path: string };
};

/** One pod with a disk of the class that the cluster has by default, and a service of its name. */
export function store(logicalName: string, args: StoreArgs, options: CustomResourceOptions): void {
  const { name, port, disk } = args;
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
        { name: 'data', mountPath: disk.path },
        { name: 'scratch', mountPath: '/tmp' },
        { name: 'sockets', mountPath: '/var/run/postgresql' },
      ],
    },
    size: storeSizes[name],
    probes: { port, command: args.ready },
    user: args.user,
    volumes: ['scratch', 'sockets'].map((one) => ({ name: one, emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } })),
    pools: false,
  });
  const storage = { requests: { storage: `${disk.size}Gi` } };
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
        volumeClaimTemplates: [
          { metadata: { name: 'data', labels }, spec: { accessModes: ['ReadWriteOnce'], resources: storage } },
        ],
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

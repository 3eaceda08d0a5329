import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, KubernetesObject } from './client.ts';

export type Pod = KubernetesObject & {
  readonly metadata: KubernetesObject['metadata'] & {
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  readonly spec: { readonly nodeName?: string };
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] };
};

export type Workload = KubernetesObject & {
  readonly metadata: KubernetesObject['metadata'] & { readonly generation: number };
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly strategy?: { readonly rollingUpdate?: { readonly maxSurge?: number; readonly maxUnavailable?: number } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
};

export type Condition = { readonly type: string; readonly status: string; readonly reason?: string };

export type Budget = KubernetesObject & {
  readonly spec: { readonly selector: { readonly matchLabels: Readonly<Record<string, string>> } };
  readonly status?: { readonly desiredHealthy: number; readonly currentHealthy: number; readonly expectedPods: number };
};

export const nameOf = ({ kind, metadata: { namespace, name } }: KubernetesObject) =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;

export const conditionOf = (
  { status }: { readonly status?: { readonly conditions?: readonly Condition[] } },
  type: string,
) => status?.conditions?.find((condition) => condition.type === type);

export const isReady = (pod: Pod) =>
  pod.metadata.deletionTimestamp === undefined && conditionOf(pod, 'Ready')?.status === 'True';

/** The pods that a Deployment, StatefulSet or budget means, whatever their state. */
export async function podsOf(client: Client, { metadata, spec }: Workload | Budget): Promise<readonly Pod[]> {
  const selector = Object.entries(spec.selector.matchLabels).map(([key, value]) => `${key}=${value}`);
  const query = encodeURIComponent(selector.join(','));
  return client.list<Pod>(`/api/v1/namespaces/${metadata.namespace}/pods?labelSelector=${query}`);
}

/** All Deployments and StatefulSets of the cluster: nothing else in it makes pods that stay. */
export async function workloadsOf(client: Client): Promise<readonly Workload[]> {
  const lists = await Promise.all(
    [
      ['deployments', 'Deployment'],
      ['statefulsets', 'StatefulSet'],
    ].map(async ([plural, kind]) =>
      (await client.list<Workload>(`/apis/apps/v1/${plural}`)).map((item) => ({ ...item, kind: String(kind) })),
    ),
  );
  return lists.flat();
}

/** Whether as many pods as wanted are of the newest template and available. */
export function isWhole({ metadata, spec, status = {} }: Workload): boolean {
  return (
    status.observedGeneration === metadata.generation &&
    (status.updatedReplicas ?? 0) === spec.replicas &&
    (status.availableReplicas ?? 0) === spec.replicas
  );
}

/** Asks again and again; throws what it last heard when the time is over. */
export async function until<Value>(
  what: string,
  seconds: number,
  ask: () => Promise<Value>,
  isEnough: (value: Value) => boolean,
  describe: (value: Value) => string = () => 'not yet',
): Promise<Value> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const value = await ask();
    if (isEnough(value)) return value;
    if (performance.now() > end) throw new Error(`${what}: not after ${seconds} s (${describe(value)})`);
    await sleep(250);
  }
}

export function describeWorkloads(workloads: readonly Workload[]): string {
  return workloads
    .filter((workload) => !isWhole(workload))
    .map((workload) => {
      const { status, spec } = workload;
      return `${nameOf(workload)} has ${status?.availableReplicas ?? 0} of ${spec.replicas}, ${status?.updatedReplicas ?? 0} new`;
    })
    .join('; ');
}

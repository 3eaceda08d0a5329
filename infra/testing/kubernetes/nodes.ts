import type { Captured } from '../engine/captured.ts';
import { isObject, type Json, type JsonObject } from '../engine/values.ts';
import type { KubernetesObject } from './client.ts';

/** The zones that a stack's cluster spreads its nodes over: its own three, or three of its region where Autopilot picks them. */
export function zonesOf(resources: readonly Captured[]): string[] {
  const cluster = resources.find(({ type }) => type === 'gcp:container/cluster:Cluster');
  // A cluster that was there before the stack: what it is like is nobody's business here, but it has three zones.
  if (!cluster) return ['a', 'b', 'c'].map((zone) => `anywhere-1-${zone}`);
  const zones = cluster.inputs['nodeLocations'];
  return Array.isArray(zones)
    ? zones.map(String)
    : ['a', 'b', 'c'].map((zone) => `${cluster.inputs['location']}-${zone}`);
}

/**
 * The nodes of a stack, with the labels, taints and sizes of its pools: as many as the pool has at least, and one in each zone, as its
 * autoscaler would make for pods that wait. A stack without pools of its own gets nodes like those that Autopilot makes.
 */
export function nodesOf(resources: readonly Captured[], zones: readonly string[]): KubernetesObject[] {
  const pools = resources.filter(({ type }) => type === 'gcp:container/nodePool:NodePool');
  if (pools.length === 0) return zones.flatMap((zone) => [1, 2].map((n) => node(zone, `auto-${n}`, AUTOPILOT)));
  return pools.flatMap((pool) => {
    const config = pool.inputs['nodeConfig'];
    const { totalMinNodeCount = 0 } = objectAt(pool.inputs, 'autoscaling');
    if (config === undefined || !isObject(config)) throw new Error(`${pool.name} has no nodeConfig`);
    const wanted = Math.max(Number(totalMinNodeCount), zones.length);
    return Array.from({ length: wanted }, (_, index) =>
      node(zones[index % zones.length] ?? '', `${pool.name}-${Math.floor(index / zones.length) + 1}`, config),
    );
  });
}

const AUTOPILOT: JsonObject = { machineType: 'e2-standard-8', labels: {} };

function node(zone: string, name: string, config: JsonObject): KubernetesObject {
  const full = `${name}-${zone.slice(-1)}`;
  const size = allocatable(String(config['machineType']));
  const capacity = { cpu: `${size.cpu}m`, memory: `${size.memory}Mi`, pods: '110', 'ephemeral-storage': '47Gi' };
  const taints = Array.isArray(config['taints']) ? (config['taints'] as readonly JsonObject[]) : [];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: full,
      labels: {
        ...(objectAt(config, 'labels') as Record<string, string>),
        'kubernetes.io/hostname': full,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'topology.kubernetes.io/region': zone.slice(0, -2),
        'topology.kubernetes.io/zone': zone,
        'node.kubernetes.io/instance-type': String(config['machineType']),
        ...(config['spot'] === true ? { 'cloud.google.com/gke-spot': 'true' } : {}),
      },
    },
    spec: {
      taints: taints.map(({ key, value, effect }) => ({ key, value, effect: effects[String(effect)] ?? effect })),
    },
    status: { capacity, allocatable: capacity },
  };
}

const effects: Readonly<Record<string, string>> = {
  NO_SCHEDULE: 'NoSchedule',
  NO_EXECUTE: 'NoExecute',
  PREFER_NO_SCHEDULE: 'PreferNoSchedule',
};

/** What GKE's own pods on each node ask for, at a guess on the high side: thousandths of a core and MiB. */
const DAEMONS = { cpu: 400, memory: 700 };
/** GiB for each core. */
const memoryOf: Readonly<Record<string, number>> = { standard: 4, highmem: 8, highcpu: 1 };

/**
 * What is left for pods on a machine, in thousandths of a core and MiB, by the formula of
 * https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes.
 */
export function allocatable(machine: string): { readonly cpu: number; readonly memory: number } {
  const [, family = '', kind = '', count = ''] = /^([a-z]\w+)-([a-z]+)-(\d+)$/.exec(machine) ?? [];
  const [cores, each] = [Number(count), memoryOf[kind]];
  if (family === '' || each === undefined) throw new Error(`"${machine}" is no machine whose size is known here`);
  const gib = cores * each;
  const reservedCpu = steps(cores, [
    [1, 60],
    [1, 10],
    [2, 5],
    [Number.POSITIVE_INFINITY, 2.5],
  ]);
  const reservedMemory =
    1024 *
    steps(gib, [
      [4, 0.25],
      [4, 0.2],
      [8, 0.1],
      [112, 0.06],
      [Number.POSITIVE_INFINITY, 0.02],
    ]);
  return {
    cpu: Math.floor(cores * 1000 - reservedCpu - DAEMONS.cpu),
    memory: Math.floor(gib * 1024 - reservedMemory - 100 - DAEMONS.memory),
  };
}

/** Each part of an amount at a rate of its own. */
function steps(amount: number, rates: readonly (readonly [number, number])[]): number {
  let left = amount;
  return rates.reduce((sum, [upTo, rate]) => {
    const part = Math.min(left, upTo);
    left -= part;
    return sum + part * rate;
  }, 0);
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value: Json | undefined = object[key];
  return value !== undefined && isObject(value) ? value : {};
}

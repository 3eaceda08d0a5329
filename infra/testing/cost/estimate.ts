import { namespaces } from '../../names.ts';
import type { Captured } from '../engine/captured.ts';
import { isObject, type Json, type JsonObject } from '../engine/values.ts';
import { HOURS, type PriceName, prices, REGION_FACTOR } from './prices.ts';

/** One part of a stack: how much of what a month. */
export type Item = {
  readonly component: string;
  readonly what: string;
  readonly price: PriceName;
  readonly amount: number;
};
export type Line = Item & { readonly dollars: number };

/** What the resources of a stack cost a month, a line for each price of each component, in US dollars. */
export function estimate(resources: readonly Captured[]): readonly Line[] {
  const items = resources.flatMap((resource) => itemsOf[resource.type]?.(resource) ?? []);
  const autopilot = resources.some(({ type, inputs }) => type === CLUSTER && inputs['enableAutopilot'] === true);
  const all = [...items, ...(autopilot ? resources.flatMap(podsOf) : []), ...samplesOf(resources)];
  const lines = new Map<string, Item>();
  for (const item of all) {
    const key = `${item.component} ${item.price} ${item.what}`;
    lines.set(key, { ...item, amount: item.amount + (lines.get(key)?.amount ?? 0) });
  }
  return [...lines.values()].map((item) => ({
    ...item,
    dollars: item.amount * prices[item.price].dollars * REGION_FACTOR.value,
  }));
}

const CLUSTER = 'gcp:container/cluster:Cluster';
type Count = (resource: Captured) => readonly Item[];

const itemsOf: Readonly<Record<string, Count>> = {
  [CLUSTER]: () => [one('cluster', 'control plane', 'cluster', HOURS)],
  'gcp:container/nodePool:NodePool': ({ name, inputs }) => {
    const config = at(inputs, 'nodeConfig');
    const count = Number(at(inputs, 'autoscaling')['totalMinNodeCount'] ?? 0);
    const { family, cores, memory } = machineOf(String(config['machineType']));
    return [
      one('nodes', `${name}, cores`, `${family}Core`, count * cores * HOURS),
      one('nodes', `${name}, memory`, `${family}Memory`, count * memory * HOURS),
      one('nodes', `${name}, disks`, 'disk', count * Number(config['diskSizeGb'])),
      one('network', 'NAT', 'natNode', count * HOURS),
    ];
  },
  'gcp:sql/databaseInstance:DatabaseInstance': databaseOf,
  'gcp:memorystore/instance:Instance': ({ inputs }) => {
    const nodes = 1 + Number(inputs['replicaCount'] ?? 0);
    return [
      one('cache', String(inputs['nodeType']), valkey[String(inputs['nodeType'])] ?? 'valkeyMedium', nodes * HOURS),
    ];
  },
  'gcp:compute/globalAddress:GlobalAddress': () => [one('edge', 'load balancer', 'gatewayRule', HOURS)],
  'gcp:compute/securityPolicy:SecurityPolicy': ({ inputs }) => [
    one('edge', 'Cloud Armor', 'armorPolicy', 1),
    one('edge', 'Cloud Armor, rules', 'armorRule', Array.isArray(inputs['rules']) ? inputs['rules'].length : 0),
  ],
  'gcp:compute/address:Address': () => [one('network', 'addresses of NAT', 'address', HOURS)],
  // The one that encrypts, and the one before it; every quarter there is one more.
  'gcp:kms/cryptoKey:CryptoKey': () => [one('keys', 'versions', 'key', 2)],
  'gcp:secretmanager/secret:Secret': ({ inputs }) => {
    const replicas = at(at(inputs, 'replication'), 'userManaged')['replicas'];
    return [one('secrets', 'versions', 'secret', Array.isArray(replicas) ? replicas.length : 1)];
  },
  'gcp:dns/managedZone:ManagedZone': () => [one('edge', 'zone', 'zone', 1)],
  'kubernetes:apps/v1:StatefulSet': ({ inputs }) => {
    const spec = at(inputs, 'spec');
    const [claim] = Array.isArray(spec['volumeClaimTemplates']) ? spec['volumeClaimTemplates'] : [];
    const size = isObject(claim ?? null)
      ? at(at(at(claim as JsonObject, 'spec'), 'resources'), 'requests')['storage']
      : '0';
    return [one('observability', 'disks', 'disk', Number(spec['replicas']) * Number.parseInt(String(size), 10))];
  },
};

const valkey: Readonly<Record<string, PriceName>> = {
  SHARED_CORE_NANO: 'valkeyNano',
  STANDARD_SMALL: 'valkeySmall',
  HIGHMEM_MEDIUM: 'valkeyMedium',
};

/** Cores, and GB that belong to them: those of Enterprise Plus have eight to a core. */
function databaseOf({ name, inputs }: Captured): readonly Item[] {
  const settings = at(inputs, 'settings');
  const tier = String(settings['tier']);
  const [, custom, megabytes] = /^db-custom-(\d+)-(\d+)$/.exec(tier) ?? [];
  const count = Number(custom ?? /-(\d+)$/.exec(tier)?.[1]);
  if (Number.isNaN(count)) throw new Error(`${name} has tier "${tier}", which is not known here`);
  const memory = megabytes === undefined ? count * 8 : Number(megabytes) / 1024;
  const copies = settings['availabilityType'] === 'REGIONAL' ? 2 : 1;
  const plus = settings['edition'] === 'ENTERPRISE_PLUS';
  const disk = Number(settings['diskSize'] ?? 0);
  const retained = at(at(settings, 'backupConfiguration'), 'backupRetentionSettings')['retainedBackups'];
  return [
    one('database', `${name}, cores`, plus ? 'sqlPlusCore' : 'sqlCore', count * copies * HOURS),
    one('database', `${name}, memory`, plus ? 'sqlPlusMemory' : 'sqlMemory', memory * copies * HOURS),
    one('database', `${name}, disk`, 'sqlDisk', disk * copies),
    // Each but the first holds what has changed: a tenth of the disk, at a guess.
    one('database', `${name}, backups`, 'sqlBackup', retained === undefined ? 0 : disk * (1 + Number(retained) / 10)),
  ];
}

/** With Autopilot pods are paid for, as they ask: the least there are of each. */
function podsOf({ type, inputs }: Captured): readonly Item[] {
  if (!/:(Deployment|StatefulSet)$/.test(type)) return [];
  const spec = at(inputs, 'spec');
  const pod = at(at(spec, 'template'), 'spec');
  const containers = ['containers', 'initContainers'].flatMap((list) =>
    Array.isArray(pod[list]) ? (pod[list] as readonly JsonObject[]) : [],
  );
  // Where a scaler counts there are at least two, or three.
  const replicas = Number(spec['replicas'] ?? 2);
  const sum = (what: string, read: (text: string) => number) =>
    containers.reduce(
      (all, container) => all + read(String(at(at(container, 'resources'), 'requests')[what] ?? '0')),
      0,
    );
  return [
    one('pods', 'cores', 'podCore', replicas * sum('cpu', (text) => Number.parseInt(text, 10) / 1000) * HOURS),
    one('pods', 'memory', 'podMemory', replicas * sum('memory', (text) => Number.parseInt(text, 10) / 1024) * HOURS),
  ];
}

/** Of each process of ours so many series, four times a minute; others have few. */
const SERIES_A_PROCESS = 1_500;

function samplesOf(resources: readonly Captured[]): readonly Item[] {
  const ours = resources.filter(
    ({ type, inputs }) =>
      type === 'kubernetes:apps/v1:Deployment' && at(inputs, 'metadata')['namespace'] === namespaces.service,
  );
  // What a scaler counts is two, here as with Autopilot.
  const processes = ours.reduce((sum, { inputs }) => sum + Number(at(inputs, 'spec')['replicas'] ?? 2), 0);
  const monitored = resources.some(({ type }) => type.endsWith(':PodMonitoring'));
  const millions = (processes * SERIES_A_PROCESS * 4 * 60 * HOURS) / 1e6;
  return monitored ? [one('observability', 'samples', 'samples', millions)] : [];
}

const GIGABYTES: Readonly<Record<string, number>> = { standard: 4, highmem: 8, highcpu: 1 };

function machineOf(machine: string): { readonly family: 'e2' | 'n2'; readonly cores: number; readonly memory: number } {
  const [, family, kind = '', count] = /^(e2|n2)-(standard|highmem|highcpu)-(\d+)$/.exec(machine) ?? [];
  const cores = Number(count);
  // What is of neither family is counted as the dearer of both.
  return { family: family === 'e2' ? 'e2' : 'n2', cores: cores || 8, memory: (cores || 8) * (GIGABYTES[kind] ?? 4) };
}

function one(component: string, what: string, price: PriceName, amount: number): Item {
  return { component, what, price, amount };
}

function at(object: JsonObject, key: string): JsonObject {
  const value: Json | undefined = object[key];
  return value !== undefined && isObject(value) ? value : {};
}

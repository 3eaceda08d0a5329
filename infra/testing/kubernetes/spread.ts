import type { Client, KubernetesObject } from './client.ts';
import { nameOf, type Pod, podsOf, type Workload, workloadsOf } from './observe.ts';
import { readyPods, type Scene } from './scene.ts';

/** Where pods should be and are not: a zone without any though there are enough, or two more than in another. */
export async function unevenlySpread({ client, zones }: Pick<Scene, 'client' | 'zones'>): Promise<string[]> {
  const zoneOfNode = await zonesByNode(client);
  const workloads = await workloadsOf(client);
  const found = await Promise.all(
    workloads.map(async (workload) => {
      const counts = countIn(zones, readyPods(await podsOf(client, workload)), zoneOfNode);
      const uneven = Math.max(...counts) - Math.min(...counts) > 1;
      const told = zones.map((zone, index) => `${counts[index]} in ${zone}`).join(', ');
      return uneven ? [`${nameOf(workload)}: ${told}`] : [];
    }),
  );
  return found.flat();
}

/** Whose pods are in a zone. */
export async function inZone(client: Client, workload: Workload, zone: string): Promise<readonly Pod[]> {
  const zoneOfNode = await zonesByNode(client);
  return readyPods(await podsOf(client, workload)).filter(({ spec }) => zoneOfNode.get(spec.nodeName ?? '') === zone);
}

/** What controllers complained of, other than what nobody answers here: metrics. */
export async function complaints(client: Client): Promise<string[]> {
  type Event = {
    readonly reason: string;
    readonly message: string;
    readonly involvedObject: { kind: string; name: string };
  };
  const events = await client.list<Event>('/api/v1/events?fieldSelector=type=Warning');
  return (
    events
      .filter(({ reason }) => ['FailedCreate', 'FailedScheduling', 'FailedDelete'].includes(reason))
      // Two pods at once count themselves into one quota, and a volume's claim changes while its pod is placed: both are tried again a moment later.
      .filter(({ message }) => !/the object has been modified|is out of sync \(stored: /.test(message))
      .map(({ reason, message, involvedObject: { kind, name } }) => `${reason} of ${kind} ${name}: ${message}`)
  );
}

async function zonesByNode(client: Client): Promise<ReadonlyMap<string, string>> {
  const nodes = await client.list<KubernetesObject>('/api/v1/nodes');
  return new Map(nodes.map(({ metadata }) => [metadata.name, metadata.labels?.['topology.kubernetes.io/zone'] ?? '']));
}

function countIn(zones: readonly string[], pods: readonly Pod[], zoneOfNode: ReadonlyMap<string, string>): number[] {
  return zones.map((zone) => pods.filter(({ spec }) => zoneOfNode.get(spec.nodeName ?? '') === zone).length);
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ForeignFamily, foreign, OWN_NAMESPACE } from '../../alerts/index.ts';

type Key = keyof typeof foreign;
type Values = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];

const GIGABYTE = 1e9;
const pod = { namespace: OWN_NAMESPACE, pod: 'api-1' } as const;
const worker = { namespace: OWN_NAMESPACE, pod: 'pipeline-1' } as const;
const containers = [pod, worker].map((one) => ({ ...one, container: 'heliograph' }));
/** As the rules name it before infra/ knows the instance. */
const database = { database_id: 'project:{database}' };
const node = (name: string) => ({ node_name: name });

/**
 * What a cluster and a cloud would tell, made by hand from the documented names, because neither is here: gauges have these values, and
 * counters rise by so much a second. Shows that a query asks for what is documented, not that the cloud says it.
 */
const byHand: Partial<Readonly<Record<Key, Values>>> = {
  podRestarts: containers.map((labels) => [labels, 0.001]),
  podWaiting: containers.map((labels) => [{ ...labels, reason: 'CrashLoopBackOff' }, 0]),
  podReady: [pod, worker].map((labels) => [{ ...labels, condition: 'true' }, 1]),
  podPhase: [pod, worker].flatMap((labels) =>
    ['Running', 'Succeeded'].map((phase) => [{ ...labels, phase }, phase === 'Running' ? 1 : 0] as const),
  ),
  deploymentCondition: ['api', 'pipeline'].flatMap((deployment) => [
    [{ namespace: OWN_NAMESPACE, deployment, condition: 'Available', status: 'true' }, 1] as const,
    [{ namespace: OWN_NAMESPACE, deployment, condition: 'Progressing', status: 'false' }, 0] as const,
  ]),
  scalerReplicas: [[{ namespace: OWN_NAMESPACE, horizontalpodautoscaler: 'api' }, 3]],
  scalerMost: [[{ namespace: OWN_NAMESPACE, horizontalpodautoscaler: 'api' }, 12]],
  budgetHealthy: [[{ namespace: OWN_NAMESPACE, poddisruptionbudget: 'api' }, 3]],
  budgetWanted: [[{ namespace: OWN_NAMESPACE, poddisruptionbudget: 'api' }, 2]],
  nodeCondition: ['node-1', 'node-2'].map((name) => [{ node: name, condition: 'Ready', status: 'true' }, 1]),
  containerCpu: containers.map((labels, index) => [labels, 0.4 - index * 0.1]),
  containerMemory: containers.map((labels, index) => [labels, (0.6 + index * 0.3) * GIGABYTE]),
  containerLimits: containers.flatMap((labels) => [
    [{ ...labels, resource: 'cpu' }, 2] as const,
    [{ ...labels, resource: 'memory' }, 2 * GIGABYTE] as const,
  ]),
  containerRequests: containers.flatMap((labels) => [
    [{ ...labels, resource: 'cpu' }, 1] as const,
    [{ ...labels, resource: 'memory' }, GIGABYTE] as const,
  ]),
  networkReceived: [pod, worker].map((labels) => [labels, 90_000]),
  networkSent: [pod, worker].map((labels) => [labels, 240_000]),
  sqlUp: [[database, 1]],
  sqlCpu: [[database, 0.31]],
  sqlMemory: [[database, 0.52]],
  sqlDisk: [[database, 0.44]],
  sqlReplicaLag: [[database, 2]],
  sqlBackends: [[{ ...database, database: 'heliograph' }, 41]],
  valkeyMemory: [[{ instance_id: 'heliograph' }, 0.23]],
  valkeyCpu: [[{ instance_id: 'heliograph' }, 0.12]],
  edgeRequests: ['200', '400', '500'].map((response_code_class, index) => [
    { url_map_name: 'heliograph', response_code_class },
    40 / 10 ** index,
  ]),
  nodeDisk: ['node-1', 'node-2'].map((name, index) => [node(name), (30 + index * 20) * GIGABYTE]),
  nodeDiskSize: ['node-1', 'node-2'].map((name) => [node(name), 100 * GIGABYTE]),
  notifications: ['pagerduty', 'slack'].map((integration) => [
    { job: 'alertmanager', instance: 'a', integration },
    0.05,
  ]),
  notificationsFailed: ['pagerduty', 'slack'].map((integration) => [
    { job: 'alertmanager', instance: 'a', integration, reason: 'other' },
    0.0005,
  ]),
};

/**
 * New York's session, where it does not run at this moment: the rules tell nothing of it then, and what counts in session alone would have
 * nothing to count. Its last close, too, which the rules forget at midnight.
 */
function session(): string[] {
  const closed = Math.floor(Date.now() / 86_400_000) * 86_400 - 3 * 3_600;
  return ['market:open_for_seconds{market="XNYS"} 7200', `market:close_timestamp_seconds{market="XNYS"} ${closed}`];
}

/** What a picture says of it. */
export const NOTE =
  'What a cluster and a cloud would tell is made by hand, and marked. New York is told to be open at any hour, so its invented bars count as late.';

/** The families that are made by hand. */
export const madeByHand: readonly ForeignFamily[] = Object.keys(byHand).map((key) => foreign[key as Key]);

/** Serves them for a scrape. */
export async function serveByHand(): Promise<{ readonly address: string; readonly close: () => void }> {
  const begun = Date.now();
  const server = createServer((_, answer) => {
    const seconds = (Date.now() - begun) / 1_000;
    answer.setHeader('content-type', 'text/plain; version=0.0.4');
    answer.end(`${[...lines(seconds), ...session()].join('\n')}\n`);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, close: () => server.close() };
}

function lines(seconds: number): string[] {
  return Object.entries(byHand).flatMap(([key, values]) => {
    const { name, type } = foreign[key as Key];
    return values.map(([labels, value]) => {
      const inside = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
      return `${name}{${inside.join(',')}} ${type === 'counter' ? value * seconds : value}`;
    });
  });
}

import type { Captured } from '../engine/captured.ts';
import { type Client, type KubernetesObject, Refused } from './client.ts';
import type { ControlPlane } from './control-plane.ts';
import { established } from './definitions.ts';
import { nodesOf, zonesOf } from './nodes.ts';
import { inWaves } from './objects.ts';
import { conditionOf, describeWorkloads, isReady, isWhole, nameOf, type Pod, until, workloadsOf } from './observe.ts';

/** A stack on a cluster of its own kind. */
export type Scene = {
  readonly plane: ControlPlane;
  readonly client: Client;
  readonly stack: string;
  readonly objects: readonly KubernetesObject[];
  /** The same, as they can be made and taken away at once. */
  readonly waves: readonly (readonly KubernetesObject[])[];
  readonly zones: readonly string[];
};

/** Whom the API server would ask, and who is not here: these are only tried. */
export const needsAnswers = ['APIService', 'ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'];
const READY_SECONDS = 180;
const REMOVAL_SECONDS = 120;

export function sceneOf(plane: ControlPlane, stack: string, resources: readonly Captured[]): Scene {
  const waves = inWaves(resources);
  return { plane, client: plane.client, stack, objects: waves.flat(), waves, zones: zonesOf(resources) };
}

/** Makes the nodes of a stack and waits until they are ready. */
export async function makeNodes({ client, zones }: Scene, resources: readonly Captured[]): Promise<number> {
  const nodes = nodesOf(resources, zones);
  for (const node of nodes) await client.send('/api/v1/nodes', { method: 'POST', body: node });
  const ask = () => client.list<Pod>('/api/v1/nodes');
  const ready = (all: readonly Pod[]) => all.filter((node) => conditionOf(node, 'Ready')?.status === 'True').length;
  await until('all nodes are ready', 60, ask, (all) => ready(all) === nodes.length);
  return nodes.length;
}

/** Applies every object in the order of the program, and waits for each Job as the engine does. Gives what was refused. */
export async function deploy({ client, objects, waves }: Scene): Promise<string[]> {
  const refused: string[] = [];
  for (const wave of waves) refused.push(...(await forEach(wave, (object) => make(client, object))));
  await playScaler(client, objects);
  return refused;
}

async function make(client: Client, object: KubernetesObject): Promise<void> {
  await client.apply(object, { dryRun: needsAnswers.includes(object.kind) });
  if (object.kind === 'Job') await completed(client, object);
  if (object.kind === 'CustomResourceDefinition') await established(client, object.metadata.name);
  if (object.kind === 'Namespace') await hasAccount(client, object);
}

/** Does it to all at once. Gives what could not be done. */
async function forEach(
  objects: readonly KubernetesObject[],
  act: (object: KubernetesObject) => Promise<void>,
): Promise<string[]> {
  const told = objects.map((object) =>
    act(object).then(
      () => [],
      (error: unknown) => [`${nameOf(object)}: ${error instanceof Error ? error.message : String(error)}`],
    ),
  );
  return (await Promise.all(told)).flat();
}

/** Waits until every Deployment and StatefulSet has all its pods. */
export async function settle({ client }: Scene, seconds = READY_SECONDS): Promise<void> {
  const all = () => workloadsOf(client);
  await until('every workload has its pods', seconds, all, (found) => found.every(isWhole), describeWorkloads);
}

/** Takes the stack away again, in the opposite order, as the engine would. Gives what would not go. */
export async function remove({ client, waves }: Scene): Promise<string[]> {
  const kept: string[] = [];
  for (const wave of waves.toReversed()) {
    const there = wave.filter(({ kind }) => !needsAnswers.includes(kind) && kind !== 'CustomResourceDefinition');
    kept.push(...(await forEach(there, (object) => takeAway(client, object))));
  }
  return kept;
}

async function takeAway(client: Client, object: KubernetesObject): Promise<void> {
  await client.delete(object);
  await until(
    `${nameOf(object)} is gone`,
    REMOVAL_SECONDS,
    () => exists(client, object),
    (there) => !there,
  );
}

async function exists(client: Client, object: KubernetesObject): Promise<boolean> {
  try {
    await client.get(await client.pathOf(object));
    return true;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return false;
    throw error;
  }
}

async function completed(client: Client, job: KubernetesObject): Promise<void> {
  const path = await client.pathOf(job);
  await until(
    `${nameOf(job)} is complete`,
    60,
    () => client.get<Pod>(path),
    (it) => conditionOf(it, 'Complete') !== undefined,
  );
}

// Pods of a namespace are refused until its own account is there, which a controller makes.
async function hasAccount(client: Client, { metadata }: KubernetesObject): Promise<void> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: metadata.name } };
  await until(
    `the account of ${metadata.name}`,
    60,
    () => exists(client, account),
    (there) => there,
  );
}

/** The scaler of KEDA does not run here: like it, this gives each of its targets the least that it may have. */
async function playScaler(client: Client, objects: readonly KubernetesObject[]): Promise<void> {
  for (const object of objects) {
    if (object.kind !== 'ScaledObject') continue;
    const { minReplicaCount, scaleTargetRef } = object['spec'] as {
      minReplicaCount?: number;
      scaleTargetRef: { name: string };
    };
    const path = `/apis/apps/v1/namespaces/${object.metadata.namespace}/deployments/${scaleTargetRef.name}/scale`;
    await client.patch(path, { spec: { replicas: minReplicaCount ?? 0 } });
  }
}

export const readyPods = (pods: readonly Pod[]) => pods.filter(isReady);

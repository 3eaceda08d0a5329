import { setTimeout as sleep } from 'node:timers/promises';
import { changed } from '../changed.ts';
import type { Client, KubernetesObject } from './client.ts';
import { conditionOf, nameOf, podsOf, until, type Workload, workloadsOf } from './observe.ts';
import { readyPods, type Scene, settle } from './scene.ts';
import { failing } from './stages.ts';

const otherImage = (image: string) => image.replace(/sha256:.*/, `sha256:${'9'.repeat(64)}`);

/** Another image for every Deployment, at once. Gives every moment at which one had too few pods or too many. */
export async function rollOut(scene: Scene): Promise<string[]> {
  return watching(scene, async () => {
    for (const deployment of deployments(scene)) await scene.client.apply(withOtherImage(deployment));
    await settle(scene, 240);
  });
}

/** An image that ends as soon as it starts. Gives what of the old pods went, and what did not say that it had failed. */
export async function failedRollOut(scene: Scene): Promise<string[]> {
  const { client } = scene;
  const failed = (workload: Workload) => conditionOf(workload, 'Progressing')?.reason === 'ProgressDeadlineExceeded';
  const asked = () => workloadsOf(client);
  const rolling = (all: readonly Workload[]) => all.filter(({ kind }) => kind === 'Deployment');
  return watching(scene, async () => {
    for (const deployment of deployments(scene)) await client.apply(broken(deployment));
    await until('every roll-out has failed', 120, asked, (all) => rolling(all).every(failed));
  });
}

/** What was there before, again: it must come back to the same ReplicaSet, without a pod of it having gone. */
export async function rollBack(scene: Scene): Promise<string[]> {
  const before = await replicaSets(scene);
  const broke = await watching(scene, async () => {
    for (const deployment of deployments(scene)) await scene.client.apply(deployment);
    await settle(scene, 240);
  });
  const after = await replicaSets(scene);
  const made = [...after].filter((name) => !before.has(name)).map((name) => `ReplicaSet ${name} was made anew`);
  return [...broke, ...made];
}

const deployments = ({ objects }: Scene) => objects.filter(({ kind }) => kind === 'Deployment');

const firstImage = (object: KubernetesObject) => {
  const spec = object['spec'] as { template: { spec: { containers: readonly { image: string }[] } } };
  return String(spec.template.spec.containers[0]?.image);
};

const withOtherImage = (deployment: KubernetesObject) =>
  changed(deployment, { 'spec.template.spec.containers.0.image': otherImage(firstImage(deployment)) });

function broken(deployment: KubernetesObject): KubernetesObject {
  const [[label, value]] = Object.entries(failing) as [[string, string]];
  return changed(deployment, {
    [`spec.template.metadata.labels.${label.replaceAll('.', '\\.')}`]: value,
    // The ten minutes that it is given would be ten minutes here too.
    'spec.progressDeadlineSeconds': 20,
    'spec.minReadySeconds': 10,
  });
}

async function replicaSets({ client }: Scene): Promise<ReadonlySet<string>> {
  const found = await client.list<KubernetesObject>('/apis/apps/v1/replicasets');
  return new Set(found.map(({ metadata }) => metadata.name));
}

/** Looks at every Deployment while something happens: never fewer pods than its strategy lets go, nor more than it may add. */
async function watching({ client }: Scene, happens: () => Promise<void>): Promise<string[]> {
  const broke = new Set<string>();
  let done = false;
  const looking = (async () => {
    while (!done) {
      for (const workload of await workloadsOf(client)) {
        if (workload.kind === 'Deployment') for (const problem of await misses(client, workload)) broke.add(problem);
      }
      await sleep(50);
    }
  })();
  try {
    await happens();
  } finally {
    done = true;
    await looking;
  }
  return [...broke];
}

async function misses(client: Client, workload: Workload): Promise<string[]> {
  const { maxSurge = 0, maxUnavailable = 0 } = workload.spec.strategy?.rollingUpdate ?? {};
  const pods = (await podsOf(client, workload)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const ready = readyPods(pods).length;
  const { replicas } = workload.spec;
  return [
    ...(ready < replicas - maxUnavailable ? [`${nameOf(workload)} had ${ready} ready pods of ${replicas}`] : []),
    ...(pods.length > replicas + maxSurge ? [`${nameOf(workload)} had ${pods.length} pods, for ${replicas}`] : []),
  ];
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Client, Refused } from './client.ts';
import {
  type Budget,
  describeWorkloads,
  isWhole,
  nameOf,
  type Pod,
  podsOf,
  until,
  type Workload,
  workloadsOf,
} from './observe.ts';
import { readyPods, type Scene } from './scene.ts';
import { inZone } from './spread.ts';

/** Drains a zone, node by node, as an upgrade of its nodes does. Gives every moment at which a budget had too few pods. */
export async function drainZone(scene: Scene, kubectl: string): Promise<string[]> {
  const { client, plane, zones } = scene;
  const selector = `topology.kubernetes.io/zone=${zones[0]}`;
  const options = ['--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=240s'];
  const access = ['--kubeconfig', plane.kubeconfig];
  const broken = await watchingBudgets(scene, async () => {
    await promisify(execFile)(kubectl, [...access, 'drain', '--selector', selector, ...options]);
  });
  const left = await Promise.all(
    (await workloadsOf(client)).map(async (workload) =>
      (await inZone(client, workload, String(zones[0]))).map((pod) => `${nameOf(pod)} is still in a drained zone`),
    ),
  );
  await wholeAgain(client);
  await promisify(execFile)(kubectl, [...access, 'uncordon', '--selector', selector]);
  return [...broken, ...left.flat()];
}

/** Asks for the eviction of two pods of one budget at once: the second must be refused until the first has been replaced. */
export async function evictTwice({ client }: Scene): Promise<string[]> {
  const problems: string[] = [];
  for (const budget of await budgetsOf(client)) {
    const answers = await evictTwo(client, budget);
    if (answers !== null && answers.join() !== 'taken,429')
      problems.push(`${nameOf(budget)}: two evictions at once were ${answers.join(' and ')}`);
  }
  await wholeAgain(client);
  return problems;
}

/** By then the first may have been replaced, and the second is rightly taken: a busy machine is asked again. */
const AT_ONCE_MS = 300;
const ATTEMPTS = 5;

/** The answers to two evictions, one straight after the other; null where there are no two pods. */
async function evictTwo(client: Client, budget: Budget): Promise<readonly string[] | null> {
  for (let attempt = 1; ; attempt += 1) {
    const [first, second] = readyPods(await podsOf(client, budget));
    if (first === undefined || second === undefined) return null;
    const begun = performance.now();
    const answers = [await evicted(client, first), await evicted(client, second)];
    if (performance.now() - begun < AT_ONCE_MS || attempt === ATTEMPTS) return answers;
    await wholeAgain(client);
  }
}

/** What the answer to a pod's eviction was. */
function evicted(client: Client, { metadata: { name, namespace } }: Pod): Promise<string> {
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  return client.send(`/api/v1/namespaces/${namespace}/pods/${name}/eviction`, { method: 'POST', body }).then(
    () => 'taken',
    (error: unknown) => (error instanceof Refused ? String(error.status) : String(error)),
  );
}

/** Lets a zone fall silent. Gives what had not all its pods in the other zones afterwards; the zone comes back. */
export async function loseZone(scene: Scene): Promise<string[]> {
  const { client, plane, zones } = scene;
  const lost = String(zones[2]);
  const before = await workloadsOf(client);
  plane.loseZone(lost);
  try {
    await until(
      'no ready pod is left there',
      120,
      () => readyIn(scene, before, lost),
      (count) => count === 0,
      String,
    );
    // What cannot be reached stays, and does not count: its pods run on, for all that anybody knows.
    await until(
      'all are whole elsewhere',
      120,
      () => workloadsOf(client),
      (all) => all.every(isServed),
      describeWorkloads,
    );
    const after = await workloadsOf(client);
    return after
      .filter(({ metadata, kind, spec }) =>
        before.some(
          (old) => old.kind === kind && old.metadata.name === metadata.name && old.spec.replicas !== spec.replicas,
        ),
      )
      .map((workload) => `${nameOf(workload)} wants another number of pods than before`);
  } finally {
    plane.restoreZone(lost);
    type Node = Parameters<typeof isNodeReady>[0];
    const nodes = () => client.list<Node>('/api/v1/nodes');
    await until('the zone is back', 120, nodes, (all) => all.every(isNodeReady));
  }
}

// A pod that has a disk and a name of its own is not made twice: nobody knows whether the lost one still writes.
const isServed = (workload: Workload) =>
  workload.kind === 'StatefulSet' ? (workload.status?.availableReplicas ?? 0) > 0 : isWhole(workload);

/** Looks at every budget all the time while something happens. */
async function watchingBudgets({ client }: Scene, happens: () => Promise<void>): Promise<string[]> {
  const broken = new Set<string>();
  let done = false;
  const budgets = await budgetsOf(client);
  const looking = (async () => {
    while (!done) {
      for (const budget of budgets) {
        const wanted = budget.status?.desiredHealthy ?? 0;
        const ready = readyPods(await podsOf(client, budget)).length;
        if (ready < wanted) broken.add(`${nameOf(budget)} had ${ready} ready pods, it wants ${wanted}`);
      }
    }
  })();
  try {
    await happens();
  } finally {
    done = true;
    await looking;
  }
  return [...broken];
}

async function budgetsOf(client: Scene['client']): Promise<readonly Budget[]> {
  const found = await client.list<Budget>('/apis/policy/v1/poddisruptionbudgets');
  return found.map((budget) => ({ ...budget, kind: 'PodDisruptionBudget' }));
}

async function readyIn({ client }: Scene, workloads: readonly Workload[], zone: string): Promise<number> {
  const found = await Promise.all(workloads.map((workload) => inZone(client, workload, zone)));
  return found.flat().length;
}

type WithConditions = { readonly status?: { readonly conditions?: readonly { type: string; status: string }[] } };
const isNodeReady = ({ status }: WithConditions) =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;

async function wholeAgain(client: Scene['client']): Promise<void> {
  await until(
    'all are whole again',
    120,
    () => workloadsOf(client),
    (all) => all.every(isWhole),
    describeWorkloads,
  );
}

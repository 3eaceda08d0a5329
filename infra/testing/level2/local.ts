import { namespaces } from '../../names.ts';
import type { Captured } from '../engine/captured.ts';
import { Refused } from '../kubernetes/client.ts';
import { type ControlPlane, type Programs, startControlPlane } from '../kubernetes/control-plane.ts';
import { bringSurroundings } from '../kubernetes/definitions.ts';
import { playDisks } from '../kubernetes/disks.ts';
import { zonesOf } from '../kubernetes/nodes.ts';
import { until } from '../kubernetes/observe.ts';
import { find, moduleFolder, programNames } from '../kubernetes/programs.ts';
import { makeNodes, sceneOf } from '../kubernetes/scene.ts';
import type { Tally } from '../kubernetes/tally.ts';
import { exampleOf, runStack } from '../stacks.ts';
import type { Row } from '../verify/table.ts';
import type { Project } from './pulumi.ts';
import { rowOf } from './rows.ts';
import { inOrder, makesAll, openProject, quiet, settings, unlike } from './stack.ts';

const STACK = 'local';

/** Stack local by the real engine and the real provider of Kubernetes, on a real API server whose nodes are played. */
export async function localStack(tally: Tally): Promise<Row> {
  const { resources } = await runStack(STACK);
  await using cluster = await startCluster(resources);
  using project = openProject(onServer(cluster));
  project.makeStack(STACK, settings(exampleOf(STACK)));
  const run = { stack: STACK };

  const { plane } = cluster;
  const remove = async () => [
    ...unlike(await project.run('destroy', run), (op) => op === 'delete'),
    ...(await leftOf(project, plane)),
  ];
  await inOrder(tally, STACK, [
    [`up makes all ${resources.length} resources, and no other`, () => makesAll(project, STACK, resources)],
    ['a second up changes nothing', () => quiet(project, 'up', run)],
    ['refresh changes nothing', () => quiet(project, 'refresh', run)],
    ['what was scaled by hand is taken back', () => scaledByHand(project, plane)],
    ['destroy goes in one pass, and nothing is left', remove],
  ]);
  return rowOf('local: real provider, real API server', resources.length, tally);
}

/** kubectl owns the replicas that somebody has set by it: the way back of the procedures that stop a role is an `up` that is not refused for that. */
async function scaledByHand(project: Project, { client }: ControlPlane): Promise<string[]> {
  const deployment = `/apis/apps/v1/namespaces/${namespaces.service}/deployments/pipeline`;
  const replicas = async () => (await client.get<{ spec: { replicas: number } }>(deployment)).spec.replicas;
  const before = await replicas();
  await client.patch(`${deployment}/scale?fieldManager=kubectl`, { spec: { replicas: 0 } });
  const scaled = await replicas();
  const outcome = await project.run('up', { stack: STACK, args: ['--refresh'], previewFirst: true });
  const after = await replicas();
  return [
    ...unlike(outcome, (op) => op === 'update'),
    ...(scaled === 0 ? [] : [`pipeline has ${scaled} replicas when it was scaled, expected 0`]),
    ...(after === before ? [] : [`pipeline has ${after} replicas, expected ${before}`]),
  ];
}

async function leftOf(project: Project, { client }: ControlPlane): Promise<string[]> {
  const resources = (project.state(STACK).resources ?? []).map(({ urn }) => `the state still has ${urn}`);
  const found = await client.list<{ metadata: { name: string } }>('/api/v1/namespaces');
  const left = found.filter(({ metadata }) => metadata.name === namespaces.service);
  return [...resources, ...left.map(({ metadata }) => `namespace ${metadata.name} is still there`)];
}

/** What leads the provider to a cluster. */
export function onServer({ plane }: { readonly plane: ControlPlane }): Record<string, string> {
  return { KUBECONFIG: plane.kubeconfig, PULUMI_K8S_CLIENT_TIMEOUT: '180' };
}

/** An API server with ready nodes and disks for them. */
export async function startCluster(
  resources: readonly Captured[],
): Promise<AsyncDisposable & { readonly plane: ControlPlane }> {
  const programs = Object.fromEntries(programNames.map((name) => [name, find(name)])) as Programs;
  const zones = zonesOf(resources);
  const plane = await startControlPlane({ programs, kwok: moduleFolder('kwok', 'sigs.k8s.io/kwok') ?? '', zones });
  await bringSurroundings(plane.client);
  await warmUp(plane);
  await makeNodes(sceneOf(plane, STACK, resources), resources);
  const disks = playDisks(plane.client, zones);
  return {
    plane,
    [Symbol.asyncDispose]: async () => {
      await disks[Symbol.asyncDispose]();
      await plane[Symbol.asyncDispose]();
    },
  };
}

/** What the kinds are like is put together when it is first asked for, which takes a busy machine longer than the provider waits for it. */
async function warmUp({ client }: ControlPlane): Promise<void> {
  const ask = () =>
    client.get('/openapi/v2').catch((error: unknown) => (error instanceof Refused ? null : Promise.reject(error)));
  await until('the API server tells its kinds', 600, ask, (told) => told !== null);
}

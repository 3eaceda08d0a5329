import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cloud } from '../google/cloud.ts';
import { leftIn } from '../google/left.ts';
import { withAt } from '../google/paths.ts';
import { GoogleStandIn } from '../google/server.ts';
import type { ControlPlane } from '../kubernetes/control-plane.ts';
import { installDefinitions } from '../kubernetes/definitions.ts';
import type { Tally } from '../kubernetes/tally.ts';
import { exampleOf, runStack } from '../stacks.ts';
import type { Row } from '../verify/table.ts';
import { startCluster } from './local.ts';
import type { Project } from './pulumi.ts';
import { rowOf } from './rows.ts';
import { inOrder, makesAll, openProject, quiet, settings, unlike } from './stack.ts';
import { engineVersions } from './versions.ts';

/** What `infra/bootstrap` has turned on before. */
const enabled = ['cloudresourcemanager', 'cloudkms', 'iam', 'serviceusage', 'storage'].map(
  (api) => `${api}.googleapis.com`,
);

/**
 * Stacks on Google Cloud by the real engine and the real providers: Google is played by a server of ours that knows some of its rules, the cluster is
 * a real API server. It shows that the providers find what they made as they want it, in an order that those rules allow; not that Google takes each value.
 */
export async function onStandIn(newTally: () => Tally, stacks: readonly string[]): Promise<readonly Row[]> {
  const rows: Row[] = [await bootstrap(newTally())];
  for (const stack of stacks) rows.push(await wholeLife(stack, newTally()));
  return rows;
}

/** What is run once before any stack, in a project on which nothing is turned on. */
async function bootstrap(tally: Tally): Promise<Row> {
  const cloud = new Cloud({ project: projectOf(exampleOf('dev')) });
  await using google = await GoogleStandIn.start(cloud);
  using program = openProject({ ...google.environment, ...provider });
  cpSync(join(program.folder, 'infra/bootstrap/Pulumi.yaml'), join(program.folder, 'Pulumi.yaml'));
  writeFileSync(join(program.folder, 'index.ts'), "export * from './infra/bootstrap/index.ts';\n");
  const { id, number } = cloud.project;
  const given = Object.entries({ project: id, projectNumber: number, location: 'EU' });
  const [stack, run] = [id, { stack: id }];
  program.makeStack(stack, Object.fromEntries(given.map(([key, value]) => [`heliograph-bootstrap:${key}`, value])));
  const first = async () => unlike(await program.run('up', run), (op) => op === 'create');
  await inOrder(tally, 'bootstrap', [
    ['up makes what a project needs first', first],
    ['a second up changes nothing', () => quiet(program, 'up', run)],
    ['refresh changes nothing', () => quiet(program, 'refresh', run)],
    ['what a stack calls first is turned on', async () => enabled.filter((host) => !cloud.enabled.has(host))],
  ]);
  const made = (program.state(stack).resources ?? []).length;
  return rowOf('bootstrap, rung a: real provider, Google played', made, tally);
}

async function wholeLife(stack: string, tally: Tally): Promise<Row> {
  const { resources } = await runStack(stack);
  await using cluster = await startCluster(resources);
  await installDefinitions(cluster.plane.client);
  const example = exampleOf(stack);
  const cloud = new Cloud({ project: projectOf(example), cluster: () => addressOf(cluster.plane) });
  await using google = await GoogleStandIn.start(cloud);
  await google.turnOn(enabled);
  using login = openLogin(cluster.plane);
  using program = openProject({ ...login.environment, ...google.environment, ...provider });
  program.makeStack(stack, settings(example));
  const run = { stack };
  // That it is refused while it is locked rung c shows: without its preview, which refuses it, an engine takes away what is not locked.
  const locked = resources.some(({ options }) => options.protect === true);
  const stuck = locked ? await stuckWith() : null;
  const byHand = stuck === null ? '' : `, the lock of the database taken away by hand: the provider is ${stuck}`;
  await inOrder(tally, stack, [
    [`up makes all ${resources.length} resources, and no other`, () => makesAll(program, stack, resources)],
    ['a second up changes nothing', () => quiet(program, 'up', run)],
    ['refresh changes nothing', () => quiet(program, 'refresh', run)],
    [`destroy goes in one pass, and nothing is left${byHand}`, () => destroy(program, cloud, stack, stuck !== null)],
  ]);
  return rowOf(`${stack}, rung a: real providers, Google played`, resources.length, tally);
}

const projectOf = (example: Readonly<Record<string, string>>) => ({
  id: example['heliograph:project'] ?? '',
  number: example['heliograph:projectNumber'] ?? '',
});

/** How the provider is kept from asking the real one, and from waiting for what is done at once. */
const provider = {
  GOOGLE_OAUTH_ACCESS_TOKEN: 'of nobody',
  PULUMI_GCP_SKIP_REGION_VALIDATION: 'true',
  PULUMI_K8S_CLIENT_TIMEOUT: '180',
};

/**
 * The version of a provider that tells an instance of Cloud SQL its old settings when they are changed, and so does not unlock it; null for a later one.
 * https://github.com/pulumi/pulumi-gcp/issues/3970
 */
async function stuckWith(): Promise<string | null> {
  const { 'pulumi-resource-gcp': version = '' } = await engineVersions();
  const [major = 0, minor = 0, patch = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major * 1e6 + minor * 1e3 + patch < 9_036_001 ? version : null;
}

/** As its operator would by `gcloud sql instances patch --no-deletion-protection`. */
function unlockDatabases({ resources }: Cloud): void {
  for (const [name, resource] of resources)
    if (/\/\/sqladmin\.googleapis\.com\/.*\/instances\/[^/]+$/.test(name))
      resources.set(name, withAt(resource, 'settings.deletionProtectionEnabled', false));
}

/** Unlocks it where it is locked, as its operator would, and removes it. */
async function destroy(program: Project, cloud: Cloud, stack: string, byHand: boolean): Promise<string[]> {
  program.configure(stack, settings({ ...exampleOf(stack), 'heliograph:unlock': 'true' }));
  const unlocked = unlike(await program.run('up', { stack }), (op) => op === 'update');
  if (unlocked.length > 0) return unlocked;
  if (byHand) unlockDatabases(cloud);
  const gone = unlike(await program.run('destroy', { stack }), (op) => op === 'delete');
  const known = (program.state(stack).resources ?? []).map(({ urn }) => `the state still has ${urn}`);
  return [...gone, ...known, ...leftIn(cloud).map((name) => `Google still has ${name}`)];
}

/** What the file says by which a cluster is reached. */
type Kubeconfig = {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority': string } },
  ];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
};

const configOf = ({ kubeconfig }: ControlPlane) => JSON.parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
const addressOf = (plane: ControlPlane) => new URL(configOf(plane).clusters[0].cluster.server).host;

/**
 * A machine on which somebody is logged in to the cluster: the plugin that kubeconfigs of GKE name, here one that knows a token, and a list of
 * authorities that trusts this one API server.
 */
function openLogin(plane: ControlPlane): Disposable & { readonly environment: Readonly<Record<string, string>> } {
  const { clusters, users } = configOf(plane);
  const folder = mkdtempSync(join(tmpdir(), 'heliograph-login-'));
  const status = { token: users[0].user.token };
  const credential = { apiVersion: 'client.authentication.k8s.io/v1beta1', kind: 'ExecCredential', status };
  const script = `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`;
  writeFileSync(join(folder, 'gke-gcloud-auth-plugin'), script, { mode: 0o700 });
  const path = execFileSync('sh', ['-c', 'printf %s "$PATH"'], { encoding: 'utf8' });
  return {
    environment: { PATH: `${folder}:${path}`, SSL_CERT_FILE: clusters[0].cluster['certificate-authority'] },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

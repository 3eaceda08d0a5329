import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';
import { moduleFolder } from './programs.ts';
import { definitionOf, written } from './schemas.ts';

/** Where the modules keep the definitions of their kinds. */
const sources = [{ module: 'sigs.k8s.io/gateway-api', folder: 'config/crd/standard' }] as const;

type Definition = { readonly name: string; readonly body: unknown };

/** Makes the kinds that GKE and its add-ons bring, before anything of them is applied. Gives how many. */
export async function installDefinitions(client: Client): Promise<number> {
  const own = written.map(definitionOf).map((body): Definition => ({ name: body.metadata.name, body }));
  const all = [...sources.flatMap(({ module, folder }) => ofModule(module, folder)), ...own];
  for (const { name, body } of all) {
    const path = `${PATH}/${name}?fieldManager=heliograph`;
    await client.send(path, { method: 'PATCH', type: 'application/apply-patch+yaml', body });
  }
  await Promise.all(all.map(({ name }) => established(client, name)));
  return all.length;
}

/** Makes what is there before a stack is: namespaces that GKE brings with what it manages, and a class of disks by default. */
export async function bringSurroundings(client: Client): Promise<void> {
  for (const name of ['gmp-public', 'gmp-system']) {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await client.send('/api/v1/namespaces', { method: 'POST', body });
  }
  await client.apply({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'disks.example.com',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
}

const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

// The API server reads YAML itself.
function ofModule(module: string, folder: string): Definition[] {
  const root = moduleFolder('crds', module);
  if (root === null) throw new Error('Go is missing, which keeps the modules of definitions');
  const files = readdirSync(join(root, folder)).filter((file) => file.endsWith('.yaml'));
  return files.flatMap((file) => {
    const body = readFileSync(join(root, folder, file), 'utf8');
    const name = /^ {2}name: (\S+)$/m.exec(body)?.[1];
    return name !== undefined && /^kind: CustomResourceDefinition$/m.test(body) ? [{ name, body }] : [];
  });
}

type Status = { readonly status?: { readonly conditions?: readonly { type: string; status: string }[] } };

/** Waits until the API server answers a kind. */
export async function established(client: Client, name: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const { status } = await client.get<Status>(`${PATH}/${name}`);
    if (status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True')) return;
    await sleep(100);
  }
  throw new Error(`the API server does not take the definition ${name}`);
}

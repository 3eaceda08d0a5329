import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { adopt, type Stored } from './adopt.ts';

const urn = (type: string, name: string) => `urn:pulumi:dev::heliograph::${type}::${name}`;
const bucket: Stored = {
  urn: urn('gcp:storage/bucket:Bucket', 'backups'),
  type: 'gcp:storage/bucket:Bucket',
  custom: true,
  inputs: { name: 'acme-backups' },
};
const service: Stored = {
  urn: urn('kubernetes:core/v1:Service', 'api'),
  type: 'kubernetes:core/v1:Service',
  custom: true,
  inputs: { metadata: { namespace: 'heliograph', name: 'api' } },
};
const component: Stored = { urn: urn('heliograph:google:Storage', 'storage'), custom: false };
const creating = (resource: Stored) => ({ resource, type: 'creating' });
const state = (resources: readonly Stored[], pending: readonly { resource: Stored; type: string }[]) => ({
  version: 3,
  deployment: { manifest: { version: 'v3' }, resources, pending_operations: pending },
});

it('takes for made, by its id, what was begun to be made', () => {
  const { adopted, unknown } = adopt(state([component], [creating(bucket)]), new Map([[bucket.urn, 'acme-backups']]));
  expect(adopted).toEqual(state([component, { ...bucket, id: 'acme-backups', outputs: {} }], []));
  expect(unknown).toEqual([]);
});

it('knows the id of an object of Kubernetes', () => {
  const { adopted } = adopt(state([], [creating(service)]), new Map());
  expect(adopted.deployment.resources).toEqual([{ ...service, id: 'heliograph/api', outputs: {} }]);
});

it('names what it knows no id of, and leaves it as it was', () => {
  const before = state([], [creating(bucket)]);
  expect(adopt(before, new Map())).toEqual({ adopted: before, unknown: [bucket] });
});

it('lets begin again what was not made, and what exists in the state alone', () => {
  const pending = [creating(component), creating(bucket)];
  expect(adopt(state([], pending), new Map([[bucket.urn, '']])).adopted).toEqual(state([], []));
});

it('takes nothing twice, and leaves the other operations to the refresh', () => {
  const deleting = { resource: service, type: 'deleting' };
  const before = state([service], [creating(service), deleting]);
  expect(adopt(before, new Map()).adopted).toEqual(state([service], [deleting]));
});

it('reads a state as the engine prints it, and takes nothing else for one', () => {
  const run = (input: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'adopt.ts'), ...args], {
      input,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  const exported = JSON.stringify(state([], [creating(bucket)]));
  const adopted = `${JSON.stringify(state([{ ...bucket, id: 'a=b', outputs: {} }], []))}\n`;
  expect(run(exported, '--id', `${bucket.urn}=a=b`)).toEqual({ status: 0, stdout: adopted, stderr: '' });
  expect(run(exported)).toMatchObject({ status: 1, stderr: expect.stringContaining(`${bucket.urn} was begun with`) });
  expect(run('error: no stack selected').status).toBe(2);
});

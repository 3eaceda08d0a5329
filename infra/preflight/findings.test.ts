import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findings } from './findings.mjs';

const repository = join(import.meta.dirname, '../..');
const dev = readFileSync(join(repository, 'Pulumi.dev.yaml'), 'utf8');
const filled = dev.replace(/^ {2}# (heliograph:)/gm, '  $1');

const whole = {
  node: '20.11.0',
  packages: true,
  nodeOfPackages: 'v24.21.0',
  pulumi: 'v3.270.0',
  login: 'somebody',
  gcloud: 'Google Cloud SDK 540.0.0',
  plugin: 'Kubernetes v1.36',
  credentials: true,
  stack: 'dev',
  stackFile: filled,
};

it('finds nothing where nothing is missing, on an old Node too', () => {
  expect(findings(whole)).toEqual([]);
});

it('asks for nothing of Google where the stack needs nothing of it', () => {
  const local = readFileSync(join(repository, 'Pulumi.local.yaml'), 'utf8');
  const without = { ...whole, gcloud: null, plugin: null, credentials: false };
  expect(findings({ ...without, stack: 'local', stackFile: local })).toEqual([]);
  expect(findings({ ...without, stackFile: filled })).toHaveLength(3);
});

it('names all that a new machine lacks at once, each with what to do', () => {
  const nothing = {
    ...whole,
    packages: false,
    nodeOfPackages: null,
    pulumi: null,
    login: null,
    gcloud: null,
    plugin: null,
  };
  const found = findings({ ...nothing, credentials: false, stack: null, stackFile: dev });
  expect(found.map(({ what }) => what)).toEqual([
    'the packages of this repository',
    'pulumi',
    'a place for the state',
    'gcloud',
    'gke-gcloud-auth-plugin, without which nothing in the cluster can be reached',
    'credentials of Google Cloud for programs',
    'a stack',
    'heliograph:project in Pulumi.dev.yaml',
    'heliograph:region in Pulumi.dev.yaml',
    'heliograph:domain in Pulumi.dev.yaml',
  ]);
  expect(found.every(({ fix }) => fix !== '')).toBe(true);
});

it('names what a stack file as it was copied does not say yet', () => {
  expect(findings({ ...whole, stackFile: dev }).map(({ what }) => what)).toEqual(
    ['project', 'region', 'domain'].map((key) => `heliograph:${key} in Pulumi.dev.yaml`),
  );
  expect(findings({ ...whole, stack: 'acme', stackFile: null })[0]?.fix).toContain(
    'cp Pulumi.dev.yaml Pulumi.acme.yaml',
  );
});

it.each([
  [{ pulumi: 'v3.259.9' }, 'pulumi 3.260.0 or later: this one is v3.259.9'],
  [{ nodeOfPackages: null }, 'Node 24: this one is 20.11.0, and the packages brought none'],
  [{ login: null }, 'a place for the state'],
])('%j is too little', (given, what) => {
  expect(findings({ ...whole, ...given }).map((finding) => finding.what)).toEqual([what]);
});

function preflight(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, ['infra/preflight/run.mjs', ...args], {
    cwd: repository,
    env: { PATH: '/nowhere', HOME: '/nowhere', ...env },
    encoding: 'utf8',
  });
}

it.each([[[]], [['-s', 'dev']]])('says so on a machine that has nothing, and ends with 1 (%j)', (args) => {
  const { status, stdout } = preflight(args);
  expect(status).toBe(1);
  expect(stdout).toContain('missing: pulumi\n    https://');
  expect(stdout).toContain('missing: heliograph:project in Pulumi.dev.yaml\n    pulumi config set project VALUE\n');
});

it('takes credentials of Google from where its programs do', () => {
  const lacks = 'missing: credentials of Google Cloud for programs';
  const file = join(repository, 'package.json');
  expect(preflight([]).stdout).toContain(lacks);
  expect(preflight([], { GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/key.json' }).stdout).toContain(lacks);
  expect(preflight([], { GOOGLE_APPLICATION_CREDENTIALS: file }).stdout).not.toContain(lacks);
  expect(preflight([], { GOOGLE_OAUTH_ACCESS_TOKEN: 'a token' }).stdout).not.toContain(lacks);
});

import { beforeAll, expect, it } from 'vitest';
import type { ProgramRun } from './engine/run.ts';
import { runStack } from './stacks.ts';

const attestationKey = `-----BEGIN PUBLIC KEY-----\n${'A'.repeat(64)}\n${'B'.repeat(60)}\n-----END PUBLIC KEY-----\n`;
let extended: ProgramRun;
let followed: ProgramRun;
let local: ProgramRun;

// Without an image, and with all that an operator may add to a stack.
beforeAll(async () => {
  const gpu = JSON.stringify({ type: 'nvidia-l4', count: 1, machine: 'g2-standard-8', maxNodes: 2 });
  const loggingAccount = 'cmek-p123456789012@gcp-sa-logging.iam.gserviceaccount.com';
  const databaseInstance = 'heliograph-production-restored-1';
  const bare = { image: undefined, proxyImage: undefined, images: undefined };
  [extended, followed, local] = await Promise.all([
    runStack('production', { attestationKey, gpu, loggingAccount, databaseInstance, ...bare }),
    runStack('dev', { synthetic: 'true' }),
    runStack('local', { synthetic: 'true' }),
  ]);
}, 600_000);

function named(type: string, name: string, run: ProgramRun = extended) {
  const found = run.resources.find((resource) => resource.type === type && resource.name === name);
  if (!found) throw new Error(`No ${type} ${name}; the program said: ${run.output}${run.messages.join('\n')}`);
  return found;
}

it('images of ours must be signed once there is a key; copies of others need no signature, and nothing else runs', () => {
  const policy = named('gcp:binaryauthorization/policy:Policy', 'admission').inputs;
  expect(policy['defaultAdmissionRule']).toMatchObject({
    evaluationMode: 'REQUIRE_ATTESTATION',
    enforcementMode: 'ENFORCED_BLOCK_AND_AUDIT_LOG',
  });
  const unsigned = JSON.stringify(policy['admissionWhitelistPatterns']);
  expect(unsigned).toContain('/heliograph-production-gcr/**');
  expect(unsigned).not.toContain('/heliograph-production/**');
  const attestor = JSON.stringify(named('gcp:binaryauthorization/attestor:Attestor', 'admission').inputs);
  expect(attestor).toContain(JSON.stringify(attestationKey).slice(1, -1));
});

it('accelerators are of interruptible nodes that nobody else gets onto, and there are none until they are asked for', () => {
  const { inputs, options } = named('gcp:container/nodePool:NodePool', 'nodes-gpu');
  expect(inputs).toMatchObject({
    autoscaling: { totalMinNodeCount: 0, totalMaxNodeCount: 2 },
    nodeConfig: { spot: true, machineType: 'g2-standard-8', guestAccelerators: [{ type: 'nvidia-l4', count: 1 }] },
  });
  expect(JSON.stringify(inputs)).toContain('NO_SCHEDULE');
  expect(options.deletedWith).toContain('gcp:container/cluster:Cluster');
});

it('logs are encrypted with a key of our own once it is known who encrypts, and then cannot be asked by SQL', () => {
  const { cmekSettings, enableAnalytics } = named('gcp:logging/projectBucketConfig:ProjectBucketConfig', 'logs').inputs;
  const key = named('gcp:kms/cryptoKey:CryptoKey', 'keys-logs');
  expect([cmekSettings, enableAnalytics]).toEqual([{ kmsKeyName: key.id }, undefined]);
  expect(named('gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember', 'keys-logs').inputs['member']).toBe(
    'serviceAccount:cmek-p123456789012@gcp-sa-logging.iam.gserviceaccount.com',
  );
});

it('a restored instance is the same resource by another name, with all that is in it', () => {
  const inputs = (type: string, name: string) => named(type, name).inputs;
  const instance = 'heliograph-production-restored-1';
  expect(inputs('gcp:sql/databaseInstance:DatabaseInstance', 'database')).toMatchObject({ name: instance });
  expect(inputs('gcp:sql/database:Database', 'database')).toMatchObject({ instance });
  expect(inputs('gcp:sql/user:User', 'database-api')).toMatchObject({ instance });
  expect(extended.outputs['database']).toContain(`:${instance}`);
  const rules = inputs('kubernetes:monitoring.googleapis.com/v1:GlobalRules', 'monitoring-rules-database-project');
  const policy = inputs('gcp:monitoring/alertPolicy:AlertPolicy', 'alerts-database-down');
  for (const alert of [rules, policy])
    expect(JSON.stringify(alert)).toContain(`database_up{database_id=~\\".*:${instance}\\"}`);
});

it('without an image only the platform is made, and what to do next is told', () => {
  expect(extended.exitCode).toBe(0);
  expect(extended.resources.filter(({ type }) => /apps\/v1|batch\/v1/.test(type))).toEqual([]);
  expect(extended.outputs['next']).toContain('npm run --silent pulumi -- up');
  expect(JSON.stringify(extended.outputs['next'])).toContain('docker push');
});

it('a subscriber of our own follows at the address of clients, with a key out of one secret and nothing of the database', () => {
  expect(followed.exitCode).toBe(0);
  const { spec } = named('kubernetes:apps/v1:Deployment', 'synthetic', followed).inputs as { spec: Pod };
  const { initContainers, containers } = spec.template.spec;
  expect(initContainers).toBeUndefined();
  expect(containers.map(({ args }) => args)).toEqual([['start', '--role', 'synthetic']]);
  const environment = Object.fromEntries((containers[0]?.env ?? []).map(({ name, ...value }) => [name, value]));
  expect(Object.keys(environment)).toEqual(['ENVIRONMENT', 'INTERNAL_HOST', 'SYNTHETIC_API_KEY', 'SYNTHETIC_URL']);
  expect(environment['SYNTHETIC_URL']).toEqual({ value: expect.stringMatching(/^https:\/\/.+\/graphql$/) });
  expect(environment['SYNTHETIC_API_KEY']).toEqual({
    valueFrom: { secretKeyRef: { name: 'synthetic-api-key', key: 'SYNTHETIC_API_KEY' } },
  });
  const sync = named('kubernetes:secret-sync.gke.io/v1:SecretSync', 'secret-copies-SYNTHETIC_API_KEY', followed);
  expect(sync.inputs).toMatchObject({ spec: { serviceAccountName: 'synthetic' } });
  const users = followed.resources.filter(({ type }) => type === 'gcp:sql/user:User').map(({ name }) => name);
  expect(users.filter((name) => name.includes('synthetic'))).toEqual([]);
  expect(() => named('kubernetes:apps/v1:Deployment', 'synthetic')).toThrow('No kubernetes:apps/v1:Deployment');
});

it('where nothing of Google is it reaches the api, and nothing else that only it may', () => {
  const environment = JSON.stringify(named('kubernetes:apps/v1:Deployment', 'synthetic', local).inputs);
  expect(environment).toContain('http://api:4000/graphql');
  expect(named('kubernetes:networking.k8s.io/v1:NetworkPolicy', 'namespace-synthetic-api', local).inputs).toMatchObject(
    {
      spec: {
        podSelector: { matchLabels: { 'app.kubernetes.io/component': 'synthetic' } },
        egress: [{ ports: [{ protocol: 'TCP', port: 4000 }] }],
      },
    },
  );
});

type Variable = { readonly name: string; readonly value?: string; readonly valueFrom?: unknown };
type Pod = {
  readonly template: {
    readonly spec: {
      readonly initContainers?: unknown;
      readonly containers: readonly { readonly args: readonly string[]; readonly env: readonly Variable[] }[];
    };
  };
};

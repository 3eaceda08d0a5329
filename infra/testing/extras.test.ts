import { beforeAll, expect, it } from 'vitest';
import type { ProgramRun } from './engine/run.ts';
import { runStack } from './stacks.ts';

const attestationKey = `-----BEGIN PUBLIC KEY-----\n${'A'.repeat(64)}\n${'B'.repeat(60)}\n-----END PUBLIC KEY-----\n`;
let extended: ProgramRun;

// Without an image, and with all that an operator may add to a stack.
beforeAll(async () => {
  const gpu = JSON.stringify({ type: 'nvidia-l4', count: 1, machine: 'g2-standard-8', maxNodes: 2 });
  extended = await runStack('production', {
    attestationKey,
    gpu,
    image: undefined,
    proxyImage: undefined,
    images: undefined,
  });
}, 300_000);

function named(type: string, name: string) {
  const found = extended.resources.find((resource) => resource.type === type && resource.name === name);
  if (!found)
    throw new Error(`No ${type} ${name}; the program said: ${extended.output}${extended.messages.join('\n')}`);
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

it('without an image only the platform is made, and what to do next is told', () => {
  expect(extended.exitCode).toBe(0);
  expect(extended.resources.filter(({ type }) => /apps\/v1|batch\/v1/.test(type))).toEqual([]);
  expect(extended.outputs['next']).toContain('npx pulumi up');
  expect(JSON.stringify(extended.outputs['next'])).toContain('docker push');
});

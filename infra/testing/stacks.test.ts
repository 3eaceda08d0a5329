import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { violations } from '../policy/rule.ts';
import { holdsData } from '../policy/rules/stores.ts';
import { rules } from '../policy/rules.ts';
import type { Captured } from './engine/captured.ts';
import type { ProgramRun } from './engine/run.ts';
import { secretsIn } from './engine/values.ts';
import { difference, renamedWithoutAlias, render, titleOf } from './graph.ts';
import { mistakesIn } from './inputs/checked.ts';
import { pathsOf, textsOf } from './paths.ts';
import { seenOf } from './policy/seen.ts';
import { onGoogle, runStack, stackNames, withoutNames } from './stacks.ts';

const golden = (name: string) => join(import.meta.dirname, 'golden', name);
const runs = new Map<string, ProgramRun>();
let preview: ProgramRun;
let again: ProgramRun;

beforeAll(async () => {
  const wanted = [...stackNames];
  const next = async (): Promise<void> => {
    for (let stack = wanted.pop(); stack !== undefined; stack = wanted.pop()) runs.set(stack, await runStack(stack));
  };
  await Promise.all([next(), next()]);
  [preview, again] = await Promise.all([runStack('production', {}, true), runStack('production')]);
}, 600_000);

function run(stack: string): ProgramRun {
  const found = runs.get(stack);
  if (!found) throw new Error(`${stack} was not run`);
  return found;
}

const graph = (stack: string) => ({ resources: run(stack).resources, normal: withoutNames(stack) });
const custom = (stack: string): readonly Captured[] => run(stack).resources.filter((resource) => resource.custom);
const broken = (resources: readonly Captured[]) =>
  violations(rules, seenOf(resources)).map(({ rule, urn }) => `${rule.name}: ${titleOf(urn)}`);
const ours = (stack: string) => custom(stack).filter(({ type }) => !type.startsWith('pulumi:providers:'));

describe.each(stackNames)('stack %s', (stack) => {
  it('is made without a word', () => {
    const { exitCode, messages, output } = run(stack);
    expect({ exitCode, messages, output }).toEqual({ exitCode: 0, messages: [], output: '' });
  });

  it('asks for nothing that exists, so that it can be previewed without an account', () => {
    expect(run(stack).refused).toEqual([]);
  });

  it('takes no project, region or cluster from the machine that it is made from: every provider is its own', () => {
    const providers = new Set(
      custom(stack).flatMap(({ type, urn, id }) => (type.startsWith('pulumi:providers:') ? [`${urn}::${id}`] : [])),
    );
    const wrong = ours(stack).filter(
      ({ options }) => options.provider === undefined || !providers.has(options.provider),
    );
    expect(wrong.map(({ urn }) => urn)).toEqual([]);
  });

  it('holds no secret and nothing that was left undefined', () => {
    // Definitions of kinds have words for secrets, and none of the values.
    const all = custom(stack).filter(({ type }) => !type.endsWith(':CustomResourceDefinition'));
    for (const { urn, inputs } of all) {
      expect(secretsIn(inputs), urn).toEqual([]);
      expect(
        textsOf(inputs).filter((text) => /\bundefined\b|\[object|NaN/.test(text)),
        urn,
      ).toEqual([]);
      expect(
        pathsOf(inputs).filter((path) => /password|privateKey/i.test(path) && !/passwordValidation/.test(path)),
        urn,
      ).toEqual([]);
    }
  });

  it('has no input that is unknown, missing, of another kind, or one that the cloud would refuse', () => {
    const mistakes = ours(stack)
      .filter(({ type }) => type.startsWith('gcp:'))
      .flatMap(({ type, urn, inputs }) => mistakesIn(type, inputs).map((mistake) => `${titleOf(urn)}: ${mistake}`));
    expect(mistakes).toEqual([]);
  });

  it('breaks no rule of the policy pack', () => {
    expect(broken(run(stack).resources)).toEqual([]);
  });

  it('gives each resource a title of its own', () => {
    const titles = run(stack).resources.map(({ urn }) => titleOf(urn));
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  });
});

// What was reviewed, before this run writes it anew.
const reviewed = readFileSync(golden('production.txt'), 'utf8');

it('nothing is called by another name without an alias', () => {
  expect(renamedWithoutAlias(reviewed, render(run('production').resources))).toEqual([]);
});

it('production is what was reviewed', async () => {
  await expect(render(run('production').resources)).toMatchFileSnapshot(golden('production.txt'));
});

it.each(stackNames.filter((name) => name !== 'production'))(
  '%s differs from production as was reviewed',
  async (stack) => {
    await expect(difference(graph('production'), graph(stack))).toMatchFileSnapshot(golden(`${stack}.txt`));
  },
);

it('two runs of the same stack are equal', () => {
  expect(again.resources).toEqual(run('production').resources);
});

// An output that the harness does not compute is undefined in a run, and unknown in a preview.
it('every input that a preview has, the run has too', () => {
  const known = new Map(run('production').resources.map(({ urn, inputs }) => [urn, new Set(pathsOf(inputs))]));
  expect(preview.resources.map(({ urn }) => urn)).toEqual([...known.keys()]);
  const lost = preview.resources.flatMap(({ urn, inputs }) =>
    pathsOf(inputs)
      .filter((path) => !known.get(urn)?.has(path))
      .map((path) => `${titleOf(urn)} ${path}`),
  );
  expect(lost).toEqual([]);
});

describe('what holds data', () => {
  const kinds = [
    'gcp:sql/databaseInstance:DatabaseInstance',
    'gcp:memorystore/instance:Instance',
    'gcp:kms/keyRing:KeyRing',
    'gcp:kms/cryptoKey:CryptoKey',
    'gcp:storage/bucket:Bucket',
    'gcp:secretmanager/secret:Secret',
    'gcp:compute/network:Network',
    'gcp:container/cluster:Cluster',
    'gcp:sql/database:Database',
  ];
  const locked = ['staging', 'production', 'production-autopilot', 'dr'];

  it.each(locked)('cannot be deleted or replaced in %s', (stack) => {
    const holders = ours(stack).filter(({ type }) => kinds.includes(type));
    expect(new Set(holders.map(({ type }) => type)).size).toBe(stack === 'dr' ? kinds.length - 1 : kinds.length);
    expect(holders.filter(({ options }) => options.protect !== true).map(({ urn }) => urn)).toEqual([]);
    const unguarded = holders.filter(
      ({ inputs }) => inputs['deletionProtection'] === false || inputs['deletionProtectionEnabled'] === false,
    );
    expect(unguarded.map(({ urn }) => urn)).toEqual([]);
  });

  it('can be once its operator has unlocked it', async () => {
    const { resources } = await runStack('production', { unlock: 'true' });
    expect(resources.filter(({ options }) => options.protect === true).map(({ urn }) => urn)).toEqual([]);
    expect(resources.filter(({ inputs }) => inputs['deletionProtection'] === true).map(({ urn }) => urn)).toEqual([]);
    expect(broken(resources)).toEqual([]);
  });
});

it('what is inside another goes with it', () => {
  const inside = [
    'gcp:container/nodePool:NodePool',
    'gcp:sql/database:Database',
    'gcp:sql/user:User',
    'gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember',
  ];
  const all = ours('production').filter(({ type }) => inside.includes(type));
  expect(new Set(all.map(({ type }) => type)).size).toBe(inside.length);
  expect(all.filter(({ options }) => options.deletedWith === undefined).map(({ urn }) => urn)).toEqual([]);
});

it('what keeps another from being deleted, or stays behind when it goes, is deleted by itself', () => {
  const apart = [
    'gcp:certificatemanager/certificateMapEntry:CertificateMapEntry',
    'gcp:dns/recordSet:RecordSet',
    'gcp:dns/responsePolicyRule:ResponsePolicyRule',
    'gcp:gkebackup/restorePlan:RestorePlan',
    'gcp:logging/projectSink:ProjectSink',
    'gcp:monitoring/alertPolicy:AlertPolicy',
  ];
  const all = ours('production').filter(({ type }) => apart.includes(type));
  expect(new Set(all.map(({ type }) => type)).size).toBe(apart.length);
  expect(all.filter(({ options }) => options.deletedWith !== undefined).map(({ urn }) => urn)).toEqual([]);
});

it('what is in the cluster goes with the cluster, not by asking one that is no longer there', () => {
  for (const stack of stackNames.filter(onGoogle)) {
    const cluster = ours(stack).find(({ type }) => type === 'gcp:container/cluster:Cluster')?.urn;
    const objects = ours(stack).filter(({ type }) => type.startsWith('kubernetes:'));
    expect(objects.length).toBeGreaterThan(10);
    expect(objects.filter(({ options }) => options.deletedWith !== cluster).map(({ urn }) => urn)).toEqual([]);
  }
});

it('where nothing of Google is, nothing of Google is made, and no cluster', () => {
  const types = ours('local').map(({ type }) => type);
  expect(types.filter((type) => type.startsWith('gcp:'))).toEqual([]);
  expect(types.filter((type) => type.endsWith(':StatefulSet'))).toHaveLength(2);
  expect(JSON.stringify(ours('local'))).not.toMatch(/gke|google|gcp/);
});

it('says what to do next only where there is something to do', () => {
  expect(run('production').outputs['next']).toEqual([]);
});

it('grants are added to what others granted, never put in their place', () => {
  const all = stackNames.flatMap((stack) => ours(stack).map(({ type }) => type));
  expect(all.filter((type) => /IAM(Binding|Policy)|Iam(Binding|Policy)|serviceaccount\/key/i.test(type))).toEqual([]);
  expect(all.some((type) => /IAMMember/i.test(type))).toBe(true);
});

it('a switchover changes resources and makes none anew', async () => {
  const promoted = await runStack('dr', { topology: 'primary' });
  const [before, after] = [run('dr').resources, promoted.resources];
  expect(before.filter(({ urn }) => !after.some((other) => other.urn === urn))).toEqual([]);
  const added = after.filter(({ urn }) => !before.some((other) => other.urn === urn));
  expect(added.map(({ type }) => type).filter((type) => holdsData.some((known) => known === type))).toEqual([]);
  const instance = after.find(({ type }) => type === 'gcp:sql/databaseInstance:DatabaseInstance');
  expect(instance?.inputs['masterInstanceName']).toBeUndefined();
  expect(broken(after)).toEqual([]);
  // Who follows runs none of the roles, and is not paged for it until it has taken their place.
  const asksForPipeline = (resources: typeof before) => JSON.stringify(resources).includes('"alert":"PipelineDown"');
  expect([asksForPipeline(before), asksForPipeline(after)]).toEqual([false, true]);
});

it('a wrong configuration makes nothing, and says all that is wrong', async () => {
  const { resources, messages, exitCode } = await runStack('production', {
    project: undefined,
    database: '{"backups":3}',
  });
  expect(resources).toEqual([]);
  expect(exitCode).not.toBe(0);
  expect(messages.join('\n')).toContain(
    'project is missing, everything on Google Cloud needs it\n  database.backups is 3',
  );
});

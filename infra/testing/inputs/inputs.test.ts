import { beforeAll, describe, expect, it } from 'vitest';
import { changed } from '../changed.ts';
import type { Captured } from '../engine/captured.ts';
import type { JsonObject } from '../engine/values.ts';
import { runStack } from '../stacks.ts';
import { mistakesIn } from './checked.ts';
import { inputsOf } from './documented.ts';
import { patterns } from './patterns.ts';

let resources: readonly Captured[];

/** That no stack has such a mistake is seen where all of them are run. */
beforeAll(async () => {
  resources = (await runStack('production')).resources.filter(({ type }) => type.startsWith('gcp:'));
}, 600_000);

it('reads what the package says of each type that is used', () => {
  const types = [...new Set(resources.map(({ type }) => type))];
  expect(types.length).toBeGreaterThan(40);
  for (const type of types) expect(inputsOf(type).size, type).toBeGreaterThan(0);
});

it('each pattern looks at something that production has', () => {
  const isSeen = ({ of, path }: (typeof patterns)[number]) =>
    resources.some(
      ({ type, inputs }) =>
        type === of && mistakesIn(type, spoilt(inputs, path)).some((one) => one.startsWith(`${path} is "?"`)),
    );
  expect(patterns.filter((pattern) => !isSeen(pattern)).map(({ of, path }) => `${of} ${path}`)).toEqual([]);
});

/** What the provider lets pass, as it was seen to: https://github.com/pulumi/pulumi-gcp checks no more than its schema. */
describe('finds what the provider does not', () => {
  it.each([
    ['gcp:sql/databaseInstance:DatabaseInstance', 'databaseVersion', 'POSTGRES_99'],
    ['gcp:sql/databaseInstance:DatabaseInstance', 'settings.tier', 'nonsense'],
    ['gcp:sql/databaseInstance:DatabaseInstance', 'settings.edition', 'FOO'],
    ['gcp:sql/databaseInstance:DatabaseInstance', 'settings.tier', undefined],
    ['gcp:sql/databaseInstance:DatabaseInstance', 'settings.sizeOfDisk', 10],
    ['gcp:memorystore/instance:Instance', 'nodeType', 'HUGE'],
    ['gcp:memorystore/instance:Instance', 'mode', 'SINGLE'],
    ['gcp:memorystore/instance:Instance', 'replicaCount', '2'],
    ['gcp:memorystore/instance:Instance', 'desiredAutoCreatedEndpoints', { network: 'n' }],
    ['gcp:secretmanager/secret:Secret', 'secretId', 'with spaces'],
    ['gcp:secretmanager/secret:Secret', 'replication', undefined],
    ['gcp:kms/cryptoKey:CryptoKey', 'rotationPeriod', '90d'],
    ['gcp:kms/cryptoKey:CryptoKey', 'keyRing', undefined],
    ['gcp:container/nodePool:NodePool', 'nodeConfig.machineTyp', 'e2-standard-4'],
    ['gcp:compute/network:Network', 'routingMode', 'WORLD'],
    ['gcp:compute/network:Network', 'autoCreateSubnetworks', 'no'],
  ])('%s: %s is %j', (type, path, value) => {
    const resource = resources.find((one) => one.type === type);
    expect(mistakesIn(type, resource?.inputs ?? {})).toEqual([]);
    expect(mistakesIn(type, changed(resource?.inputs ?? {}, { [path]: value }))).toHaveLength(1);
  });
});

/** The same with something in place of what is at a path, in the first of each list; it is no value of anything. */
function spoilt(inputs: JsonObject, path: string): JsonObject {
  let at: unknown = inputs;
  const steps: string[] = [];
  for (const step of path.split('.')) {
    if (typeof at !== 'object' || at === null || !(step in at)) return inputs;
    steps.push(step);
    at = (at as JsonObject)[step];
    if (Array.isArray(at)) {
      steps.push('0');
      at = at[0];
    }
  }
  return at === undefined ? inputs : changed(inputs, { [steps.join('.')]: '?' });
}

import { expect, it } from 'vitest';
import { runProgram } from '../testing/engine/run.ts';
import { titleOf } from '../testing/graph.ts';

const program = { folder: import.meta.dirname, entry: 'index.ts', project: 'heliograph-bootstrap', stack: 'acme' };
const config = (given: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(given).map(([key, value]) => [`heliograph-bootstrap:${key}`, value]));

it('makes a place for the state that outlives a region, and asks for nothing that exists', async () => {
  const given = { project: 'acme-signals', projectNumber: '123456789012', location: 'EU' };
  const { resources, outputs, refused, messages, exitCode } = await runProgram({ ...program, config: config(given) });
  expect({ exitCode, messages, refused }).toEqual({ exitCode: 0, messages: [], refused: [] });
  expect(outputs).toEqual({
    login: 'pulumi login gs://heliograph-state-acme-signals',
    secretsProvider: 'gcpkms://projects/acme-signals/locations/europe/keyRings/heliograph-state/cryptoKeys/state',
  });

  const holders = resources.filter(({ type }) => /KeyRing$|CryptoKey$|Bucket$/.test(type));
  expect(holders.map(({ urn }) => titleOf(urn))).toHaveLength(3);
  expect(holders.filter(({ options }) => options.protect !== true)).toEqual([]);
  const bucket = holders.find(({ type }) => type.endsWith(':Bucket'));
  expect(bucket?.inputs).toMatchObject({ location: 'EU', versioning: { enabled: true }, forceDestroy: false });
  const ring = holders.find(({ type }) => type.endsWith(':KeyRing'));
  expect(ring?.options.dependsOn).toHaveLength(5);
});

it('says all that is wrong, and makes nothing', async () => {
  const { resources, messages, exitCode } = await runProgram({
    ...program,
    config: config({ location: 'MOON', size: '1' }),
  });
  expect({ resources, failed: exitCode !== 0 }).toEqual({ resources: [], failed: true });
  for (const key of ['project', 'projectNumber', 'location: expected EU, US or ASIA', 'size'])
    expect(messages.join('\n')).toContain(key);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { findings } from '../preflight/findings.mjs';
import { runProgram } from './engine/run.ts';

const repository = join(import.meta.dirname, '../..');
const copied = readFileSync(join(repository, 'Pulumi.dev.yaml'), 'utf8');
/** As a newcomer fills it in: the examples that stand there, without their marks. */
const filledIn = copied.replaceAll(/^( +)# (heliograph:)/gm, '$1$2');

/** A preview of a stack of whatever name, with the file that belongs to it, as the engine reads it. */
function preview(stack: string, stackFile: string) {
  const { config } = parse(stackFile) as { config: Readonly<Record<string, unknown>> };
  const given = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return runProgram({
    ...{ folder: repository, project: 'heliograph', stack, preview: true },
    config: Object.fromEntries(given) as Record<string, string>,
  });
}

it('needs three values, and says so', () => {
  expect(copied).toContain('Three values make it whole');
  expect([...copied.matchAll(/^ +# heliograph:(\w+):/gm)].map(([, key]) => key)).toEqual([
    'project',
    'region',
    'domain',
  ]);
});

it('a copy that nobody filled in says all that is missing at once, and makes nothing', {
  timeout: 300_000,
}, async () => {
  const { exitCode, resources, messages } = await preview('mine', copied);
  expect([exitCode === 0, resources]).toEqual([false, []]);
  expect(messages.join('\n')).toContain(
    [
      'Stack "mine" cannot be made:',
      '  project is missing, everything on Google Cloud needs it',
      '  region is missing, everything on Google Cloud needs it',
      '  domain is missing, everything on Google Cloud needs it',
    ].join('\n'),
  );
});

it('so does what is asked before, with the command for each', () => {
  const machine = {
    ...{ node: '24.0.0', packages: true, nodeOfPackages: '24.21.0', pulumi: '3.270.0', login: 'me' },
    ...{ gcloud: 'yes', plugin: 'yes', credentials: true, stack: 'mine' },
  };
  expect(findings({ ...machine, stackFile: copied }).map(({ fix }) => fix)).toEqual([
    'pulumi config set project VALUE',
    'pulumi config set region VALUE',
    'pulumi config set domain VALUE',
  ]);
  expect(findings({ ...machine, stackFile: filledIn })).toEqual([]);
});

it('with the three values filled in the first preview works, and says what comes after it', {
  timeout: 300_000,
}, async () => {
  const { exitCode, resources, messages, output, outputs } = await preview('mine', filledIn);
  expect({ exitCode, messages, output }).toEqual({ exitCode: 0, messages: [], output: '' });
  expect(resources.length).toBeGreaterThan(150);
  expect(JSON.stringify(outputs['next'])).toContain('docker push');
});

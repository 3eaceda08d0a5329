import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixture } from './fixture.ts';
import { runProgram } from './run.ts';
import { BLANK, capturedOf, comparable, registrationsOf, type Traced } from './trace.ts';

type Trace = { readonly preview: readonly Traced[]; readonly up: readonly Traced[] };
const file = join(import.meta.dirname, 'fixture/trace.json');
const traces = JSON.parse(readFileSync(file, 'utf8')) as Trace;
const isStack = ({ urn }: Traced) => urn.includes('::pulumi:pulumi:Stack::');

describe.each(['preview', 'up'] as const)('in %s', (operation) => {
  it('sees of the fixture exactly what the real engine was told', async () => {
    const run = await runProgram({ ...fixture, preview: operation === 'preview' });
    const told = traces[operation].filter((traced) => !isStack(traced)).map(capturedOf);
    expect(told).toHaveLength(5);
    expect(run.resources.map(comparable)).toEqual(told.map(comparable));
  });
});

it('would see an option that is another, an input, or what it was made of', () => {
  const told = traces.up.filter((traced) => traced.request['name'] === 'every');
  const [every] = told;
  const as = (over: object) =>
    told.map(({ request, ...rest }) => comparable(capturedOf({ ...rest, request: { ...request, ...over } })));
  expect(every).toBeDefined();
  const before = as({});
  for (const over of [
    { protect: false },
    { ignoreChanges: [] },
    { deletedWith: '' },
    { dependencies: [] },
    { object: { plain: 'other' } },
    { propertyDependencies: {} },
    { additionalSecretOutputs: [] },
    { customTimeouts: {} },
    { aliases: [] },
    { parent: '' },
  ])
    expect(as(over)).not.toEqual(before);
});

it('keeps no secret of a trace', () => {
  const secret = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', value: 'a canary' };
  const request = { type: 'a:b:C', name: 'c', custom: true, object: { list: [secret], open: 'seen' } };
  const call = { method: '/pulumirpc.ResourceMonitor/RegisterResource', request, response: { urn: 'u' } };
  const [taken] = registrationsOf(`${JSON.stringify(call)}\n`);
  expect(JSON.stringify(taken)).not.toContain('canary');
  expect(taken?.request['object']).toEqual({ list: [{ ...secret, value: BLANK }], open: 'seen' });
  expect(readFileSync(file, 'utf8')).not.toContain('canary');
});

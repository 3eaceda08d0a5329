import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from './fixture.ts';
import { type ProgramRun, runProgram } from './run.ts';
import { secretsIn } from './values.ts';

describe('a program run as the engine runs it', () => {
  let run: ProgramRun;
  beforeAll(async () => {
    run = await runProgram(fixture);
  });
  const named = (name: string) => {
    const found = run.resources.find((resource) => resource.name === name);
    if (!found) throw new Error(`No resource ${name}; the program said: ${run.output}${run.messages.join('\n')}`);
    return found;
  };

  it('registers all that it makes, each under the types of its parents', () => {
    expect(run.exitCode).toBe(0);
    expect(run.resources.map(({ urn }) => urn)).toEqual([
      'urn:pulumi:test::fixture::fixture:index:Group$fixture:index:Thing::every',
      'urn:pulumi:test::fixture::fixture:index:Group::group',
      'urn:pulumi:test::fixture::fixture:index:Thing::first',
      'urn:pulumi:test::fixture::fixture:index:Thing::owner',
      'urn:pulumi:test::fixture::pulumi:providers:fixture::own',
    ]);
  });

  it('is seen with every option that it set', () => {
    expect(named('every').options).toEqual({
      parent: named('group').urn,
      provider: `${named('own').urn}::${named('own').id}`,
      dependsOn: [named('owner').urn],
      protect: true,
      ignoreChanges: ['plain'],
      deletedWith: named('owner').urn,
      aliases: [
        expect.objectContaining({ name: 'before' }),
        'urn:pulumi:fixture::fixture::fixture:index:Thing::long-ago',
      ],
      customTimeouts: { create: '5m', update: '6m', delete: '7m' },
      replaceOnChanges: ['size'],
      additionalSecretOutputs: ['made'],
      retainOnDelete: true,
      import: 'as-it-is',
    });
    // The stack is the parent of what has no other.
    expect(Object.keys(named('first').options)).toEqual(['parent', 'provider']);
  });

  it('is seen with its inputs, the secrets among them marked', () => {
    expect(named('first').inputs).toEqual({ password: { secret: 'a canary' }, size: 3 });
    expect(named('owner').inputs).toEqual({ secretly: { secret: { deep: ['hidden'] } } });
    const { id } = named('first');
    expect(named('every').inputs).toEqual({
      of: id,
      plain: 'text',
      list: [1, id],
      mixed: { secret: `${id}:a canary` },
    });
    expect(secretsIn(named('every').inputs)).toEqual([JSON.stringify(`${id}:a canary`)]);
  });

  it('is seen with what each input was made of', () => {
    const first = [named('first').urn];
    expect(named('every').inputDependencies).toEqual({ of: first, list: first, mixed: first });
  });

  it('has its outputs taken, the secret ones marked', () => {
    expect(run.outputs).toEqual({ size: 3, hidden: { secret: 'a canary' } });
  });

  it('is the same when it runs again', async () => {
    expect((await runProgram(fixture)).resources).toEqual(run.resources);
  });

  it('knows nothing of what is computed in a preview', async () => {
    const preview = await runProgram({ ...fixture, preview: true });
    const every = preview.resources.find(({ name }) => name === 'every');
    expect(every?.inputs['of']).toEqual({ unknown: true });
    expect(preview.resources.map(({ urn }) => urn)).toEqual(run.resources.map(({ urn }) => urn));
  });
});

it('refuses a program that asks for what exists', async () => {
  const run = await runProgram({ ...fixture, entry: 'asks.ts' });
  expect(run.refused).toEqual(['invoke fixture:index:getThing']);
  expect(run.exitCode).not.toBe(0);
});

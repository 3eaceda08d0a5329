import { expect, it } from 'vitest';
import type { Captured } from './engine/captured.ts';
import { renamedWithoutAlias, render } from './graph.ts';

const bucket = (name: string, options: Captured['options'] = {}): Captured => ({
  urn: `urn:pulumi:test::heliograph::gcp:storage/bucket:Bucket::${name}`,
  type: 'gcp:storage/bucket:Bucket',
  name,
  custom: true,
  id: name,
  inputs: { name: 'heliograph-models', location: 'EU' },
  options,
  inputDependencies: {},
});

it('tells of a resource that is called by another name', () => {
  expect(renamedWithoutAlias(render([bucket('models')]), render([bucket('artefacts')]))).toEqual([
    'gcp:storage/bucket:Bucket models is now called gcp:storage/bucket:Bucket artefacts, without an alias',
  ]);
});

it('is quiet about one with an alias, one that is new, and one that is gone', () => {
  const aliased = bucket('artefacts', { aliases: [{ name: 'models' }] });
  expect(renamedWithoutAlias(render([bucket('models')]), render([aliased]))).toEqual([]);
  expect(renamedWithoutAlias(render([bucket('models')]), render([bucket('models'), bucket('more')]))).toEqual([]);
  expect(renamedWithoutAlias(render([bucket('models'), bucket('more')]), render([bucket('more')]))).toEqual([]);
});

import { expect, it } from 'vitest';
import type { Captured } from '../engine/captured.ts';
import { inWaves, kubernetesObjects } from './objects.ts';

const resource = (name: string, type: string, options: Captured['options'] = {}, inputs = {}): Captured => ({
  urn: name,
  id: name,
  type,
  name,
  custom: true,
  inputs: { kind: name, ...inputs },
  options,
  inputDependencies: {},
});

it('comes in the order of dependencies, also of those that a parent has', () => {
  const resources = [
    resource('a', 'kubernetes:core/v1:Pod', { parent: 'component' }),
    resource('component', 'heliograph:Thing', { dependsOn: ['z'] }),
    resource('z', 'kubernetes:core/v1:Namespace'),
    resource('network', 'gcp:compute/network:Network'),
  ];
  expect(kubernetesObjects(resources).map(({ kind }) => kind)).toEqual(['z', 'a']);
});

it('holds what a secret holds, as it is sent', () => {
  const secret = resource('s', 'kubernetes:core/v1:Secret', {}, { data: { key: { secret: 'dmFsdWU=' } } });
  expect(kubernetesObjects([secret])[0]?.['data']).toEqual({ key: 'dmFsdWU=' });
});

it('is in one wave with what it has nothing to do with, and in a later one than what it waits for', () => {
  const resources = [
    resource('a', 'kubernetes:core/v1:Pod', { dependsOn: ['between'] }),
    resource('b', 'kubernetes:core/v1:Namespace'),
    resource('between', 'gcp:compute/network:Network', { dependsOn: ['b'] }),
    resource('c', 'kubernetes:core/v1:Namespace'),
    resource('d', 'kubernetes:core/v1:Pod', { dependsOn: ['a', 'c'] }),
  ];
  expect(inWaves(resources).map((wave) => wave.map(({ kind }) => kind))).toEqual([['b', 'c'], ['a'], ['d']]);
});

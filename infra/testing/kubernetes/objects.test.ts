import { expect, it } from 'vitest';
import type { Captured } from '../engine/captured.ts';
import { kubernetesObjects } from './objects.ts';

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

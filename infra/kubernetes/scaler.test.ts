import { beforeAll, expect, it } from 'vitest';
import type { Captured } from '../testing/engine/captured.ts';
import { runStack } from '../testing/stacks.ts';

const kinds = ['ScaledObject', 'HorizontalPodAutoscaler'];
let whole: readonly string[];
let alone: readonly string[];

const scalers = (resources: readonly Captured[]) =>
  resources.flatMap(({ type, name }) => {
    const kind = type.slice(type.lastIndexOf(':') + 1);
    return kinds.includes(kind) ? [`${kind} ${name}`] : [];
  });

beforeAll(async () => {
  const runs = await Promise.all([runStack('production'), runStack('production', { images: undefined })]);
  [whole, alone] = runs.map(({ resources }) => scalers(resources)) as [string[], string[]];
}, 300_000);

it('a role that more than CPU decides about has one ScaledObject, and one that nothing decides about has no scaler', () => {
  expect(whole).toEqual(['ScaledObject api', 'ScaledObject worker']);
});

it('without KEDA CPU decides alone', () => {
  expect(alone).toEqual(['HorizontalPodAutoscaler api', 'HorizontalPodAutoscaler worker']);
});

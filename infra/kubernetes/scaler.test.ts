import { expect, it } from 'vitest';
import { sizes } from '../config/sizes.ts';
import { scalerOf } from './scaler.ts';

const figures = 'http://frontend.observability.svc:9090';
const of = (role: 'api' | 'pipeline' | 'worker', address: string | undefined = figures) =>
  scalerOf({ role, size: sizes.large.workloads[role], figures: address });
const triggersOf = (role: 'api' | 'worker') => {
  const chosen = of(role);
  return chosen?.kind === 'ScaledObject' ? chosen.spec.triggers : [];
};

it('a role that more than CPU decides about has one ScaledObject, with CPU among its triggers', () => {
  expect(triggersOf('api').map(({ name }) => name)).toEqual(['cpu', 'subscriptions', 'latency', 'market']);
  expect(triggersOf('worker').map(({ name }) => name)).toEqual(['cpu', 'queue-depth', 'queue-age']);
});

it('without KEDA CPU decides alone; where there is nothing to choose there is no scaler', () => {
  expect(scalerOf({ role: 'api', size: sizes.large.workloads.api, figures: undefined })?.kind).toBe(
    'HorizontalPodAutoscaler',
  );
  expect(of('pipeline')).toBeNull();
});

it('pods are there before the market opens, by its own clock', () => {
  expect(triggersOf('api').find(({ type }) => type === 'cron')?.metadata).toEqual({
    timezone: 'America/New_York',
    start: '0 9 * * 1-5',
    end: '15 16 * * 1-5',
    desiredReplicas: '6',
  });
});

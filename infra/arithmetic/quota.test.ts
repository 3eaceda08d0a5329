import { expect, it } from 'vitest';
import { sizes } from '../config/sizes.ts';
import { quotaOf, roomFor } from './quota.ts';

it('has room for every role at its most while it is being replaced, and for two Jobs', () => {
  const size = { maxReplicas: 8, cpu: 1000, memory: 1024 };
  expect(quotaOf([size])).toEqual({ pods: 12, cpu: 10 * 1050 + 600, memory: 10 * 1152 + 1280 });
});

it('has room for one more of what runs once', () => {
  expect(quotaOf([{ maxReplicas: 1, cpu: 100, memory: 100 }]).pods).toBe(4);
});

it('lets production run on the nodes that it may have', () => {
  const { cpu } = quotaOf(Object.values(sizes.large.workloads));
  expect(cpu).toBeLessThan(sizes.large.nodes.service.maxNodes * 7_500);
});

it('what watches has room while a zone is lost and a roll-out goes on', () => {
  expect(roomFor([{ replicas: 2, cpu: 100, memory: 256 }])).toEqual({ pods: 5, cpu: 500, memory: 1280 });
});

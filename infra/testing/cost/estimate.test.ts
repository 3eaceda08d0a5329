import { expect, it } from 'vitest';
import type { Captured } from '../engine/captured.ts';
import type { JsonObject } from '../engine/values.ts';
import { estimate } from './estimate.ts';
import { page } from './page.ts';
import { HOURS, prices, REGION_FACTOR } from './prices.ts';

const resource = (type: string, inputs: JsonObject): Captured => ({
  urn: `urn:pulumi:test::heliograph::${type}::it`,
  type,
  name: 'it',
  custom: true,
  id: 'it',
  inputs,
  options: {},
  inputDependencies: {},
});
const database = (settings: JsonObject) =>
  estimate([resource('gcp:sql/databaseInstance:DatabaseInstance', { settings })]).map(({ amount }) => amount);

it('counts a database by its tier, twice where it is in two zones', () => {
  const one = { edition: 'ENTERPRISE', tier: 'db-custom-2-8192', diskSize: 100, availabilityType: 'ZONAL' };
  expect(database(one)).toEqual([2 * HOURS, 8 * HOURS, 100, 0]);
  expect(database({ ...one, availabilityType: 'REGIONAL' })).toEqual([4 * HOURS, 16 * HOURS, 200, 0]);
  const plus = { edition: 'ENTERPRISE_PLUS', tier: 'db-perf-optimized-N-4', diskSize: 250, availabilityType: 'ZONAL' };
  expect(database(plus)).toEqual([4 * HOURS, 32 * HOURS, 250, 0]);
});

it('counts the nodes that a pool has at least, and none of one that starts empty', () => {
  const pool = (totalMinNodeCount: number) =>
    estimate([
      resource('gcp:container/nodePool:NodePool', {
        autoscaling: { totalMinNodeCount },
        nodeConfig: { machineType: 'n2-standard-8', diskSizeGb: 100 },
      }),
    ]).reduce((all, { dollars }) => all + dollars, 0);
  expect(pool(0)).toBe(0);
  const node = (8 * prices.n2Core.dollars + 32 * prices.n2Memory.dollars + prices.natNode.dollars) * HOURS + 100 * 0.1;
  expect(pool(3)).toBeCloseTo(3 * node * REGION_FACTOR.value, 6);
});

it('counts the figures of our own processes alone', () => {
  const deployment = (namespace: string, replicas: number) =>
    resource('kubernetes:apps/v1:Deployment', { metadata: { namespace }, spec: { replicas } });
  const monitored = resource('kubernetes:monitoring.googleapis.com/v1:PodMonitoring', {});
  const [one] = estimate([monitored, deployment('heliograph', 1), deployment('observability', 2)]);
  const [three] = estimate([monitored, deployment('heliograph', 3)]);
  expect(three?.amount).toBeCloseTo(3 * Number(one?.amount), 6);
});

it('says of each price where it comes from, and what is not counted', () => {
  const text = page('production', estimate([resource('gcp:container/cluster:Cluster', {})]));
  expect(text).toMatch(/^cluster +84$/m);
  expect(text).toContain('cluster: 0.1 a cluster and hour (read: cloud.google.com/kubernetes-engine/pricing)');
  expect(text).toContain('traffic: out to clients');
  expect(text).not.toContain('n2Core');
});

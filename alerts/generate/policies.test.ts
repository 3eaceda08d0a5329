import { expect, it } from 'vitest';
import { alerts, outsideAlerts } from '../all.ts';
import { above, absent, divided, max, metric, outside, print } from '../promql/index.ts';
import { ofOneStack, policies } from './policies.ts';
import { scopeOf } from './scope.ts';

it('has every alert that asks for nothing but what Cloud Monitoring collects, and no other', () => {
  const expected = alerts.filter((alert) => scopeOf(alert.expr.node) === 'project');
  expect(policies().map(({ alert, about }) => [alert, about])).toEqual(
    expected.map(({ name, about }) => [name, about]),
  );
  expect(expected).toEqual(expect.arrayContaining([...outsideAlerts]));
});

it('asks each series of an expression for its stack', () => {
  const used = outside('nodeDisk', { node_name: 'a' });
  const expr = above(absent(divided(max(used), max(outside('nodeDiskSize')))), 0.5);
  const own = 'monitored_resource="k8s_node", cluster_name="{stack}"';
  expect(print(ofOneStack(expr.node))).toBe(
    `absent(max(max(kubernetes_io:node_ephemeral_storage_used_bytes{${own}, node_name="a"}) / max(kubernetes_io:node_ephemeral_storage_allocatable_bytes{${own}}))) > 0.5`,
  );
});

it('refuses a series that does not say of which stack it is', () => {
  expect(() => ofOneStack(max(metric('redisUp')).node)).toThrow('redis_up says not of which stack it is');
});

it('leaves nothing in the words that Cloud Monitoring would have to fill in', () => {
  for (const { alert, summary } of policies()) expect(summary, alert).not.toMatch(/\{\{|\$|of is/);
  const said = Object.fromEntries(policies().map(({ alert, summary }) => [alert, summary]));
  expect(said['DatabaseCpuHigh']).toBe('The database uses more than 80 % of its CPU.');
  expect(said['DrReplicaLag']).toMatch('is more than 30 minutes behind');
});

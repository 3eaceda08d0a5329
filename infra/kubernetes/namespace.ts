import * as k8s from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions, type Resource } from '@pulumi/pulumi';
import { quotaOf } from '../arithmetic/quota.ts';
import type { Sizes } from '../config/sizes.ts';
import { namespaces, product } from '../names.ts';
import { networkPolicies } from './network-policies.ts';

export type NamespaceArgs = {
  readonly workloads: Sizes['workloads'];
  /** Gone with it, instead of being asked for at a cluster that is no longer there. */
  readonly cluster: Resource;
};

/** Where the service runs: nothing privileged, nothing without limits, nothing that speaks to whom it need not. */
export class Namespace extends ComponentResource {
  constructor(name: string, { workloads, cluster }: NamespaceArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:Namespace', name, {}, options);
    const inside = { parent: this, deletedWith: cluster };
    const namespace = namespaces.service;
    const made = new k8s.core.v1.Namespace(
      name,
      { metadata: { name: namespace, labels: { 'app.kubernetes.io/part-of': product, ...restricted } } },
      inside,
    );
    const contents = { ...inside, dependsOn: made };
    const { pods, cpu, memory } = quotaOf(Object.values(workloads));
    const hard = {
      pods: String(pods),
      'requests.cpu': `${cpu}m`,
      'requests.memory': `${memory}Mi`,
      'limits.memory': `${memory}Mi`,
      'services.loadbalancers': '0',
      'services.nodeports': '0',
    };
    new k8s.core.v1.ResourceQuota(name, { metadata: { name: 'everything', namespace }, spec: { hard } }, contents);
    new k8s.core.v1.LimitRange(
      name,
      {
        metadata: { name: 'everything', namespace },
        spec: {
          limits: [
            { type: 'Container', default: { memory: '256Mi' }, defaultRequest: { cpu: '50m', memory: '128Mi' } },
          ],
        },
      },
      contents,
    );
    networkPolicies(name, namespace, contents);
    this.registerOutputs({});
  }
}

/** Pod Security at its strictest, for what is admitted, what is logged and what is warned of. */
const restricted = Object.fromEntries(
  ['enforce', 'audit', 'warn'].flatMap((mode) => [
    [`pod-security.kubernetes.io/${mode}`, 'restricted'],
    [`pod-security.kubernetes.io/${mode}-version`, 'latest'],
  ]),
);

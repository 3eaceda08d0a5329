import * as k8s from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { product } from '../names.ts';
import { type Cluster, inside } from './inside.ts';
import type { NamedPolicy } from './network-policies.ts';

export type NamespaceArgs = {
  readonly namespace: string;
  /** The most that it may ask for: pods, thousandths of a core, MiB. */
  readonly most: { readonly pods: number; readonly cpu: number; readonly memory: number };
  /** Who speaks to whom. */
  readonly policies: readonly NamedPolicy[];
  /** Gone with it, instead of being asked for at a cluster that is no longer there. */
  readonly cluster: Cluster;
};

/** Where something runs: nothing privileged, nothing without limits, nothing that speaks to whom it need not. */
export class Namespace extends ComponentResource {
  constructor(name: string, { namespace, most, policies, cluster }: NamespaceArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:Namespace', name, {}, options);
    const child = inside(this, cluster);
    const made = new k8s.core.v1.Namespace(
      name,
      { metadata: { name: namespace, labels: { 'app.kubernetes.io/part-of': product, ...restricted } } },
      child,
    );
    const contents = { ...child, dependsOn: made };
    const { pods, cpu, memory } = most;
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
    for (const [what, spec] of policies) {
      new k8s.networking.v1.NetworkPolicy(`${name}-${what}`, { metadata: { name: what, namespace }, spec }, contents);
    }
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

import * as gcp from '@pulumi/gcp';
import type { Input } from '@pulumi/pulumi';
import { google, type NetworkPlan } from '../arithmetic/network.ts';
import { nameOf } from '../names.ts';
import type { Child } from './options.ts';

type Rule = {
  readonly what: string;
  readonly from: readonly string[];
  readonly action: 'allow' | 'deny';
  readonly ports?: readonly string[];
};

/** From first to last: what is allowed to come in. GKE adds rules of its own for its control plane. */
function rules(plan: NetworkPlan): readonly Rule[] {
  const inside = [plan.nodes, plan.pods, plan.endpoints];
  return [
    { what: 'inside', from: inside, action: 'allow' },
    { what: 'proxies', from: [plan.proxies], action: 'allow', ports: ['1024-65535'] },
    { what: 'health-checks', from: google.healthChecks, action: 'allow', ports: ['1024-65535'] },
    { what: 'administration', from: google.administration, action: 'allow', ports: ['22'] },
    { what: 'everything-else', from: ['0.0.0.0/0'], action: 'deny' },
  ];
}

/** A policy of the network that lets in what is named and logs what it refuses. */
export function firewall(
  name: string,
  args: { stack: string; network: Input<string>; plan: NetworkPlan },
  child: Child,
): void {
  const policy = new gcp.compute.NetworkFirewallPolicy(
    `${name}-firewall`,
    { name: nameOf(args.stack), description: 'Nothing comes in but what is named here.' },
    child,
  );
  for (const [index, { what, from, action, ports }] of rules(args.plan).entries()) {
    const protocol = ports ? { ipProtocol: 'tcp', ports: [...ports] } : { ipProtocol: 'all' };
    const rule = {
      firewallPolicy: policy.name,
      ruleName: what,
      direction: 'INGRESS',
      action,
      priority: 1000 + 100 * index,
      enableLogging: action === 'deny',
      match: { srcIpRanges: [...from], layer4Configs: [protocol] },
    };
    new gcp.compute.NetworkFirewallPolicyRule(`${name}-firewall-${what}`, rule, { ...child, deletedWith: policy });
  }
  new gcp.compute.NetworkFirewallPolicyAssociation(
    `${name}-firewall`,
    { name: nameOf(args.stack), firewallPolicy: policy.name, attachmentTarget: args.network },
    child,
  );
}

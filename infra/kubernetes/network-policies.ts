import type * as k8s from '@pulumi/kubernetes';
import { ports, type RoleSpec, roles } from '../../backend/roles.ts';
import { google } from '../arithmetic/network.ts';
import type { DeployedRole } from '../config/sizes.ts';
import { componentLabel } from './pod.ts';
import { deployed } from './roles.ts';

type Spec = k8s.types.input.networking.v1.NetworkPolicySpec;
export type NamedPolicy = readonly [name: string, spec: Spec];

/** Where the service runs: who speaks to whom. */
export function servicePolicies(): readonly NamedPolicy[] {
  return [
    ...everywhere(),
    egress('identity', {}, [metadataServer, https, ...stores]),
    ingress('metrics', {}, [{ from: collectors, ports: tcp(ports.internal.number) }]),
    ...deployed
      .filter(isPublic)
      .map((role) =>
        ingress(`${role}-clients`, pod(role), [
          { from: balancers, ports: tcp(ports.public.number, ports.internal.number) },
        ]),
      ),
  ];
}

/** In every namespace of ours nobody speaks to anybody, but to who knows names. */
export function everywhere(): readonly NamedPolicy[] {
  return [
    ['nobody', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }],
    egress('names', {}, [{ to: dnsServers, ports: both(53) }]),
  ];
}

export function egress(
  name: string,
  podSelector: Spec['podSelector'],
  rules: NonNullable<Spec['egress']>,
): NamedPolicy {
  return [name, { podSelector, policyTypes: ['Egress'], egress: rules }];
}

export function ingress(
  name: string,
  podSelector: Spec['podSelector'],
  rules: NonNullable<Spec['ingress']>,
): NamedPolicy {
  return [name, { podSelector, policyTypes: ['Ingress'], ingress: rules }];
}

/** Pods of a component. */
export const pod = (component: string) => ({ matchLabels: { [componentLabel]: component } });
export const inNamespace = (name: string) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
});
export const tcp = (...numbers: readonly number[]) => numbers.map((port) => ({ protocol: 'TCP', port }));
export const both = (port: number) => ['UDP', 'TCP'].map((protocol) => ({ protocol, port }));

/** Who collects figures, and evaluates rules. */
export const collectors = [inNamespace('gmp-system')];
export const balancers = google.healthChecks.map((cidr) => ({ ipBlock: { cidr } }));

/** Where a pod proves who it is. */
export const metadataServer = {
  to: [{ ipBlock: { cidr: '169.254.169.252/32' } }, { ipBlock: { cidr: '169.254.169.254/32' } }],
  ports: tcp(80, 988),
};

/** Feeds, the issuer's keys, who is told of alerts, and Google's interfaces. */
export const https = { ports: tcp(443) };

/** Addresses of the network: the database by its proxy's ports, and the cache. */
const stores = [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: tcp(3307, 5432, 6379) }];

const dnsServers = [
  inNamespace('kube-system'),
  // With Cloud DNS the node answers.
  { ipBlock: { cidr: '169.254.20.10/32' } },
  { ipBlock: { cidr: '169.254.169.254/32' } },
];

const isPublic = (role: DeployedRole) => (roles[role] as RoleSpec).ports.includes('public');

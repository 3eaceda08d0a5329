import * as k8s from '@pulumi/kubernetes';
import type { CustomResourceOptions } from '@pulumi/pulumi';
import { ports, type RoleSpec, roles } from '../../backend/roles.ts';
import { google } from '../arithmetic/network.ts';
import type { DeployedRole } from '../config/sizes.ts';
import { componentLabel } from './pod.ts';
import { deployed } from './roles.ts';

type Spec = k8s.types.input.networking.v1.NetworkPolicySpec;

/** Nobody speaks to anybody, and then: who speaks to whom. */
export function networkPolicies(name: string, namespace: string, options: CustomResourceOptions): void {
  const policy = (what: string, spec: Spec) =>
    new k8s.networking.v1.NetworkPolicy(`${name}-${what}`, { metadata: { name: what, namespace }, spec }, options);

  policy('nobody', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  policy('names', { podSelector: {}, policyTypes: ['Egress'], egress: [{ to: dnsServers, ports: both(53) }] });
  policy('identity', { podSelector: {}, policyTypes: ['Egress'], egress: [metadataServer, ...outside] });
  policy('metrics', {
    podSelector: {},
    policyTypes: ['Ingress'],
    ingress: [{ from: collectors, ports: tcp(ports.internal.number) }],
  });
  for (const role of deployed.filter(isPublic)) {
    const balancers = google.healthChecks.map((cidr) => ({ ipBlock: { cidr } }));
    const ingress = [{ from: balancers, ports: tcp(ports.public.number, ports.internal.number) }];
    policy(`${role}-clients`, {
      podSelector: { matchLabels: { [componentLabel]: role } },
      policyTypes: ['Ingress'],
      ingress,
    });
  }
}

const isPublic = (role: DeployedRole) => (roles[role] as RoleSpec).ports.includes('public');
const tcp = (...numbers: readonly number[]) => numbers.map((port) => ({ protocol: 'TCP', port }));
const both = (port: number) => ['UDP', 'TCP'].map((protocol) => ({ protocol, port }));

const dnsServers = [
  { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } },
  // With Cloud DNS the node answers.
  { ipBlock: { cidr: '169.254.20.10/32' } },
  { ipBlock: { cidr: '169.254.169.254/32' } },
];
const collectors = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gmp-system' } } }];

/** Where a pod proves who it is. */
const metadataServer = {
  to: [{ ipBlock: { cidr: '169.254.169.252/32' } }, { ipBlock: { cidr: '169.254.169.254/32' } }],
  ports: tcp(80, 988),
};

/** Feeds, the issuer's keys and Google's interfaces, by HTTPS; and the database, which is an address of the network, by its proxy's ports. */
const outside = [{ ports: tcp(443) }, { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: tcp(3307, 5432) }];

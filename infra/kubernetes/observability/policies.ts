import { namespaces } from '../../names.ts';
import {
  balancers,
  both,
  collectors,
  egress,
  everywhere,
  https,
  ingress,
  inNamespace,
  metadataServer,
  type NamedPolicy,
  pod,
  tcp,
} from '../network-policies.ts';
import { ports as alertmanager } from './alertmanager.ts';
import { port as frontend } from './frontend.ts';
import { port as grafana } from './grafana.ts';

/** Where the service is watched from: who speaks to whom. */
export function observabilityPolicies(): readonly NamedPolicy[] {
  const peers = [{ podSelector: pod('alertmanager') }];
  const gossip = both(alertmanager.peers);
  return [
    ...everywhere(),
    // To the people who are told; to Managed Prometheus; and for the keys of who lets people in.
    egress('identity', {}, [metadataServer, https]),
    egress('mail', pod('alertmanager'), [{ ports: tcp(465, 587) }]),
    egress('peers', pod('alertmanager'), [{ to: peers, ports: gossip }]),
    egress('figures', pod('grafana'), [{ to: [{ podSelector: pod('frontend') }], ports: tcp(frontend) }]),
    ingress('alertmanager', pod('alertmanager'), [
      { from: collectors, ports: tcp(alertmanager.web) },
      { from: peers, ports: gossip },
    ]),
    ingress('frontend', pod('frontend'), [
      { from: [{ podSelector: pod('grafana') }, inNamespace(namespaces.scaling)], ports: tcp(frontend) },
    ]),
    ingress('grafana', pod('grafana'), [{ from: balancers, ports: tcp(grafana) }]),
  ];
}

import { namespaces } from '../../names.ts';
import { egress, everywhere, https, ingress, inNamespace, type NamedPolicy, pod, tcp } from '../network-policies.ts';
import { port as frontend } from '../observability/frontend.ts';
import { ports } from './keda.ts';

/** Where the scaler runs: who speaks to whom. */
export function scalingPolicies(): readonly NamedPolicy[] {
  const operator = pod('keda-operator');
  const metrics = pod('keda-metrics-apiserver');
  return [
    ...everywhere(),
    egress('kubernetes', {}, [https]),
    egress('figures', operator, [{ to: [inNamespace(namespaces.observability)], ports: tcp(frontend) }]),
    egress('operator', metrics, [{ to: [{ podSelector: operator }], ports: tcp(ports.figures) }]),
    ingress('operator-asked', operator, [{ from: [{ podSelector: metrics }], ports: tcp(ports.figures) }]),
    // The API server comes through the agents that it has in the cluster.
    ingress('kubernetes-asks', metrics, [{ from: [inNamespace('kube-system')], ports: tcp(ports.api) }]),
  ];
}

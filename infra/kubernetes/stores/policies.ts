import { ports } from '../../../backend/roles.ts';
import { database } from '../../names.ts';
import { egress, everywhere, https, ingress, type NamedPolicy, pod, tcp } from '../network-policies.ts';
import { cachePort, names } from './store.ts';

/** Where the service runs with stores of its own: who speaks to whom. */
export function localPolicies(): readonly NamedPolicy[] {
  const toStores = [
    { to: [{ podSelector: pod(names.database) }], ports: tcp(database.port) },
    { to: [{ podSelector: pod(names.cache) }], ports: tcp(cachePort) },
  ];
  const anyOfOurs = [{ podSelector: {} }];
  return [
    ...everywhere(),
    egress('stores', {}, [...toStores, https]),
    ingress('database', pod(names.database), [{ from: anyOfOurs, ports: tcp(database.port) }]),
    ingress('cache', pod(names.cache), [{ from: anyOfOurs, ports: tcp(cachePort) }]),
    ingress('api-clients', pod('api'), [{ ports: tcp(ports.public.number) }]),
  ];
}

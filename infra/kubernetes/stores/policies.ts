import { ports } from '../../../backend/roles.ts';
import type { Config } from '../../config/config.ts';
import { database } from '../../names.ts';
import { egress, everywhere, https, ingress, type NamedPolicy, pod, tcp } from '../network-policies.ts';
import { cachePort, names } from './store.ts';

/** Where the service runs with stores of its own: who speaks to whom. */
export function localPolicies({ synthetic }: Pick<Config, 'synthetic'>): readonly NamedPolicy[] {
  const toStores = [
    { to: [{ podSelector: pod(names.database) }], ports: tcp(database.port) },
    { to: [{ podSelector: pod(names.cache) }], ports: tcp(cachePort) },
  ];
  const toApi = egress('synthetic-api', pod('synthetic'), [
    { to: [{ podSelector: pod('api') }], ports: tcp(ports.public.number) },
  ]);
  const anyOfOurs = [{ podSelector: {} }];
  return [
    ...everywhere(),
    egress('stores', {}, [...toStores, https]),
    ingress('database', pod(names.database), [{ from: anyOfOurs, ports: tcp(database.port) }]),
    ingress('cache', pod(names.cache), [{ from: anyOfOurs, ports: tcp(cachePort) }]),
    ...(synthetic ? [toApi] : []),
    ingress('api-clients', pod('api'), [{ ports: tcp(ports.public.number) }]),
  ];
}

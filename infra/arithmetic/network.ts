import { type Cidr, carve } from './cidr.ts';

/** The blocks of a network of one region, out of a /14. */
export type NetworkPlan = ReturnType<typeof networkPlan>;

/**
 * Room for 512 nodes of 64 pods (each node takes a /25 of pods), 4096 services, 1022 proxies of the load balancer and 254 addresses of
 * databases and caches.
 */
export function networkPlan(addresses: Cidr) {
  return carve(addresses, { pods: 16, nodes: 20, services: 20, proxies: 22, endpoints: 24 });
}

export const podsPerNode = 64;

/** Where Google's load balancers and their health checks come from, and its proxy for administrators. */
export const google = {
  healthChecks: ['35.191.0.0/16', '130.211.0.0/22'],
  administration: ['35.235.240.0/20'],
} as const;

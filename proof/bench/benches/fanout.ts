import type { Benchmark } from '../benchmark.ts';
import { prepareDeliveries } from '../stage/deliveries.ts';
import { APOLLO, MERCURIUS, PEERS, RAW, YOGA } from '../stage/followed.ts';

export const fanouts: readonly Benchmark[] = [1_000, 5_000].map((subscribers) => ({
  name: 'fanout',
  id: 'P1',
  size: `N = ${subscribers.toLocaleString('en')}`,
  work: `One signal to ${subscribers} subscribers of the same operation, each with a connection of its own.`,
  unit: { name: 'us a delivery', perMicrosecond: 1 },
  peers: PEERS,
  needsRedis: true,
  rounds: 5,
  goals: [{ cost: 1.1, of: RAW }, ...[APOLLO, YOGA, MERCURIUS].map((of) => ({ speed: 5, of }))],
  prepare: () => prepareDeliveries({ subscribers, burst: 1, times: subscribers === 1_000 ? 8 : 2 }),
}));

import type { Benchmark } from '../benchmark.ts';
import { prepareDeliveries } from '../stage/deliveries.ts';
import { APOLLO, MERCURIUS, PEERS, RAW, YOGA } from '../stage/followed.ts';

const SUBSCRIBERS = 1_000;
const SIGNALS = 20;

export const burst: Benchmark = {
  name: 'burst',
  id: 'P2',
  work: `${SIGNALS} signals at once to ${SUBSCRIBERS} subscribers of the same operation: ours finds them in its log together, the others are handed them one right after the other.`,
  unit: { name: 'us a delivery', perMicrosecond: 1 },
  peers: PEERS,
  needsRedis: true,
  rounds: 5,
  goals: [{ cost: 0.25, of: RAW }, ...[APOLLO, YOGA, MERCURIUS].map((of) => ({ speed: 25, of }))],
  prepare: () => prepareDeliveries({ subscribers: SUBSCRIBERS, burst: SIGNALS, times: 1 }),
};

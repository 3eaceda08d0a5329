import type { Benchmark } from '../benchmark.ts';
import { prepareArrivals } from '../stage/arrivals.ts';
import { PEERS } from '../stage/followed.ts';

const SUBSCRIBERS = 2_000;

export const idle: Benchmark = {
  name: 'idle',
  id: 'P4',
  work: `What an idle subscriber with a connection of its own adds to the heap of the server's process: ${SUBSCRIBERS} of them, garbage collected before and after. Bytes outside the heap (buffers, the kernel's) are not in it.`,
  unit: { name: 'bytes a subscriber', perMicrosecond: 1 },
  peers: PEERS,
  needsRedis: true,
  rounds: 5,
  goals: [{ most: 4_096 }],
  prepare: () => prepareArrivals({ subscribers: SUBSCRIBERS, shows: 'heap' }),
};

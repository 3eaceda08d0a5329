import type { Benchmark } from '../benchmark.ts';
import { prepareArrivals } from '../stage/arrivals.ts';
import { PEERS, RAW } from '../stage/followed.ts';

const SUBSCRIBERS = 1_000;

export const connect: Benchmark = {
  name: 'connect',
  id: 'P5',
  work: `${SUBSCRIBERS} clients connect, say who they are and subscribe, 50 at a time; until each has what answers that. Ours and ws send an item as soon as somebody subscribes, the others do not.`,
  unit: { name: 'us a client', perMicrosecond: 1 },
  peers: PEERS,
  needsRedis: true,
  rounds: 7,
  goals: [{ cost: 1.25, of: RAW }],
  prepare: () => prepareArrivals({ subscribers: SUBSCRIBERS, shows: 'cpu' }),
};

import type { Benchmark } from '../benchmark.ts';
import { prepareHops } from '../stage/hops.ts';

const SIGNALS = 20;

export const hop: Benchmark = {
  name: 'hop',
  id: 'P15',
  work: `From one process to another through Redis, ${SIGNALS} signals of 500 bytes a tick, the next tick when Redis has answered; CPU of the two processes. Ours tells how far the log has grown, in one message a tick, and what is new is read there (P1 has that in it); the others send each signal itself.`,
  unit: { name: 'us a signal', perMicrosecond: 1 },
  peers: [],
  needsRedis: true,
  rounds: 9,
  goals: [{ most: 1 }],
  prepare: () => prepareHops(SIGNALS),
};

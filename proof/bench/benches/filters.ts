import type { Benchmark } from '../benchmark.ts';
import { prepareDeliveries } from '../stage/deliveries.ts';
import { MERCURIUS, OURS_FEWER, PEERS } from '../stage/followed.ts';

const INSTRUMENTS = 50;
const [FEW, MANY] = [1_000, 5_000] as const;

/** The naive way: each asks for its instrument in a filter, and the server finds out for whom an event is. */
export const filters: readonly Benchmark[] = [FEW, MANY].map((subscribers) => ({
  name: 'filters',
  id: 'P3',
  size: `N = ${subscribers.toLocaleString('en')}`,
  work: `${INSTRUMENTS} signals at once, one for each of ${INSTRUMENTS} instruments, to ${subscribers} subscribers each of whom wants one instrument by a filter in its variables. The others have the filter that their documentation recommends; ws has a topic for each instrument.`,
  unit: { name: 'us a delivery', perMicrosecond: 1 },
  peers: PEERS,
  needsRedis: true,
  rounds: 5,
  goals: [{ speed: 8, of: MERCURIUS }, ...(subscribers === MANY ? [{ cost: 1.4, of: OURS_FEWER }] : [])],
  prepare: () =>
    prepareDeliveries({
      ...{ subscribers, burst: INSTRUMENTS, instruments: INSTRUMENTS, times: subscribers === FEW ? 2 : 1 },
      ...(subscribers === MANY ? { fewer: FEW } : {}),
    }),
}));

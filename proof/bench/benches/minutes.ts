import type { Benchmark } from '../benchmark.ts';
import { MINUTES, prepareMinutes, SYMBOLS } from '../stage/minutes.ts';

export const minutes: Benchmark = {
  name: 'minutes',
  id: 'P14',
  work: `A bar of ${SYMBOLS} symbols closes at once, and the signals that follow from it are on a subscriber's socket: from the moment before the venue sends the bars until each signal has come, the slowest of a hundred (p99) of ${MINUTES} minutes of a session. Wall-clock time; the whole pipeline as it is in production, every process of it on these cores. No peer does it.`,
  unit: { name: 'ms, p99', perMicrosecond: 0.001 },
  peers: [],
  needsRedis: true,
  rounds: 5,
  goals: [{ most: 100 }],
  prepare: prepareMinutes,
};

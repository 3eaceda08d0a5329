import type { Benchmark } from '../benchmark.ts';
import { MISSED, prepareResumes } from '../stage/resumes.ts';

export const resume: Benchmark = {
  name: 'resume',
  id: 'P13',
  work: `A client comes back with a cursor and has the ${MISSED} signals that it missed: from the attempt to connect until it has the last of them, the slowest of a hundred (p99). Wall-clock time, the client's own work in it. No peer can do it.`,
  unit: { name: 'ms, p99', perMicrosecond: 0.001 },
  peers: [],
  needsRedis: true,
  rounds: 5,
  goals: [{ most: 250 }],
  prepare: prepareResumes,
};

import type { Benchmark } from '../benchmark.ts';
import { prepareStarts, USUAL_STACK } from '../stage/started.ts';

const shared = { id: 'P12', peers: [], rounds: 5 } as const;

export const start: Benchmark = {
  ...shared,
  name: 'start',
  work: 'A start of role api until it is ready, as a process of its own; the columns are milliseconds of CPU time, and of wall-clock time until it was ready and had ended again.',
  unit: { name: 'ms a start', perMicrosecond: 1e-3 },
  goals: [{ cost: 0.6, of: USUAL_STACK }],
  prepare: () => prepareStarts('cpu'),
};

export const startMemory: Benchmark = {
  ...shared,
  name: 'start-memory',
  work: 'What the process holds in memory (VmRSS) when it is ready.',
  unit: { name: 'MiB', perMicrosecond: 1 / 1_048_576 },
  goals: [{ cost: 0.8, of: USUAL_STACK }],
  prepare: () => prepareStarts('bytes'),
};

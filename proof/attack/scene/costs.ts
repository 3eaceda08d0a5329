import { type Figures, sumOf } from './figures.ts';
import type { Target } from './target.ts';

/** What some work cost a process: the longest delay of its event loop in ms, and by how many MB it grew. */
export type Costs = { readonly stallMs: number; readonly growthMb: number };

const MB = 1_048_576;

/** A delay in which the process did not compute is the machine's: another program had the core. */
export function costsOf(before: Figures, after: Figures): Costs {
  const [cpu, rss] = ['process_cpu_seconds_total', 'process_resident_memory_bytes'];
  const cpuMs = (sumOf(after, cpu) - sumOf(before, cpu)) * 1_000;
  return {
    // The figures are of the time since they were last asked for.
    stallMs: Math.min(sumOf(after, 'nodejs_eventloop_lag_max_seconds') * 1_000, cpuMs),
    growthMb: (sumOf(after, rss) - sumOf(before, rss)) / MB,
  };
}

/** The least of several times: what the work does to the process it does each time, what is seen only now and then is the machine's. */
export async function leastStallMs(target: Target, enoughMs: number, work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 10 && least > enoughMs; attempt++) {
    const before = await target.figures();
    await work();
    const after = await target.figures();
    if (before === null || after === null) return 0;
    least = Math.min(least, costsOf(before, after).stallMs);
  }
  return least;
}

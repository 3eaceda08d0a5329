import { availableParallelism } from 'node:os';

export type Totals = {
  readonly seeds: number;
  readonly first: number;
  readonly events: number;
  readonly connections: number;
  readonly faults: number;
  readonly failed: number;
  readonly minutes: string;
  readonly jobs: number;
};

/** The page that is committed. */
export function resultsPage({ seeds, first, events, connections, faults, failed, minutes, jobs }: Totals): string {
  const facts = {
    Date: new Date().toISOString().slice(0, 10),
    Versions: `Node ${process.versions.node} on ${process.platform}-${process.arch}`,
    Command: `npm run simulate -- --seeds ${seeds} --first ${first}`,
    Took: `${minutes} min on ${jobs} threads of ${availableParallelism()} cores`,
    Played: `${events} events, ${connections} connections, ${faults} faults`,
    Result: `${seeds - failed} seeds without a violation, ${failed} with one`,
  };
  return [
    '# Results of `npm run simulate`',
    '',
    '<!-- Written by `npm run simulate -- --write-results`. -->',
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
  ].join('\n');
}

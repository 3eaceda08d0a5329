import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { InvalidInput } from '../../backend/platform/errors.ts';
import { answer, readOptions } from '../common/options.ts';
import { whole } from '../common/whole.ts';
import { BUGS, type Bug } from './bugs.ts';
import { resultsPage } from './report.ts';
import type { SeedResult } from './run-seed.ts';

const HELP = `Plays the delivery of signals in virtual time: the real gateway between writers, a log, wake-ups, lines and clients that are simulated, with
faults of all of them (outages, restores that lose a tail, dropped events, killed and drained processes, lost wake-ups, slow and cut lines),
all out of a seed. Afterwards every client must have every event that it wants, once and in order, each item must have continued the one
before, and silence, loss and restores must have been told. The same seed gives the same run.

Usage: npm run simulate -- [options]

  --seeds N        how many (default 1000)
  --first N        the first one (default 1), to look at one again
  --jobs N         at once (default: one a core)
  --bug NAME       build a mistake in: ${BUGS.join(', ')}
  --write-results  write proof/simulate/RESULTS.md
  --help           this text

Exit code: 0 no violation, 1 some, 2 a wrong argument.`;

type Arguments = { seeds: number; first: number; jobs: number; bug: Bug | null; writeResults: boolean };

const CHUNK = 20;
const MOST_SHOWN = 20;
const write = (line: string): void => void process.stdout.write(`${line}\n`);

function parse(args: readonly string[]): Arguments | 'help' {
  const text = { type: 'string' } as const;
  const options = { seeds: text, first: text, jobs: text, bug: text } as const;
  const flags = { 'write-results': { type: 'boolean' }, help: { type: 'boolean' } } as const;
  const values = readOptions('simulate', args, { ...options, ...flags });
  if (values.help === true) return 'help';
  const bug = BUGS.find((name) => name === values.bug) ?? null;
  if (values.bug !== undefined && bug === null)
    throw new InvalidInput('--bug', values.bug, `one of ${BUGS.join(', ')}`);
  return {
    seeds: whole('--seeds', values.seeds, { from: 1, to: 100_000_000, otherwise: 1_000 }),
    first: whole('--first', values.first, { from: 0, to: 2 ** 31, otherwise: 1 }),
    jobs: whole('--jobs', values.jobs, { from: 1, to: 64, otherwise: availableParallelism() }),
    writeResults: values['write-results'] === true,
    bug,
  };
}

async function simulate({ seeds, first, jobs, bug, writeResults }: Arguments): Promise<boolean> {
  const begun = performance.now();
  const totals = { seeds: 0, events: 0, connections: 0, faults: 0, failed: 0 };
  const take = (result: SeedResult): void => {
    totals.seeds += 1;
    totals.events += result.events;
    totals.connections += result.connections;
    totals.faults += result.faults.length;
    if (result.violations.length > 0) {
      totals.failed += 1;
      if (totals.failed <= MOST_SHOWN) tell(result, bug);
    }
    if (totals.seeds % Math.max(100, Math.round(seeds / 20)) === 0)
      write(`${totals.seeds} of ${seeds} seeds, ${minutes(begun)} min, ${totals.failed} with violations`);
  };
  const chunks = Array.from({ length: Math.ceil(seeds / CHUNK) }, (_, index) => first + index * CHUNK).values();
  const last = first + seeds;
  await Promise.all(Array.from({ length: jobs }, () => work(chunks, last, bug, take)));
  const { events, connections, faults, failed } = totals;
  write(`${events} events, ${connections} connections, ${faults} faults in ${minutes(begun)} min on ${jobs} threads`);
  write(`${totals.seeds - failed} seeds passed, ${failed} failed`);
  if (writeResults)
    await writeFile(
      join(import.meta.dirname, 'RESULTS.md'),
      resultsPage({ ...totals, first, minutes: minutes(begun), jobs }),
    );
  return failed === 0;
}

/** One thread, until there are no seeds left. */
async function work(
  chunks: Iterator<number>,
  last: number,
  bug: Bug | null,
  take: (result: SeedResult) => void,
): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url));
  try {
    for (let next = chunks.next(); next.done !== true; next = chunks.next()) {
      const seeds = Array.from({ length: Math.min(CHUNK, last - next.value) }, (_, index) => next.value + index);
      for (const result of await ask(worker, { seeds, bug })) take(result);
    }
  } finally {
    await worker.terminate();
  }
}

function ask(worker: Worker, question: unknown): Promise<SeedResult[]> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (results: SeedResult[]) => {
      worker.off('error', reject);
      resolve(results);
    });
    worker.postMessage(question);
  });
}

function tell({ seed, violations, faults }: SeedResult, bug: Bug | null): void {
  write(
    `FAILED  seed ${seed}   (again: npm run simulate -- --first ${seed} --seeds 1${bug === null ? '' : ` --bug ${bug}`})`,
  );
  for (const violation of violations.slice(0, 5)) write(`  ${violation}`);
  write(`  faults: ${faults.join('; ')}`);
}

const minutes = (begun: number): string => ((performance.now() - begun) / 60_000).toFixed(1);

process.exitCode = await answer(process.argv.slice(2), write, { help: HELP, parse, run: simulate });

import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, readOptions } from '../../common/options.ts';
import { whole } from '../../common/whole.ts';
import { readRecording } from '../../recorded/recording.ts';
import { openServer } from './databases.ts';
import { type Prepared, playClean, playSeed, type Row } from './days.ts';
import { inventRecording } from './invented.ts';
import { resultsPage } from './report.ts';
import { windowsOf } from './windows.ts';

export const HELP = `Plays real bars through a server that speaks Alpaca's protocol and goes wrong in every way that feeds do, and holds what the platform
makes of it against the day as it was: final bars, longer bars, features and signals; nothing published on a window that is not whole; each
silence of more than two bars in session told once, none out of session, on the evening of a half day or in a halt.

Usage: npm run faults -- feed [--bars FILE] [options]

  --bars FILE      CSV or CSV.gz of real 1-minute bars of US stocks, at least 6 sessions (default: 6 invented ones)
  --seeds N        how many schedules of faults (default 500), spread over the windows
  --first N        number of the first one (default 1), to look at one again
  --jobs N         at once (default 2)
  --write-results  write proof/faults/feed/RESULTS.md
  --help           this text

Exit code: 0 all passed, 1 one failed, 2 a wrong argument.`;

type Write = (line: string) => void;
type Arguments = { bars: string | null; seeds: number; first: number; jobs: number; writeResults: boolean };

const options = {
  bars: { type: 'string' },
  seeds: { type: 'string' },
  first: { type: 'string' },
  jobs: { type: 'string' },
  'write-results': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Everything after `feed`; answers the exit code. */
export function feedFaults(args: readonly string[], write: Write, stop: AbortSignal): Promise<0 | 1 | 2> {
  return answer(args, write, { help: HELP, parse, run: (given) => playAll(given, write, stop) });
}

function parse(args: readonly string[]): Arguments | 'help' {
  const values = readOptions('feed', args, options);
  if (values.help === true) return 'help';
  return {
    bars: values.bars ?? null,
    seeds: whole('--seeds', values.seeds, { from: 1, to: 1_000_000, otherwise: 500 }),
    first: whole('--first', values.first, { from: 0, to: 2 ** 31, otherwise: 1 }),
    jobs: whole('--jobs', values.jobs, { from: 1, to: 16, otherwise: 2 }),
    writeResults: values['write-results'] === true,
  };
}

async function playAll(given: Arguments, write: Write, stop: AbortSignal): Promise<boolean> {
  const begun = performance.now();
  const windows = windowsOf(
    await (given.bars === null ? inventRecording({ seed: 1, sessions: 6 }) : readRecording(given.bars)),
  );
  const server = await openServer();
  const rows: Row[] = [];
  try {
    const prepared: Prepared[] = [];
    for (const window of windows) {
      const clean = await playClean(server, window);
      const { signals, log, bars } = clean.reference;
      write(`${window.name.padEnd(9)} clean day: ${bars.length} bars, ${signals.length} signals, ${log.length} events`);
      if (clean.faults.length > 0) write(clean.faults.map((fault) => `  ${fault}`).join('\n'));
      prepared.push(clean);
    }
    const seeds = Array.from({ length: given.seeds }, (_, index) => given.first + index).values();
    const worker = async (): Promise<void> => {
      for (const seed of seeds) {
        if (stop.aborted) return;
        // Five windows and four kinds of schedule: each meets each.
        const row = await playSeed(server, prepared[Math.floor(seed / 4) % prepared.length] as Prepared, seed);
        rows.push(row);
        if (row.faults.length > 0)
          write(
            [`FAILED  seed ${seed}: ${row.window}, ${row.kind}`, ...row.faults.map((fault) => `  ${fault}`)].join('\n'),
          );
        if (rows.length % 20 === 0) write(`${rows.length} of ${given.seeds} days, ${minutesSince(begun)}`);
      }
    };
    await Promise.all(Array.from({ length: given.jobs }, worker));
    rows.push(
      ...prepared.map(({ window, faults, seconds }) => ({
        seed: null,
        window: window.name,
        kind: 'clean',
        faults,
        seconds,
        ...NOTHING,
      })),
    );
  } finally {
    // The last connections need a moment to be gone.
    await sleep(100);
    await server.stop();
  }
  const failed = rows.filter(({ faults }) => faults.length > 0).length;
  if (given.writeResults) {
    const facts = {
      Date: new Date().toISOString().slice(0, 10),
      Versions: `Node ${process.versions.node} on ${process.platform}-${process.arch}, embedded PostgreSQL as in package-lock.json`,
      Bars: given.bars === null ? 'invented' : `real ones, ${basename(given.bars)}`,
      Command: `npm run faults -- feed --bars FILE --seeds ${given.seeds} --first ${given.first} --jobs ${given.jobs}`,
      Took: `${minutesSince(begun)} on ${availableParallelism()} cores`,
    };
    await writeFile(join(import.meta.dirname, 'RESULTS.md'), resultsPage(facts, rows));
  }
  write(`\n${minutesSince(begun)}\n${rows.length - failed} passed, ${failed} failed`);
  return failed === 0 && !stop.aborted;
}

const NOTHING = { signals: 0, voided: 0, stale: 0, stalls: 0, corrected: 0 } as const;

function minutesSince(begun: number): string {
  return `${((performance.now() - begun) / 60_000).toFixed(1)} min`;
}

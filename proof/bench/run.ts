import { parseArgs } from 'node:util';
import { redisProgram } from '../../backend/testing/redis.ts';
import { benchmarks } from './benches/index.ts';
import { type Benchmark, Difference, type Outcome } from './benchmark.ts';
import { machineFacts } from './machine.ts';
import { measure } from './measure.ts';
import { installPeers, missingPeers, versionsOf } from './peers.ts';
import { writeResult } from './results.ts';
import { tableOf } from './table.ts';
import { rowsOf, titleOf } from './verdict.ts';

/** A median of fewer rounds says little. */
const WORTH_KEEPING = 5;

const HELP = `Measures ours against peers and limits in one run, prints a table and writes it to proof/bench/RESULTS.md.

Usage: npm run bench -- [NAME ...] [--rounds N] [--install]

  NAME       which of them (default: all)
${benchmarks.map(({ name, size, id, work }) => `               ${name.padEnd(10)} ${id}${size === undefined ? '' : `, ${size}`}: ${work}`).join('\n')}
  --rounds N how many rounds are counted: 1 is quick, and shows that it runs. Below ${WORTH_KEEPING} nothing is written
             (default: ${Math.min(...benchmarks.map(({ rounds }) => rounds))} or more, which takes some minutes each)
  --install  only install the peers: npm ci in proof/bench
  --help     this text

A figure is the CPU time of the process that does the work, wall-clock time beside it: medians over rounds in which the variants
take turns. What they make is compared, and a difference is a failure. A goal that is not met is
told in the table, and is no failure.

Exit code: 0 measured, or not run because peers are missing; 1 the variants made different things; 2 a wrong argument, or it failed.`;

type Write = (line: string) => void;

process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: Write): Promise<0 | 1 | 2> {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { help: { type: 'boolean' }, install: { type: 'boolean' }, rounds: { type: 'string' } },
    });
    if (values.help) {
      write(HELP);
      return 0;
    }
    if (values.install) {
      installPeers();
      return 0;
    }
    return await runAll(choose(positionals), roundsOf(values.rounds), write);
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
    return error instanceof Difference ? 1 : 2;
  }
}

function choose(names: readonly string[]): readonly Benchmark[] {
  const known = benchmarks.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new Error(`bench is ${JSON.stringify(unknown)}, expected one of ${known.join(', ')}`);
  return names.length === 0 ? benchmarks : benchmarks.filter(({ name }) => names.includes(name));
}

function roundsOf(text: string | undefined): number | undefined {
  if (text !== undefined && !/^[1-9]\d{0,2}$/.test(text))
    throw new Error(`--rounds is ${JSON.stringify(text)}, expected a number from 1 to 999`);
  return text === undefined ? undefined : Number(text);
}

async function runAll(chosen: readonly Benchmark[], counted: number | undefined, write: Write): Promise<0> {
  const missing = missingPeers(chosen.flatMap(({ peers }) => peers));
  if (missing.length > 0) {
    write(`not run: ${missing.join(', ')} missing; npm run bench -- --install`);
    return 0;
  }
  const outcomes: Outcome[] = [];
  for (const benchmark of chosen) {
    if (benchmark.needsRedis === true && redisProgram() === null) {
      write(`${titleOf(benchmark)}: not run, neither valkey-server nor redis-server is on the PATH`);
      continue;
    }
    const rounds = counted ?? benchmark.rounds;
    write(`${titleOf(benchmark)}: ${rounds} rounds`);
    const outcome = await measure(benchmark, rounds);
    for (const line of outcome.checked) write(`  checked: ${line}`);
    if (rounds >= WORTH_KEEPING) writeResult(outcome, machineFacts(new Date(), versionsOf(benchmark.peers)));
    outcomes.push(outcome);
  }
  write(tableOf(outcomes.flatMap(rowsOf)));
  return 0;
}

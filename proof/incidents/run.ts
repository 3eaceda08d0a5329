import { rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run } from '../../alerts/testing/program.ts';
import { alertmanagerFolder, promtoolMissing } from '../../alerts/testing/tools.ts';
import { redisProgram } from '../../backend/testing/redis.ts';
import { makeBase } from '../common/folder.ts';
import { type Chosen, choose } from './arguments.ts';
import { pastIncidents } from './faults/past.ts';
import { happen } from './happen.ts';
import type { Outcome } from './incident.ts';
import { names as known, marketIncidents } from './list.ts';
import { counts, type Facts, header, line, resultsPage } from './report.ts';
import { substitutions } from './scale/substitutions.ts';

const HELP = `Lets things go wrong for real, and looks at what a real Prometheus tells of it: exactly the alerts that should, and the drill of their page ends it.

Usage: npm run incidents -- [--only NAME]... [--scale N] [--keep] [--write-results]

  --only NAME      only this one, again for more: ${known.join(', ')}
  --scale N        so many times as fast as in life, a divisor of 60 (default 60): a slower one for a machine that is busy
  --keep           leave the folder with the data, the rules and what every process said
  --write-results  write RESULTS.md beside this program
  --help           this text

It takes some twenty minutes. What does not hold while this machine has no processor free is not judged, and happens once more. Exit code: 0 all held, 1 something did not or could not be run, 2 a wrong argument.`;

type Write = (line: string) => void;

const RESULTS = join(import.meta.dirname, 'RESULTS.md');

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), (text) => process.stdout.write(`${text}\n`));

async function main(args: readonly string[], write: Write): Promise<0 | 1 | 2> {
  const chosen = choose(args, known);
  if (chosen === 'help' || 'wrong' in chosen) {
    write(chosen === 'help' ? HELP : chosen.wrong);
    return chosen === 'help' ? 0 : 2;
  }
  const missing = await missingPrograms();
  for (const one of missing) write(`not run: ${one}`);
  if (missing.length > 0) return 1;
  const base = makeBase();
  try {
    return await runAll(base, chosen, write);
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    if (chosen.keep) write(`the folder: ${base}`);
    else rmSync(base, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function missingPrograms(): Promise<string[]> {
  const promtool = await promtoolMissing();
  const prometheus = (await run('prometheus', ['--version'], '.')).missing;
  const alertmanager = await alertmanagerFolder().then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return [
    ...(prometheus ? ['prometheus is missing (apt-get install prometheus)'] : []),
    ...(promtool === null ? [] : [promtool]),
    ...(redisProgram() === null ? ['redis-server is missing (apt-get install redis-server)'] : []),
    ...(alertmanager === null ? [] : [alertmanager]),
  ];
}

async function runAll(base: string, { names, speed, writeResults }: Chosen, write: Write): Promise<0 | 1> {
  const begin = performance.now();
  for (const text of substitutions(speed)) write(text);
  write(header);
  const isWanted = ({ name }: { readonly name: string }): boolean => names.includes(name);
  const outcomes = new Map<string, Outcome>();
  const wanted = { market: marketIncidents.filter(isWanted), past: pastIncidents.filter(isWanted) };
  for await (const outcome of happen({ base, speed, signal: interruption() }, wanted)) {
    outcomes.set(outcome.incident.name, outcome);
    write(line(outcome));
  }
  const all = known.flatMap((name) => outcomes.get(name) ?? []);
  write(counts(all));
  if (writeResults) writeFileSync(RESULTS, resultsPage(await factsOf(speed, begin), all));
  return all.every(({ faults }) => faults.length === 0) ? 0 : 1;
}

/** What is running is ended before this is. */
function interruption(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => stop.abort(new Error(`ended by ${name}`)));
  return stop.signal;
}

async function factsOf(speed: number, begin: number): Promise<Facts> {
  const { output } = await run('prometheus', ['--version'], '.');
  return {
    Date: new Date().toISOString().slice(0, 10),
    Versions: `Node ${process.versions.node} on ${process.platform}-${process.arch}, ${output.split('\n')[0]?.replace(/ \(.*/, '')}, Alertmanager of tools/alertmanager`,
    Command: `npm run incidents -- ${speed === 60 ? '' : `--scale ${speed} `}--write-results`,
    Took: `${((performance.now() - begin) / 60_000).toFixed(1)} min on ${availableParallelism()} cores`,
    Seconds: `of this machine; the market's time runs ${speed} times as fast`,
  };
}

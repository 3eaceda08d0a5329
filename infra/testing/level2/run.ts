import { writeFileSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { missingPrograms } from '../kubernetes/run.ts';
import { Tally } from '../kubernetes/tally.ts';
import { noStack, onGoogle, stackNames } from '../stacks.ts';
import { exitCode, type Row, table } from '../verify/table.ts';
import { crashMatrix, devKilled } from './crashes.ts';
import { disasters } from './disaster.ts';
import { wholeLives } from './google.ts';
import { localStack } from './local.ts';
import { localKilled } from './local-killed.ts';
import { previews } from './previews.ts';
import { missing } from './pulumi.ts';
import { rowOf } from './rows.ts';
import { onStandIn } from './stand-in.ts';
import { keepTrace, sameTrace } from './trace.ts';

const HELP = `Runs the program by the real engine of Pulumi: each stack is made, made again (nothing may change), refreshed (nothing may change) and removed
in one pass. Stack local is made by the real provider on a real API server; those on Google Cloud on the highest rung whose programs are here:

  rung a  the real providers against a server of ours that plays Google and knows some of its rules, with a real API server for a cluster
  rung b  the real providers say in a preview what they would make, after their own checks of every input
  rung c  a provider of our own takes everything, and knows no rule of Google

Beside them local and crash kill the engine at its operations and mend what is left, as infra/README.md says; disaster makes stack dr while nothing
of production answers, and switches over to it and back.

Usage: npm run infra:level2 -- [options]

  --part NAME    only this part; may be given again: PARTS
  --stack NAME   of the stacks on Google Cloud only this one; may be given again
  --rows FILE    write what was found to a file, as JSON
  --write-trace  take the trace of the fixture of level 0 anew, and keep it
  --help         this text

It needs pulumi and pulumi-language-nodejs on the PATH, and what a part needs beside them; what is missing is named, and is no success.
Exit code: 0 all of it ran and held, 1 something did not hold, 2 nothing failed that ran, and not all ran.`;

const options = {
  help: { type: 'boolean' },
  part: { type: 'string', multiple: true },
  stack: { type: 'string', multiple: true },
  rows: { type: 'string' },
  'write-trace': { type: 'boolean' },
} as const satisfies ParseArgsConfig['options'];

type Write = (line: string) => void;
type Part = {
  readonly needs: () => readonly string[];
  readonly run: (newTally: () => Tally, stacks: readonly string[]) => Promise<readonly Row[]>;
};

const KUBERNETES = 'pulumi-resource-kubernetes';
const GOOGLE = 'pulumi-resource-gcp';

const parts: Readonly<Record<string, Part>> = {
  trace: { needs: () => [], run: traced },
  local: { needs: aCluster, run: async (newTally) => [await localStack(newTally()), await localKilled(newTally())] },
  'rung-c': { needs: () => [], run: wholeLives },
  crash: {
    needs: () => [],
    run: async (newTally) => [...(await crashMatrix(newTally)), await devKilled(newTally())],
  },
  disaster: { needs: () => [], run: async (newTally) => [await disasters(newTally())] },
  'rung-a': { needs: () => [...missing([GOOGLE]), ...aCluster()], run: onStandIn },
  'rung-b': { needs: () => missing([GOOGLE, KUBERNETES]), run: previews },
};

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: Write): Promise<0 | 1 | 2> {
  const { values } = parseArgs({ args, options });
  const help = HELP.replace('PARTS', Object.keys(parts).join(', '));
  if (values.help) {
    write(help);
    return 0;
  }
  const names = values.part ?? Object.keys(parts);
  const unknown = names.filter((name) => !(name in parts));
  if (unknown.length > 0) {
    write(`There is no part ${unknown.join(', ')}.\n\n${help}`);
    return 1;
  }
  const wrong = noStack(values.stack ?? []);
  if (wrong !== null) {
    write(wrong);
    return 1;
  }
  const engine = missing(['pulumi', 'pulumi-language-nodejs'])[0];
  if (engine === undefined && values['write-trace']) await keepTrace();
  const rows =
    engine === undefined
      ? await runAll(names, values.stack ?? stackNames.filter(onGoogle), write)
      : [{ level: 2, notRun: `${engine} is missing` }];
  write(table(rows));
  if (values.rows !== undefined) writeFileSync(values.rows, JSON.stringify(rows));
  return exitCode(rows);
}

async function runAll(names: readonly string[], stacks: readonly string[], write: Write): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const name of names) {
    const part = parts[name];
    const [lacks] = part?.needs() ?? [];
    if (lacks !== undefined) rows.push({ level: 2, notRun: `${name}: ${lacks} is missing` });
    else rows.push(...((await part?.run(() => new Tally(write), stacks)) ?? []));
  }
  return rows;
}

function aCluster(): readonly string[] {
  return [...missing([KUBERNETES]), ...[missingPrograms()].flatMap((name) => name ?? [])];
}

async function traced(newTally: () => Tally): Promise<readonly Row[]> {
  const tally = newTally();
  await tally.check('fixture', 'the engine hears what it heard when its trace was kept', sameTrace);
  return [rowOf('fixture: the trace that level 0 is compared with', 5, tally)];
}

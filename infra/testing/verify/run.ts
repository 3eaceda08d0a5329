import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { pinned } from '../kubernetes/programs.ts';
import { levelTwo } from '../level2/rows.ts';
import { engineVersions } from '../level2/versions.ts';
import { noStack, onGoogle, runStack, stackNames } from '../stacks.ts';
import { levelOne, levelZero, policiesOf, type Report, scanned } from './levels.ts';
import { exitCode, table } from './table.ts';
import { type Circumstances, verified } from './verified.ts';

const HELP = `Verifies the cloud without a cloud, as far as it goes on this machine: the program for every stack as the engine would run it, with its policies
(level 0), what every stack has of Kubernetes on a real API server, what a scanner finds (level 1), and what the real engine does, as far as it is here (level 2). Writes infra/VERIFIED.md.

Usage: npm run infra:verify -- [--checkov PROGRAM] [--stack NAME]...

--stack: at level 2, of the stacks on Google Cloud only this one; may be given again.

What is missing is named, and never counts as success. Exit code: 0 all ran and held, 1 something did not hold, 2 something was not run.`;

const repository = join(import.meta.dirname, '../../..');

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<0 | 1 | 2> {
  const options = {
    help: { type: 'boolean' },
    checkov: { type: 'string', default: 'checkov' },
    stack: { type: 'string', multiple: true },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const wrong = noStack(values.stack ?? []);
  if (wrong !== null) {
    tell(wrong);
    return 1;
  }
  // By itself, before anything else makes the machine slow.
  const { resources, seconds, peakMiB } = await runStack('production', {}, true);
  tell(`a preview of production: ${resources.length} resources, ${seconds.toFixed(1)} s, ${peakMiB ?? '?'} MiB`);
  const report = await tests();
  const onServer = await script('../kubernetes/run.ts');
  const scan = await script('../scan/run.ts', '--checkov', values.checkov);
  const rows = [
    ...levelZero(report, repository),
    ...levelOne(onServer, stackNames),
    scanned(scan),
    ...levelTwo(values.stack ?? stackNames.filter(onGoogle)),
  ];
  tell(table(rows));
  const preview = { resources: resources.length, seconds, peakMiB };
  const page = verified(rows, { ...(await circumstances(values.checkov)), policies: policiesOf(report), preview });
  writeFileSync(join(repository, 'infra/VERIFIED.md'), page);
  return exitCode(rows);
}

/** The program for every stack, run as the engine would: the tests of this folder. */
async function tests(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'infra-verify-'));
  try {
    const file = join(folder, 'report.json');
    const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
    await run(vitest, 'run', 'infra/', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`);
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function script(path: string, ...args: string[]): Promise<string> {
  return run(join(import.meta.dirname, path), ...args);
}

/** Runs a script in a process of its own, and gives all that it says once it has said it here. */
function run(path: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path, ...args], { cwd: repository, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      process.stdout.write(text);
    });
    child.on('error', reject);
    child.on('close', () => resolve(said));
  });
}

async function circumstances(checkov: string): Promise<Omit<Circumstances, 'preview' | 'policies'>> {
  const ask = (program: string, ...args: string[]) => {
    const { status, stdout } = spawnSync(program, args, { cwd: repository, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : null;
  };
  const { devDependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    devDependencies: Readonly<Record<string, string>>;
  };
  const versions = {
    node: process.versions.node,
    ...Object.fromEntries(Object.entries(devDependencies).filter(([name]) => name.startsWith('@pulumi/'))),
    kubernetes: pinned('kube-apiserver'),
    etcd: pinned('etcd'),
    kwok: pinned('kwok'),
    checkov: ask(checkov, '--version') ?? 'none',
    ...(await engineVersions()),
  };
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: ask('git', 'rev-parse', '--short', 'HEAD') ?? 'none',
    versions,
  };
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}

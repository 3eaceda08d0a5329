import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { runStack } from '../stacks.ts';
import { exitCode, type Row, table } from './table.ts';
import { type Circumstances, verified } from './verified.ts';

const repository = join(import.meta.dirname, '../../..');

// What needs more than npm. A level that is not there is named, so that nobody takes its silence for success.
const absent: readonly Row[] = [{ level: 2, notRun: 'nothing here yet starts the engine of Pulumi' }];

if (import.meta.main) {
  const preview = await runStack('production', {}, true);
  const measured = { resources: preview.resources.length, seconds: preview.seconds, peakMiB: preview.peakMiB };
  const rows = [...levelZero(), ...levelOne(), ...absent];
  process.stdout.write(`${table(rows)}\n`);
  writeFileSync(join(repository, 'infra/VERIFIED.md'), verified(rows, { ...circumstances(), preview: measured }));
  process.exitCode = exitCode(rows);
}

type Report = {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
};

function circumstances(): Omit<Circumstances, 'preview'> {
  const { stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: repository, encoding: 'utf8' });
  const { devDependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    devDependencies: Readonly<Record<string, string>>;
  };
  const packages = Object.entries(devDependencies).filter(([name]) => name.startsWith('@pulumi/'));
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: stdout.trim(),
    versions: { node: process.versions.node, ...Object.fromEntries(packages) },
  };
}

/** The program for every stack, run as the engine would: the tests of this folder. */
function levelZero(): Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'infra-verify-'));
  try {
    const report = join(folder, 'report.json');
    const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
    const args = [vitest, 'run', 'infra/', '--reporter=json', `--outputFile=${report}`];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: repository, encoding: 'utf8' });
    if (status !== 0) process.stderr.write(stderr);
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
    return testResults.map(({ name, assertionResults }) => ({
      level: 0,
      part: relative(repository, name),
      checks: assertionResults.length,
      failed: assertionResults.filter((result) => result.status !== 'passed').length,
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What each stack has of Kubernetes, on a real API server: `npm run infra:level1`. */
function levelOne(): Row[] {
  const script = join(import.meta.dirname, '../kubernetes/run.ts');
  const { stdout, stderr } = spawnSync(process.execPath, [script], { cwd: repository, encoding: 'utf8' });
  process.stderr.write(stderr);
  const missing = /^not run: (.*)$/m.exec(stdout)?.[1];
  if (missing !== undefined) return [{ level: 1, notRun: missing }];
  const lines = [...stdout.matchAll(/^(ok|FAILED) +(\S+)/gm)].map(([, verdict, stack]) => ({
    verdict,
    stack: `${stack}`,
  }));
  const stacks = [...new Set(lines.map(({ stack }) => stack))];
  if (stacks.length === 0) return [{ level: 1, part: 'it said nothing', checks: 0, failed: 0 }];
  return stacks.map((part) => {
    const checks = lines.filter(({ stack }) => stack === part);
    const [, objects] = new RegExp(`${part} +all (\\d+) objects`).exec(stdout) ?? [];
    return {
      level: 1,
      part,
      objects: Number(objects ?? 0),
      checks: checks.length,
      failed: checks.filter(({ verdict }) => verdict === 'FAILED').length,
    };
  });
}

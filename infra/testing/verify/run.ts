import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { exitCode, type Row, table } from './table.ts';

const repository = join(import.meta.dirname, '../../..');

// What needs more than npm. A level that is not there is named, so that nobody takes its silence for success.
const absent: readonly Row[] = [
  { level: 1, notRun: 'nothing here yet starts a Kubernetes API server' },
  { level: 2, notRun: 'nothing here yet starts the engine of Pulumi' },
];

if (import.meta.main) {
  const rows = [...levelZero(), ...absent];
  process.stdout.write(`${table(rows)}\n`);
  process.exitCode = exitCode(rows);
}

type Report = {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
};

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

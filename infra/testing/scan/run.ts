import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { renderAll } from '../render/run.ts';
import { exceptions } from './exceptions.ts';
import { type Found, judged } from './judged.ts';

const HELP = `Renders every stack and lets Checkov look through it: objects of Kubernetes, and what is of Google as a plan of Terraform. What it finds must
be among the exceptions of infra/testing/scan/exceptions.ts, and each of those must still be found.

Usage: npm run infra:scan -- [--checkov PROGRAM]

It needs Checkov (pip install checkov==3.3.13). Exit code: 0 nothing else was found, or not run because it is missing; 1 something was.`;

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: (line: string) => void): Promise<0 | 1> {
  const options = { help: { type: 'boolean' }, checkov: { type: 'string', default: 'checkov' } } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) {
    write(HELP);
    return 0;
  }
  if (spawnSync(values.checkov, ['--version']).status !== 0) {
    write('not run: checkov is missing');
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'heliograph-scan-'));
  try {
    await renderAll(folder, write);
    const { passed, excepted, problems } = judged(scan(values.checkov, folder), exceptions);
    for (const problem of problems) write(problem);
    write(`${excepted} findings are exceptions, of ${Object.keys(exceptions).length} checks`);
    write(`${passed} passed, ${problems.length} failed`);
    return problems.length === 0 && passed > 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** It asks nobody: its own rules alone. */
function scan(checkov: string, folder: string): readonly Found[] {
  const frameworks = ['--framework', 'kubernetes', 'terraform_plan'];
  const args = [...frameworks, '--directory', folder, '--compact', '--quiet', '--output', 'json', '--skip-download'];
  const { stdout, stderr } = spawnSync(checkov, args, { encoding: 'utf8', maxBuffer: 256 << 20 });
  try {
    return [JSON.parse(stdout) as Found | Found[]].flat();
  } catch {
    throw new Error(`Checkov said what is no report: ${(stderr || stdout).slice(-2000)}`);
  }
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tally } from '../kubernetes/tally.ts';
import { onGoogle, stackNames } from '../stacks.ts';
import { exitCode, type Row } from '../verify/table.ts';

/** What was counted of one part. */
export function rowOf(part: string, objects: number, { passed, failed }: Pick<Tally, 'passed' | 'failed'>): Row {
  return { level: 2, part, objects, checks: passed + failed, failed };
}

/** All of level 2, of the stacks on Google Cloud with these, in a process of its own whose progress goes to the terminal: `npm run infra:level2`. */
export function levelTwo(stacks: readonly string[]): Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'infra-level2-'));
  try {
    const file = join(folder, 'rows.json');
    const args = [join(import.meta.dirname, 'run.ts'), '--rows', file, ...stacks.flatMap((name) => ['--stack', name])];
    const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const rows = readRows(file);
    // A run that ended before it said what failed is no success.
    const whole = rows.length > 0 && status === exitCode(rows);
    const left = stackNames.filter((name) => onGoogle(name) && !stacks.includes(name));
    return [
      ...rows,
      ...(whole ? [] : [{ level: 2, part: `it ended with ${status}`, checks: 0, failed: 0 } as const]),
      ...(left.length > 0 ? [{ level: 2, notRun: `${left.join(', ')} not asked for` } as const] : []),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readRows(file: string): Row[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Row[];
  } catch {
    return [];
  }
}

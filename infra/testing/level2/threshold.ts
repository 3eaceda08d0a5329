import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from './pulumi.ts';
import { touched } from './stack.ts';

/** The constant of an alert, in the words of its file, which its panel draws too. */
const FILE = 'alerts/subjects/database.ts';
const BEFORE = 'const MOST_IN_POOL = 0.9;';
const AFTER = 'const MOST_IN_POOL = 0.85;';

/**
 * Another threshold of one alert, in the table of alerts/, from which its files are written anew: a preview of a stack that is there shows one other
 * object of rules, and nothing else; once the dashboards are written anew too, also the one that draws it.
 */
export async function anotherThreshold(project: Project, stack: string): Promise<string[]> {
  const path = join(project.folder, FILE);
  const before = readFileSync(path, 'utf8');
  if (!before.includes(BEFORE)) return [`${FILE} does not have ${BEFORE}`];
  writeFileSync(path, before.replace(BEFORE, AFTER));
  try {
    const rules = writeAnew(project, 'alerts');
    const first = await previewed(project, stack, 1, [/^update .*Rules /]);
    const dashboards = writeAnew(project, 'dashboards');
    const both = await previewed(project, stack, 2, [/^update .*Rules /, /^update .*:ConfigMap grafana-/]);
    const problems = [...first, ...both];
    return problems.length === 0 ? [] : [...problems, ...rules, ...dashboards];
  } finally {
    writeFileSync(path, before);
    for (const folder of ['alerts', 'dashboards']) writeAnew(project, folder);
  }
}

/** The files of a folder as its tables say. Gives those that are others. */
function writeAnew({ folder }: Project, name: string): string[] {
  const script = join(folder, name, 'generate/write.ts');
  return execFileSync(process.execPath, [script], { encoding: 'utf8' }).trim().split('\n');
}

async function previewed(project: Project, stack: string, count: number, wanted: readonly RegExp[]): Promise<string[]> {
  const { steps } = await project.run('preview', { stack });
  const seen = touched({ steps });
  const asWanted = seen.length === count && wanted.every((pattern) => seen.some((step) => pattern.test(step)));
  return asWanted ? [] : [`expected ${count} changes, the preview shows ${seen.length}:`, ...seen.slice(0, 5)];
}

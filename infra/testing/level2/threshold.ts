import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from './pulumi.ts';
import { touched } from './stack.ts';

/** Another threshold of one alert: a preview of a stack that is there shows one other file of rules, and nothing else. */
export async function anotherThreshold(project: Project, stack: string): Promise<string[]> {
  const folder = join(project.folder, 'alerts/generated/managed');
  const file = readdirSync(folder).find((name) => THRESHOLD.test(readFileSync(join(folder, name), 'utf8')));
  if (file === undefined) return ['no alert compares with a number'];
  const before = readFileSync(join(folder, file), 'utf8');
  writeFileSync(join(folder, file), before.replace(THRESHOLD, '$1 12345'));
  const outcome = await project.run('preview', { stack });
  writeFileSync(join(folder, file), before);
  const steps = touched(outcome);
  const [only = ''] = steps;
  const asWanted = steps.length === 1 && /^update .*Rules /.test(only);
  return asWanted ? [] : [`${file} is another, and the preview shows ${steps.length} changes:`, ...steps.slice(0, 5)];
}

const THRESHOLD = /(expr: .* [<>]) [0-9.]+$/m;

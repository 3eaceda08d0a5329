import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { smallRepository } from '../check/testing.ts';

const root = join(import.meta.dirname, '../..');
const CATALOGUE = 'backend/metrics/catalogue.ts';
/** The compiler loads itself first, and the machine may be busy. */
const PATIENCE_MS = 120_000;

/** What the dashboards are made of, without the service that emits what they show. */
const files = Object.fromEntries(
  globSync(['{alerts,dashboards}/**/*.ts', 'backend/calendar/**/*.{ts,json}', CATALOGUE], { cwd: root })
    .filter((path) => !path.endsWith('.test.ts') && !path.startsWith('alerts/testing/'))
    .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);

/** The catalogue without a family: its entry, from its key to its last line. */
function without(key: string): string {
  const text = files[CATALOGUE] ?? '';
  const left = text.replace(new RegExp(`^ {2}${key}: \\{\\n[\\s\\S]*?^ {2}\\},\\n`, 'm'), '');
  if (left === text) throw new Error(`${CATALOGUE} has no ${key}`);
  return left;
}

it('fails where a panel shows a metric that was taken out of the catalogue, and for nothing else', {
  timeout: PATIENCE_MS,
}, async () => {
  const repository = await smallRepository({ ...files, [CATALOGUE]: without('wakeUps') });
  onTestFinished(repository.close);
  const { code, output } = await repository.check('types');
  expect(code).toBe(1);
  const errors = output.split('\n').filter((line) => line.includes('error TS'));
  expect(errors.filter((line) => !line.includes('dashboards/boards/signals.ts'))).toEqual([]);
  expect(errors.join('\n')).toContain('Argument of type \'"wakeUps"\' is not assignable');
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogue } from '../../backend/metrics/catalogue.ts';
import { ruleFiles } from './files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rules-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('the files that are deployed ask for nothing that nobody emits', () => {
  const known = new Set<string>(Object.values(catalogue).map(({ name }) => name));
  const rules = ruleFiles().flatMap(({ groups }) => groups.flatMap((group) => group.rules));
  expect(rules.length).toBeGreaterThan(0);
  for (const { expr } of rules) {
    const series = [...expr.matchAll(/\b([a-z][a-z0-9_]*)(?=[{[])/g)].map(([, name]) => name ?? '');
    expect(
      series.filter((name) => name !== 'up' && !known.has(name)),
      expr,
    ).toEqual([]);
  }
});

it('names every file that is none, and what is wrong with it', () => {
  writeFileSync(join(folder, 'a.json'), '{');
  writeFileSync(
    join(folder, 'b.json'),
    JSON.stringify({ groups: [{ name: 'b', rules: [{ expr: 'up', for: 'soon' }] }] }),
  );
  writeFileSync(
    join(folder, 'c.json'),
    JSON.stringify({ groups: [{ name: 'c', rules: [{ alert: 'C', expr: 'up' }] }] }),
  );
  expect(() => ruleFiles(folder)).toThrow(/a\.json: .*\n {2}b\.json: groups\.0\.rules\.0/);
  rmSync(join(folder, 'a.json'));
  rmSync(join(folder, 'b.json'));
  expect(ruleFiles(folder).map(({ name }) => name)).toEqual(['c']);
});

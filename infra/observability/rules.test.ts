import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ruleFiles } from './rules.ts';

const written = join(import.meta.dirname, '../../alerts/generated/managed');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rules-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('reads every file that alerts/ has written, and gives no two objects one name', () => {
  const names = ruleFiles().map(({ content: { kind, metadata } }) => `${kind} ${metadata.name}`);
  expect(names.length).toBeGreaterThan(10);
  expect(new Set(names).size).toBe(names.length);
});

it('another threshold is one other file', () => {
  cpSync(written, folder, { recursive: true });
  const file = join(folder, 'api.yaml');
  const changed = readFileSync(file, 'utf8').replace('> 0.05', '> 0.06');
  writeFileSync(file, changed);
  const before = ruleFiles();
  const other = ruleFiles(folder).filter(({ content }, index) => {
    return JSON.stringify(content) !== JSON.stringify(before[index]?.content);
  });
  expect(other.map(({ file: name }) => name)).toEqual(['api']);
});

it('names every file that holds no rules, and what is wrong with it', () => {
  const head = { apiVersion: 'monitoring.googleapis.com/v1', kind: 'Rules', metadata: { name: 'x' } };
  const groups = (rules: unknown) => ({ ...head, spec: { groups: [{ name: 'g', rules }] } });
  writeFileSync(join(folder, 'a.yaml'), '{');
  writeFileSync(join(folder, 'b.yaml'), JSON.stringify(groups([{ expr: 'up', for: 'soon' }])));
  writeFileSync(join(folder, 'c.yaml'), JSON.stringify(groups([{ alert: 'C', expr: 'up' }])));
  expect(() => ruleFiles(folder)).toThrow(/a\.yaml: .*\n {2}b\.yaml: spec\.groups\.0\.rules\.0/);
  rmSync(join(folder, 'a.yaml'));
  rmSync(join(folder, 'b.yaml'));
  expect(ruleFiles(folder).map(({ file }) => file)).toEqual(['c']);
});

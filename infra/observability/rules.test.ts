import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { linked, ofDatabase, ofRoles, ruleFiles } from './rules.ts';

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

it('makes addresses of the links of every alert, and changes nothing else', () => {
  const links = { dashboards: 'https://dashboards.example.com', pages: 'https://pages.example.com/main/' };
  for (const file of ruleFiles()) {
    const whole = linked(file, links);
    for (const { alert, annotations } of whole.content.spec.groups.flatMap(({ rules }) => rules)) {
      if (alert === undefined) continue;
      expect(annotations?.['runbook_url']).toBe(`https://pages.example.com/main/runbooks/${alert}.md`);
      expect(annotations?.['dashboard_url']).toMatch(
        /^https:\/\/dashboards[.]example[.]com\/d\/[a-z-]+[?]viewPanel=panel-\d+&from=now-3h&to=now$/,
      );
    }
    const back = JSON.stringify(whole)
      .replaceAll('https://dashboards.example.com', '')
      .replaceAll('https://pages.example.com/main/', '');
    expect(back).toBe(JSON.stringify(file));
  }
});

it('asks for the database by the name of its instance, and changes nothing else', () => {
  const before = ruleFiles();
  const after = before.map((file) => ofDatabase(file, 'heliograph-test-database'));
  expect(JSON.stringify(before)).toContain('cloudsql_googleapis_com:database_up{database_id=~\\".*:{database}\\"}');
  expect(JSON.stringify(after)).not.toContain('{database}');
  expect(JSON.stringify(after)).toBe(JSON.stringify(before).replaceAll('{database}', 'heliograph-test-database'));
});

it('asks whether a role is there only where it is to run', () => {
  const alertsOf = (running: readonly string[]) =>
    ofRoles(ruleFiles(), running).flatMap(({ content }) =>
      content.spec.groups.flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? [])),
    );
  const all = alertsOf(['api', 'pipeline', 'worker']);
  expect(ofRoles(ruleFiles(), ['api', 'pipeline', 'worker'])).toEqual(ruleFiles());
  expect(all.filter((name) => !alertsOf([]).includes(name)).toSorted()).toEqual([
    'ApiDown',
    'PipelineDown',
    'WorkerDown',
  ]);
  expect(all.filter((name) => !alertsOf(['api', 'pipeline']).includes(name))).toEqual(['WorkerDown']);
});

it('makes no object of a file without a rule', () => {
  cpSync(written, folder, { recursive: true });
  const rule = `{ alert: ApiDown, expr: 'absent(max(up{job="heliograph", role=~"api|all"} == 1))' }`;
  const head = readFileSync(join(folder, 'api.yaml'), 'utf8').split('spec:')[0];
  writeFileSync(join(folder, 'api.yaml'), `${head}spec:\n  groups:\n    - name: api\n      rules: [${rule}]\n`);
  expect(ofRoles(ruleFiles(folder), []).map(({ file }) => file)).not.toContain('api');
  expect(ofRoles(ruleFiles(folder), ['api']).map(({ file }) => file)).toContain('api');
});

it('leaves the path of a page where nobody serves it', () => {
  const rules = ruleFiles().flatMap((file) => linked(file, { dashboards: '', pages: '' }));
  expect(rules).toEqual(ruleFiles());
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

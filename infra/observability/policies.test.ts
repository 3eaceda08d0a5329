import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { policies } from './policies.ts';

const written = join(import.meta.dirname, '../../alerts/generated/cloud-monitoring.json');
const database = 'heliograph-production-restored-1';
const stack = { stack: 'heliograph-production', domain: 'signals.example.com', database };
const links = { dashboards: 'https://dashboards.example.com', pages: 'https://pages.example.com/main/' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policies-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('reads what alerts/ has written, each under a name of its own', () => {
  const ids = policies(stack, links).map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['database-down', 'cluster-down', 'certificate-expiring-3-days']));
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z][a-z0-9-]*[a-z0-9]$/);
});

it('asks for the series of one stack alone, by its name or by its domain', () => {
  for (const { id, query } of policies(stack, links)) {
    const selected = query.match(/[a-z_]+:[a-z_]+(\{[^}]*\})?/g) ?? [];
    expect(selected.length, id).toBeGreaterThan(0);
    for (const one of selected) expect(one, id).toMatch(/heliograph-production|signals[.]example[.]com/);
    expect(query, id).not.toMatch(/\{(stack|domain|database)\}/);
  }
});

it('asks of the database for the instance that is written to: not for its replica, a clone of a drill, or the one before', () => {
  const about = policies(stack, links).filter(({ alert }) => /^Database|^DiskUsageHigh/.test(alert));
  const asked = about.flatMap(({ query }) => [...query.matchAll(/cloudsql[^{]*\{database_id=~"([^"]*)"\}/g)]);
  expect(asked.length).toBe(5);
  for (const [, pattern] of asked) {
    const others = [`${database}-drill-0badcafe`, 'heliograph-production-replica-0', 'heliograph-production-database'];
    const isMeant = (name: string) => new RegExp(`^(?:${pattern})$`).test(`acme:${name}`);
    expect([database, ...others].filter(isMeant)).toEqual([database]);
  }
});

it('makes addresses of the links, and leaves the path of a page where nobody serves it', () => {
  const [first] = policies(stack, links);
  expect(first?.dashboard_url).toBe(
    'https://dashboards.example.com/d/heliograph-database?viewPanel=panel-1&from=now-3h&to=now',
  );
  expect(first?.runbook_url).toBe('https://pages.example.com/main/runbooks/DatabaseDown.md');
  const [bare] = policies(stack, { ...links, pages: '' });
  expect(bare?.runbook_url).toBe('runbooks/DatabaseDown.md');
});

it('another threshold is one other policy', () => {
  const file = join(folder, 'changed.json');
  writeFileSync(file, readFileSync(written, 'utf8').replace(/(database_cpu_utilization.*) > 0[.]8/, '$1 > 0.7'));
  const before = policies(stack, links);
  const other = policies(stack, links, file).filter((one, index) => one.query !== before[index]?.query);
  expect(other.map(({ id }) => id)).toEqual(['database-cpu-high']);
});

it('names all that is wrong with the file', () => {
  const file = join(folder, 'wrong.json');
  const [first] = JSON.parse(readFileSync(written, 'utf8')) as object[];
  writeFileSync(
    file,
    JSON.stringify([
      { ...first, for: 45 },
      { ...first, severity: 'loud', filter: 'x' },
    ]),
  );
  expect(() => policies(stack, links, file)).toThrow(/0[.]for .*30.*1[.]severity .*filter/s);
  writeFileSync(file, '[]');
  expect(() => policies(stack, links, file)).toThrow('No alerts for Cloud Monitoring');
});

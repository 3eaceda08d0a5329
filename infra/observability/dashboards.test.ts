import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dashboards, withPages } from './dashboards.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'boards-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const one = { uid: 'start', title: 'Start', panels: [{ type: 'stat' }] };
const write = (name: string, content: unknown) => writeFileSync(join(folder, name), JSON.stringify(content));

it('reads each dashboard as it is, in the order of the files', () => {
  write('start.json', one);
  write('api.json', { ...one, uid: 'api' });
  writeFileSync(join(folder, 'README.md'), 'no dashboard');
  expect(dashboards(folder).map(({ name }) => name)).toEqual(['api', 'start']);
  expect(JSON.parse(dashboards(folder)[1]?.text ?? '')).toEqual(one);
});

it('there are none where nobody has written any', () => {
  expect(dashboards(join(folder, 'nowhere'))).toEqual([]);
});

it('names every file that is no dashboard, and what is wrong with it', () => {
  writeFileSync(join(folder, 'a.json'), '{');
  write('b.json', { ...one, panels: [] });
  write('c.json', { ...one, title: 'x'.repeat(1_000_001) });
  expect(() => dashboards(folder)).toThrow(
    /a\.json: is no JSON\n {2}b\.json: panels .*\n {2}c\.json: has 1000\d+ bytes/,
  );
});

it('tells each of them where the pages are, and changes nothing else', () => {
  for (const given of dashboards()) {
    const { name, text } = withPages(given, 'https://pages.example.com/main/');
    expect(name).toBe(given.name);
    expect(text.split('https://pages.example.com/main').length).toBe(2);
    expect(text.replace('https://pages.example.com/main', '')).toBe(given.text);
    expect(withPages(given, '')).toEqual(given);
  }
});

it('what dashboards/ has written is taken', () => {
  const names = dashboards().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  // The name becomes part of the name of an object of Kubernetes.
  expect(names.filter((name) => !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name))).toEqual([]);
});

import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalogue } from '../metrics/catalogue.ts';
import { variables } from '../settings.ts';
import { run } from './docs.ts';

const OTHERS = { 'other.txt': 'from elsewhere\n' };

let folder: string;
let said: string[];
const say = (line: string): void => void said.push(line);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docs-'));
  said = [];
});
afterEach(() => rm(folder, { recursive: true }));

describe('the generated pages', () => {
  it('are committed as the code says', async () => {
    expect(await run(['--check'], join(import.meta.dirname, '../..'), {}, say), said.join('\n')).toBe(0);
  });

  it('tell of every variable and every metric', async () => {
    await run([], folder, OTHERS, say);
    const settings = await readFile(join(folder, 'docs/settings.md'), 'utf8');
    const metrics = await readFile(join(folder, 'docs/metrics.md'), 'utf8');
    for (const name of Object.keys(variables)) expect(settings).toContain(`\n| \`${name}\` |`);
    for (const { name } of Object.values(catalogue)) expect(metrics).toContain(`\n| \`${name}\` |`);
  });

  it('have rows as wide as their heads', async () => {
    await run([], folder, OTHERS, say);
    for (const name of await readdir(join(folder, 'docs'))) {
      const text = await readFile(join(folder, 'docs', name), 'utf8');
      for (const table of text.matchAll(/(?:^\|.*\n)+/gm)) {
        const widths = table[0]
          .trimEnd()
          .split('\n')
          .map((line) => line.split(/(?<!\\)\|/).length);
        expect(new Set(widths).size, table[0]).toBe(1);
      }
    }
  });
});

describe('the check', () => {
  it('names the page that drifted, and writes nothing', async () => {
    await run([], folder, OTHERS, say);
    const page = join(folder, 'docs/metrics.md');
    await appendFile(page, 'by hand\n');
    said = [];
    expect(await run(['--check'], folder, OTHERS, say)).toBe(1);
    expect(said).toEqual(['docs/metrics.md is not what the code says: npm run docs writes it']);
    expect(await readFile(page, 'utf8')).toContain('by hand');
  });

  it('names the pages that are missing', async () => {
    expect(await run(['--check'], folder, OTHERS, say)).toBe(1);
    expect(said).toHaveLength(3);
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses an argument that it does not know', async () => {
    expect(await run(['--chek'], folder, OTHERS, say)).toBe(2);
    expect(said).toEqual(['An argument is "--chek", expected --check, --help or nothing']);
  });

  it('helps, and writes nothing', async () => {
    expect(await run(['--help'], folder, OTHERS, say)).toBe(0);
    expect(said.join('\n')).toContain('Usage: npm run docs -- [--check]');
    expect(await readdir(folder)).toEqual([]);
  });
});

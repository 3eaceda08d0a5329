import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { variables } from '../../backend/settings.ts';
import type { ProgramRun } from './engine/run.ts';
import { runProgram } from './engine/run.ts';
import { renderRun } from './render/run.ts';
import { runStack } from './stacks.ts';

/** Every secret that a machine of ours may know: those of the service, and those by which an operator is let in. */
const names = [
  ...Object.entries(variables).flatMap(([name, spec]) => ('secret' in spec && spec.secret ? [name] : [])),
  ...['GOOGLE_OAUTH_ACCESS_TOKEN', 'GOOGLE_CREDENTIALS', 'CLOUDSDK_AUTH_ACCESS_TOKEN', 'PULUMI_ACCESS_TOKEN'],
  ...['PULUMI_CONFIG_PASSPHRASE', 'GITHUB_TOKEN', 'NPM_TOKEN', 'PGPASSWORD', 'REDISCLI_AUTH'],
];
const canaries = Object.fromEntries(names.map((name, index) => [name, `canary-${index}-of-${name.toLowerCase()}`]));

const sungIn = (text: string) => Object.values(canaries).filter((canary) => text.includes(canary));
const toldBy = (run: ProgramRun) => JSON.stringify([run.resources, run.outputs, run.messages, run.output]);

let run: ProgramRun;

beforeAll(async () => {
  run = await runStack('production', {}, false, canaries);
}, 600_000);

it('there is a canary for each secret of the service', () => {
  expect(names).toEqual(expect.arrayContaining(['CURSOR_SECRET', 'BACKUP_KEY', 'DATABASE_URL', 'ALPACA_SECRET_KEY']));
  expect(new Set(Object.values(canaries)).size).toBe(names.length);
});

it('no resource, option, output or message has one of them', () => {
  expect(run.exitCode).toBe(0);
  expect(run.resources.length).toBeGreaterThan(300);
  expect(sungIn(toldBy(run))).toEqual([]);
});

it('nor has a file that is rendered for scanners', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heliograph-canaries-'));
  try {
    renderRun('production', run, folder);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(100);
    const found = files.flatMap(({ parentPath, name }) => sungIn(readFileSync(join(parentPath, name), 'utf8')));
    expect(found).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('one that did get in would be found', async () => {
  const leak = await runProgram({
    folder: join(import.meta.dirname, 'engine/fixture'),
    entry: 'every-option.ts',
    project: 'fixture',
    stack: 'test',
    config: { 'fixture:password': String(canaries['PGPASSWORD']) },
    secretKeys: ['fixture:password'],
  });
  expect(sungIn(toldBy(leak))).toEqual([canaries['PGPASSWORD']]);
});

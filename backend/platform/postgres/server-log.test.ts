import { closeSync, mkdtempSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { boundLog, LOG_LIMIT, openLog, tailOf } from './server-log.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heliograph-log-'));
  file = join(folder, 'postgres.log');
});
afterEach(() => rm(folder, { recursive: true }));

it('moves a large log away at a start and keeps a small one', () => {
  writeFileSync(file, 'small\n');
  closeSync(openLog(file));
  expect(readFileSync(file, 'utf8')).toBe('small\n');

  writeFileSync(file, 'x'.repeat(LOG_LIMIT + 1));
  closeSync(openLog(file));
  expect(readFileSync(file, 'utf8')).toBe('');
  expect(readFileSync(`${file}.1`).length).toBe(LOG_LIMIT + 1);
});

it('bounds the log of a writer that has it open', () => {
  const writer = openLog(file);
  writeSync(writer, 'x'.repeat(LOG_LIMIT + 1));
  boundLog(file);
  writeSync(writer, 'after\n');
  closeSync(writer);
  expect(readFileSync(file, 'utf8')).toBe('after\n');
});

it('shows the last lines since a start', () => {
  writeFileSync(file, 'before\none\ntwo\nthree\n');
  expect(tailOf(file, 'before\n'.length, 2)).toBe('two\nthree');
  expect(tailOf(file, 'before\n'.length)).toBe('one\ntwo\nthree');
  expect(tailOf(join(folder, 'missing'), 0)).toBe('');
});

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { archiveSettings, scratchServerProgram } from './server-scripts.ts';

const NAME = '000000010000000000000001';
let folder: string;
let walOut: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scripts-'));
  walOut = join(folder, "it's 100% there");
  mkdirSync(walOut);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the command as PostgreSQL does, with its placeholders filled in; `before` is said to the shell first. */
function archive(content: string, before = ''): { status: number | null; stderr: string } {
  const from = join(folder, 'segment');
  writeFileSync(from, content);
  utimesSync(from, 1_000_000, 1_000_000);
  const filled = archiveSettings(walOut)
    .archive_command.replaceAll('%p', from)
    .replaceAll('%f', NAME)
    .replaceAll('%%', '%');
  return spawnSync('/bin/sh', ['-c', `${before}${filled}`], { encoding: 'utf8' });
}

it('is one line, which PostgreSQL takes from a command line', () => {
  expect(archiveSettings('/wal-out').archive_command).not.toContain('\n');
});

it('goes through the arguments of a container unchanged', () => {
  for (const script of [archiveSettings('/wal-out').archive_command, scratchServerProgram('/scratch')])
    expect(script).not.toMatch(/\$\$|\$\([A-Za-z0-9_.-]+\)/);
});

it('keeps a file with its checksum, and says so again when it is asked again', () => {
  for (const _ of [1, 2]) expect(archive('log')).toMatchObject({ status: 0, stderr: '' });
  expect(readdirSync(walOut).sort()).toEqual([NAME, `${NAME}.sha256`]);
  expect(readFileSync(join(walOut, NAME), 'utf8')).toBe('log');
  expect(readFileSync(join(walOut, `${NAME}.sha256`), 'utf8').trim()).toBe(
    createHash('sha256').update('log').digest('hex'),
  );
});

it('refuses other content under a name that it has', () => {
  archive('log');
  const { status, stderr } = archive('of another server');
  expect(status).toBe(1);
  expect(stderr).toContain(`archive-wal: ${NAME}: is there already, with other content`);
  expect(readFileSync(join(walOut, NAME), 'utf8')).toBe('log');
});

it('where there is no room it fails with 1, which PostgreSQL tries again, and leaves nothing behind', () => {
  const { status, stderr } = archive('x'.repeat(1_000_000), "trap '' XFSZ; ulimit -f 100; ");
  expect(status).toBe(1);
  expect(stderr).toContain('cannot be copied');
  expect(readdirSync(walOut)).toEqual([]);
});

it('takes away what an attempt left that was killed', () => {
  for (const left of ['', '.sum']) writeFileSync(join(walOut, `.draft-${NAME}-1${left}`), 'half');
  expect(archive('log')).toMatchObject({ status: 0, stderr: '' });
  expect(readdirSync(walOut).sort()).toEqual([NAME, `${NAME}.sha256`]);
});

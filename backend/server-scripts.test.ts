import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Archived, describeArchiveContract, runArchiveCommand, SEGMENT } from './server-scripts.contract.ts';
import { archiveSettings, scratchServerProgram } from './server-scripts.ts';

let folder: string;
let walOut: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scripts-'));
  walOut = join(folder, "it's 100% there");
  mkdirSync(walOut);
});
afterEach(() => rmSync(folder, { recursive: true }));

function archive(content: string, before = ''): Archived {
  const from = join(folder, 'segment');
  writeFileSync(from, content);
  utimesSync(from, 1_000_000, 1_000_000);
  return runArchiveCommand(archiveSettings(walOut).archive_command, from, before);
}

it('is one line, which PostgreSQL takes from a command line', () => {
  expect(archiveSettings('/wal-out').archive_command).not.toContain('\n');
});

it('goes through the arguments of a container unchanged', () => {
  for (const script of [archiveSettings('/wal-out').archive_command, scratchServerProgram('/scratch')])
    expect(script).not.toMatch(/\$\$|\$\([A-Za-z0-9_.-]+\)/);
});

describeArchiveContract(archive, () => walOut);

it('where there is no room it fails with 1, which PostgreSQL tries again, and leaves nothing behind', () => {
  const { status, stderr } = archive('x'.repeat(1_000_000), "trap '' XFSZ; ulimit -f 100; ");
  expect(status).toBe(1);
  expect(stderr).toContain('cannot be copied');
  expect(readdirSync(walOut)).toEqual([]);
});

it('takes away what an attempt left that was killed', () => {
  for (const left of ['', '.sum']) writeFileSync(join(walOut, `.draft-${SEGMENT}-1${left}`), 'half');
  expect(archive('log')).toMatchObject({ status: 0, stderr: '' });
  expect(readdirSync(walOut).sort()).toEqual([SEGMENT, `${SEGMENT}.sha256`]);
});

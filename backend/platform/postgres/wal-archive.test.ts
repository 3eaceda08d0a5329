import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { layoutOf } from './folder.ts';
import { makeTestFolder } from './testing-server.ts';
import { prepareWalArchive } from './wal-archive.ts';

const NAME = '000000010000000000000001';
let folder: string;
beforeEach(async () => {
  folder = join(await makeTestFolder(), "it's 100%");
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

/** Runs the command as PostgreSQL does, with its placeholders filled in. */
function archive(content: string): { status: number | null; stderr: string } {
  const { archive_command: command = '' } = prepareWalArchive(layoutOf(folder), null);
  const from = join(folder, 'segment');
  writeFileSync(from, content);
  const filled = command.replaceAll('%p', from).replaceAll('%f', NAME).replaceAll('%%', '%');
  return spawnSync('/bin/sh', ['-c', filled], { encoding: 'utf8' });
}

it('keeps a segment with its checksum, and says so again when it is asked again', () => {
  for (const _ of [1, 2]) expect(archive('log')).toMatchObject({ status: 0, stderr: '' });
  const { walOut } = layoutOf(folder);
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
  expect(stderr).toContain('is there already, with other content');
  expect(readFileSync(join(layoutOf(folder).walOut, NAME), 'utf8')).toBe('log');
});

it('fails with 1, which PostgreSQL tries again, and leaves nothing where it cannot write', () => {
  archive('log');
  const { walOut } = layoutOf(folder);
  rmSync(walOut, { recursive: true });
  const program = join(folder, 'archive-wal.sh');
  const { status } = spawnSync('/bin/sh', [program, join(folder, 'segment'), NAME, walOut]);
  expect(status).toBe(1);
  expect(existsSync(walOut)).toBe(false);
});

import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Archived, describeArchiveContract, runArchiveCommand, SEGMENT } from '../../server-scripts.contract.ts';
import { layoutOf } from './folder.ts';
import { makeTestFolder } from './testing-server.ts';
import { prepareWalArchive } from './wal-archive.ts';

let folder: string;
beforeEach(async () => {
  folder = join(await makeTestFolder(), "it's 100%");
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

function archive(content: string): Archived {
  const { archive_command: command = '' } = prepareWalArchive(layoutOf(folder), null);
  const from = join(folder, 'segment');
  writeFileSync(from, content);
  return runArchiveCommand(command, from);
}

describeArchiveContract(archive, () => layoutOf(folder).walOut);

it('fails with 1, which PostgreSQL tries again, and leaves nothing where it cannot write', () => {
  archive('log');
  const { walOut } = layoutOf(folder);
  rmSync(walOut, { recursive: true });
  const program = join(folder, 'archive-wal.sh');
  const { status } = spawnSync('/bin/sh', [program, join(folder, 'segment'), SEGMENT, walOut]);
  expect(status).toBe(1);
  expect(existsSync(walOut)).toBe(false);
});

import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveProgram, inShell, WAL_SWITCH_SECONDS } from '../../server-scripts.ts';
import type { Account } from './account.ts';
import type { Layout } from './folder.ts';

/**
 * Makes the folder into which the server hands each finished segment of its write-ahead log, and the program that it runs for it.
 * Answers the settings that the server needs.
 */
export function prepareWalArchive({ directory, walOut }: Layout, account: Account): Readonly<Record<string, string>> {
  const program = join(directory, 'archive-wal.sh');
  mkdirSync(walOut, { recursive: true, mode: 0o700 });
  writeFileSync(program, archiveProgram());
  chmodSync(program, 0o755);
  if (account !== null) chownSync(walOut, account.uid, account.gid);
  return {
    archive_mode: 'on',
    archive_command: `/bin/sh ${inShell(program)} "%p" "%f" ${inShell(walOut)}`,
    archive_timeout: String(WAL_SWITCH_SECONDS),
  };
}

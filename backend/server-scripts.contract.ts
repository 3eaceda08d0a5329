import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** A name as PostgreSQL gives it to what it archives. */
export const SEGMENT = '000000010000000000000001';

/** What an attempt to archive ended with. */
export type Archived = { readonly status: number | null; readonly stderr: string };

/** Runs an archive_command on a file as PostgreSQL does, with its placeholders filled in; `before` is said to the shell first. */
export function runArchiveCommand(command: string, from: string, before = ''): Archived {
  const filled = command.replaceAll('%p', from).replaceAll('%f', SEGMENT).replaceAll('%%', '%');
  return spawnSync('/bin/sh', ['-c', `${before}${filled}`], { encoding: 'utf8' });
}

/** What every archive_command does: `archive` hands it a segment with this content, and `walOut` is the folder that it fills. */
export function describeArchiveContract(archive: (content: string) => Archived, walOut: () => string): void {
  const kept = (name: string): string => readFileSync(join(walOut(), name), 'utf8');

  it('keeps a segment with its checksum, and says so again when it is asked again', () => {
    for (const _ of [1, 2]) expect(archive('log')).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(walOut()).sort()).toEqual([SEGMENT, `${SEGMENT}.sha256`]);
    expect(kept(SEGMENT)).toBe('log');
    expect(kept(`${SEGMENT}.sha256`).trim()).toBe(createHash('sha256').update('log').digest('hex'));
  });

  it('refuses other content under a name that it has', () => {
    archive('log');
    const { status, stderr } = archive('of another server');
    expect(status).toBe(1);
    expect(stderr).toContain(`archive-wal: ${SEGMENT}: is there already, with other content`);
    expect(kept(SEGMENT)).toBe('log');
  });
}

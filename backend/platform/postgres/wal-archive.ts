import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './account.ts';
import type { Layout } from './folder.ts';

/** Longest time that a change waits in a segment that is not full yet, seconds. */
const WAL_SWITCH_SECONDS = 60;

/**
 * Makes the folder into which the server hands each finished segment of its write-ahead log, and the program that it runs for it.
 * Answers the settings that the server needs.
 */
export function prepareWalArchive({ directory, walOut }: Layout, account: Account): Readonly<Record<string, string>> {
  const program = join(directory, 'archive-wal.sh');
  mkdirSync(walOut, { recursive: true, mode: 0o700 });
  writeFileSync(program, ARCHIVE_WAL);
  chmodSync(program, 0o755);
  if (account !== null) chownSync(walOut, account.uid, account.gid);
  return {
    archive_mode: 'on',
    archive_command: `/bin/sh ${inShell(program)} "%p" "%f" ${inShell(walOut)}`,
    archive_timeout: String(WAL_SWITCH_SECONDS),
  };
}

/** In the quotes of a shell, and with no percent sign that PostgreSQL would take for its own. */
export function inShell(path: string): string {
  return `'${path.replaceAll("'", `'\\''`).replaceAll('%', '%%')}'`;
}

/**
 * A shell and what every system has beside it: the account of the server may neither enter this repository nor run our Node. PostgreSQL takes
 * 0 for "safe, you may recycle it", 1 to 125 for "try again later"; above that it would restart its archiver, so whatever else comes is a 1.
 */
const ARCHIVE_WAL = `#!/bin/sh
# archive-wal.sh <path of the file> <its name> <folder>: keeps a finished file of the write-ahead log. 0: it is safe. 1: try again.
from=$1 name=$2 folder=$3
to=$folder/$name
draft=$folder/.draft-$name-$$

fail() {
  rm -f "$draft" "$draft.sum"
  echo "archive-wal: $name: $1" >&2
  exit 1
}

if [ -e "$to" ]; then
  # PostgreSQL may ask again for what it had no answer to. Something else of this name is another server's.
  cmp -s "$from" "$to" || fail "is there already, with other content"
  exit 0
fi
cp -p "$from" "$draft" || fail "cannot be copied"
{ sha256sum <"$from" || shasum -a 256 <"$from"; } 2>/dev/null | cut -c 1-64 >"$draft.sum"
[ "$(wc -c <"$draft.sum")" -eq 65 ] || fail "its checksum cannot be computed"
sync "$draft" "$draft.sum" || fail "cannot be written to the disk"
mv -f "$draft.sum" "$to.sha256" || fail "its checksum cannot be named"
# A link, unlike a move, takes the place of nothing.
ln "$draft" "$to" || fail "cannot be named"
rm -f "$draft"
sync "$folder" || { echo "archive-wal: $name: its folder cannot be written to the disk" >&2; exit 1; }
`;

/**
 * What a shell does beside a PostgreSQL server. The account of the server may neither enter this repository nor run our Node, and the image of a
 * server of somebody else has none: a shell and what every system has beside it is all that there is.
 */

/** In the quotes of a shell, and with no percent sign that PostgreSQL would take for its own. */
export function inShell(path: string): string {
  return quoted(path).replaceAll('%', '%%');
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * The archive_command of a server that leaves its write-ahead log in a folder: a file with its name, and beside it `<name>.sha256`. Exit code 0:
 * it is safe. 1: not yet, such as where the folder is full, and the server keeps the file and asks again.
 */
function archiveCommand(walOut: string): string {
  return `from="%p" name="%f" folder=${inShell(walOut)}; ${KEEP.join(' ')}`;
}

/** What such a server is started with. */
export function archiveSettings(
  walOut: string,
): Readonly<Record<'archive_mode' | 'archive_command' | 'archive_timeout', string>> {
  return { archive_mode: 'on', archive_command: archiveCommand(walOut), archive_timeout: String(WAL_SWITCH_SECONDS) };
}

/** Longest time that a change waits in a segment that is not full yet. */
export const WAL_SWITCH_SECONDS = 60;

/** The same as a program: `archive-wal.sh <path of the file> <its name> <folder>`. */
export const archiveProgram = (): string => `#!/bin/sh\nfrom=$1 name=$2 folder=$3\n${KEEP.join('\n')}\n`;

/** PostgreSQL takes 1 to 125 for "try again later"; above that it would restart its archiver, so whatever else comes is a 1. */
const KEEP = [
  // Not by its own number: two dollars in a row would be one in the arguments of a container.
  'to=$folder/$name draft=$folder/.draft-$name-$PPID;',
  'fail() { rm -f "$draft" "$draft.sum"; echo "archive-wal: $name: $1" >&2; exit 1; };',
  // It may ask again for what it had no answer to. Something else of this name is another server's.
  'if [ -e "$to" ]; then cmp -s "$from" "$to" || fail "is there already, with other content"; exit 0; fi;',
  // Of an attempt that was killed; one that still runs then fails, and is not believed.
  'rm -f "$folder/.draft-$name-"*;',
  'cp -p "$from" "$draft" || fail "cannot be copied";',
  '{ sha256sum <"$from" || shasum -a 256 <"$from"; } 2>/dev/null | cut -c 1-64 >"$draft.sum";',
  '[ "$(wc -c <"$draft.sum")" -eq 65 ] || fail "its checksum cannot be computed";',
  'sync "$draft" "$draft.sum" || fail "cannot be written to the disk";',
  'mv -f "$draft.sum" "$to.sha256" || fail "its checksum cannot be named";',
  // A link, unlike a move, takes the place of nothing.
  'ln "$draft" "$to" || fail "cannot be named";',
  'rm -f "$draft";',
  'sync "$folder" || { echo "archive-wal: $name: its folder cannot be written to the disk" >&2; exit 1; }',
] as const;

/** Folder within the one that is shared, for what is asked and answered; nobody but the account of the server can enter it. */
export const SCRATCH_DESK = '.server';
/** What is asked for: an id, the data folder, then settings like `name=value`, a line each. Who asks touches it now and then. */
export const SCRATCH_REQUEST = 'request';
/** After which a request that nobody touches is no request any more, minutes. */
export const SCRATCH_MINUTES = 2;

/**
 * Runs PostgreSQL on whatever folder is asked for in a shared one, for as long as it is asked for: one server at a time, `postgres` of the PATH. What
 * the server says goes to `<id>.log`; `<id>.ended` holds its exit code once it has ended.
 */
export function scratchServerProgram(shared: string): string {
  return `desk=${quoted(shared)}/${SCRATCH_DESK}
request=$desk/${SCRATCH_REQUEST}
server=
mkdir -p "$desk" && chmod 700 "$desk" || exit 1
wanted() { [ -n "$(find "$request" -mmin -${SCRATCH_MINUTES} 2>/dev/null)" ] && [ "$(head -n 1 "$request" 2>/dev/null)" = "$1" ]; }
told() { echo "$2" >"$desk/draft" && mv "$desk/draft" "$desk/$1.ended"; }
end() { [ -z "$server" ] || { kill -INT "$server" 2>/dev/null; wait "$server"; }; }
trap 'end; exit 0' TERM INT
# Its server went with whoever did this before.
if [ -e "$request" ]; then told "$(head -n 1 "$request")" 137; fi
while :; do
  sleep 0.5
  id=$(head -n 1 "$request" 2>/dev/null)
  [ -n "$id" ] && [ ! -e "$desk/$id.ended" ] && wanted "$id" || continue
  rm -f "$desk"/*.log "$desk"/*.ended
  {
    read -r id
    IFS= read -r data
    set --
    while IFS= read -r setting; do set -- "$@" -c "$setting"; done
  } <"$request"
  postgres -D "$data" "$@" >"$desk/$id.log" 2>&1 &
  server=$!
  while wanted "$id" && kill -0 "$server" 2>/dev/null; do sleep 0.2; done
  end
  told "$id" "$?"
  server=
done
`;
}

import { realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Who runs initdb and postgres; null means the user that runs Node. */
export type Account = { readonly uid: number; readonly gid: number } | null;

/** "nobody" on Debian and most others. */
const NOBODY = 65_534;

/** PostgreSQL refuses to run as root, so root hands it to "nobody". Everyone else runs it as themselves. */
export function databaseAccount(): Account {
  return process.geteuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : null;
}

/** May the account pass through every folder down to `path`? Parts that do not exist yet are left out. */
export function canEnter(path: string, account: Account): boolean {
  if (account === null) return true;
  return ancestors(realpathSync(deepestExisting(resolve(path)))).every((folder) => mayPass(folder, account));
}

function mayPass(folder: string, account: NonNullable<Account>): boolean {
  const { uid, gid, mode } = statSync(folder);
  if (uid === account.uid) return (mode & 0o100) !== 0;
  if (gid === account.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

function deepestExisting(path: string): string {
  const parent = dirname(path);
  return parent === path || statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : deepestExisting(parent);
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...ancestors(parent), path];
}

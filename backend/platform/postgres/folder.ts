import { createHash } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { quote, UserError } from '../errors.ts';
import { type Account, canEnter, databaseAccount } from './account.ts';

/** What lies in the data folder. */
export type Layout = {
  readonly directory: string;
  /** PostgreSQL's own data; owned by the account that runs it. */
  readonly cluster: string;
  /** Passwords; readable by the user that runs Node alone. */
  readonly credentials: string;
  /** The port of the last start, preferred at the next one. */
  readonly port: string;
  /** What the server says. */
  readonly log: string;
  /** Where a server that archives leaves its write-ahead log until somebody has taken it to safety. */
  readonly walOut: string;
};

/** Makes the data folder where it is missing, or throws a UserError that says what is wrong with it. */
export function prepareDataFolder(dataDirectory: string, account: Account): Layout {
  const directory = resolve(dataDirectory);
  explained(directory, () => {
    for (const missing of missingFolders(directory)) {
      mkdirSync(missing);
      // Under a strict umask root would make folders that the database's account cannot enter.
      if (account !== null) chmodSync(missing, 0o755);
    }
    if (!statSync(directory).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'EEXIST' });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  });
  if (!canEnter(directory, account)) throw notEnterable(directory, account);
  return layoutOf(directory);
}

export function layoutOf(directory: string): Layout {
  return {
    directory,
    cluster: join(directory, 'cluster'),
    credentials: join(directory, 'credentials.json'),
    port: join(directory, 'port'),
    log: join(directory, 'postgres.log'),
    walOut: join(directory, 'wal-out'),
  };
}

/** Does something in the data folder; what the file system refuses comes back as a UserError that names the folder. */
export function explained<T>(directory: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw folderProblem(directory, error) ?? error;
  }
}

/** What the file system refused, for a person; null when the error is of another kind. */
export function folderProblem(directory: string, error: unknown): UserError | null {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !(code in FOLDER_PROBLEMS)) return null;
  const problem = FOLDER_PROBLEMS[code as keyof typeof FOLDER_PROBLEMS];
  return new UserError(
    'DATABASE_FOLDER',
    `The data folder is ${quote(directory)}, expected a folder that can be written: ${problem} (${code}). Choose another with --data-dir.`,
    { cause: error },
  );
}

/**
 * Where the database lives when nobody says where: inside the repository. Root runs PostgreSQL as "nobody", who cannot enter a
 * clone under a closed home; then it is a place outside that stays the same for this clone, and `reason` tells a person why.
 */
export function defaultDataDirectory(repositoryRoot: string): { directory: string; reason: string | null } {
  const root = resolve(repositoryRoot);
  const inside = join(root, '.heliograph', 'database');
  const account = databaseAccount();
  if (account === null || canEnter(inside, account)) return { directory: inside, reason: null };

  const hash = createHash('sha256').update(root).digest('hex').slice(0, 12);
  return {
    directory: join(outsidePlace(), `heliograph-${hash}`),
    reason: `PostgreSQL does not run as root, and the user it runs as instead (uid ${account.uid}) cannot enter ${quote(root)}.`,
  };
}

// Cleaners of temporary files eat what was not touched for a month, a database's older files too: /var/lib where we can.
function outsidePlace(): string {
  try {
    accessSync('/var/lib', constants.W_OK);
    return '/var/lib';
  } catch {
    return '/var/tmp';
  }
}

function notEnterable(directory: string, account: Account): UserError {
  return new UserError(
    'DATABASE_FOLDER',
    `The data folder is ${quote(directory)}, expected one that uid ${account?.uid} can enter: PostgreSQL does not run as root, so root runs it as that user. Choose another with --data-dir, such as /var/lib/heliograph.`,
  );
}

/** The folders of a path that are not there, the outermost first. One by one: Node's recursive mkdir never comes back from /proc. */
function missingFolders(path: string): string[] {
  const missing: string[] = [];
  for (let folder = path; lstatSync(folder, { throwIfNoEntry: false }) === undefined; folder = dirname(folder))
    missing.unshift(folder);
  return missing;
}

const FOLDER_PROBLEMS = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  EEXIST: 'a file has that name',
  ENOTDIR: 'a part of the path is a file',
  ELOOP: 'its links go in a circle',
  ENAMETOOLONG: 'the path is too long',
  ENOENT: 'nothing can be made there',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
} as const;

/** Makes the data folder where it is missing, or throws a UserError that says what is wrong with it. */
export function ensureDataFolder(directory: string): void {
  prepareDataFolder(directory, databaseAccount());
}

/** Whether a database was ever made in the data folder. */
export function holdsDatabase(directory: string): boolean {
  return existsSync(layoutOf(directory).cluster);
}

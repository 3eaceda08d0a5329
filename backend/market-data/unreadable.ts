import { InvalidInput } from '../platform/errors.ts';

const EXPECTATIONS: Readonly<Record<string, string>> = {
  ENOENT: 'a file that exists',
  ENOTDIR: 'a file that exists',
  EACCES: 'a file that this user may read',
  EPERM: 'a file that this user may read',
  EISDIR: 'a file, not a folder',
  ENAMETOOLONG: 'a path that the file system accepts',
};

/** What a person is told when the file at `path` (named by the flag `what`: "--bars") cannot be opened; other errors are handed back as they are. */
export function unreadable(what: string, path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const expected = EXPECTATIONS[code];
  return expected === undefined ? error : new InvalidInput(what, path, expected);
}

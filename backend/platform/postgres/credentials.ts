import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { quote, UserError } from '../errors.ts';
import type { Layout } from './folder.ts';

/** The passwords of the three roles. */
export type Credentials = z.infer<typeof credentialsSchema>;

const credentialsSchema = z.object({
  superuser: z.string().min(20),
  owner: z.string().min(20),
  application: z.string().min(20),
});

/** Reads the passwords; makes them when there is no database yet that could know others. */
export function loadCredentials(layout: Layout): Credentials {
  if (existsSync(layout.credentials)) return readCredentials(layout.credentials);
  if (existsSync(layout.cluster)) throw unusable(layout.credentials, 'it is missing, and the database exists');

  const credentials = { superuser: newPassword(), owner: newPassword(), application: newPassword() };
  writeDurably(layout.credentials, `${JSON.stringify(credentials, null, 2)}\n`);
  return credentials;
}

function readCredentials(file: string): Credentials {
  try {
    return credentialsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw unusable(file, 'it cannot be read', cause);
  }
}

/** Safe in a URL and in SQL as it is. */
function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

// The database knows these passwords from its first moment, so they are on the disk before it is.
function writeDurably(file: string, text: string): void {
  const draft = `${file}.draft`;
  const descriptor = openSync(draft, 'w', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, file);
}

function unusable(file: string, what: string, cause?: unknown): UserError {
  return new UserError(
    'DATABASE_CREDENTIALS',
    `The passwords of the embedded database are in ${quote(file)}: ${what}. Put the file back, or choose an empty folder with --data-dir.`,
    { cause },
  );
}

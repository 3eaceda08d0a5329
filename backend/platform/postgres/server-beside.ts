import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { UserError } from '../errors.ts';
import type { ServerAccess } from './running.ts';

/** A server that somebody else runs, and where this process finds its files. */
export type ServerBeside = {
  readonly applicationUrl: string;
  /** Of who may begin and end a backup, in the database of the service. */
  readonly adminUrl: string;
  /** Its data folder. */
  readonly files: string;
  /** Where its archive_command leaves the write-ahead log, by the convention of `archiveCommand`. */
  readonly walOut: string;
};

/** The server and its files. Throws a UserError where they are those of another server, or of nobody who runs. */
export async function accessBeside({ applicationUrl, adminUrl, files, walOut }: ServerBeside): Promise<ServerAccess> {
  const found = identityIn(files);
  const asked = await identityAt(adminUrl);
  const { host } = new URL(adminUrl);
  if (found.system !== asked.system)
    throw wrong(
      files,
      `they are of server ${found.system}, and DATABASE_ADMIN_URL leads to ${asked.system} at ${host}`,
    );
  // A copy is of the same server, by its number; but nobody works on it, or somebody who was started at another time.
  if (found.started === null || Math.abs(found.started - asked.started) > START_SECONDS)
    throw wrong(files, `the server at ${host} was started ${iso(asked.started)}, ${theirs(found.started)}`);
  try {
    accessSync(walOut, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      'DATABASE_WAL_OUT',
      `DATABASE_WAL_OUT is "${walOut}", expected the folder where the server leaves its write-ahead log, to be taken from there (${code})`,
      { cause: error },
    );
  }
  return { adminUrl, ownerUrl: adminUrl, applicationUrl, cluster: files, walOut };
}

/** Which server it is, and when it was started, seconds since 1970. */
type Identity = { readonly system: string; readonly started: number };

/** The clock is read twice while a server starts: for its file, and a moment later for whoever asks it. */
const START_SECONDS = 60;

function identityIn(files: string): Omit<Identity, 'started'> & { readonly started: number | null } {
  try {
    // The first field of the file, in the order of bytes of the machine: all that PostgreSQL 18 runs on and we do have the lowest first.
    const system = readFileSync(join(files, 'global/pg_control')).readBigUInt64LE(0).toString();
    return { system, started: startedIn(files) };
  } catch (error) {
    const { message } = error as Error;
    throw wrong(files, message, error);
  }
}

/** The server writes it into the third line. */
function startedIn(files: string): number | null {
  try {
    return Number(readFileSync(join(files, 'postmaster.pid'), 'utf8').split('\n')[2]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function identityAt(adminUrl: string): Promise<Identity> {
  const client = new pg.Client({
    connectionString: adminUrl,
    application_name: 'heliograph-files',
    connectionTimeoutMillis: 10_000,
    statement_timeout: 10_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Identity>(
      `select (select system_identifier::text from pg_control_system()) as system,
              extract(epoch from pg_postmaster_start_time())::float8 as started`,
    );
    if (rows[0] === undefined) throw new Error('a query without a table gave no row');
    return rows[0];
  } finally {
    await client.end();
  }
}

const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString();
const theirs = (started: number | null): string =>
  started === null ? 'and nobody works on them' : `and who works on them ${iso(started)}`;

function wrong(files: string, why: string, cause?: unknown): UserError {
  return new UserError(
    'DATABASE_FILES',
    `DATABASE_FILES is "${files}", expected the data folder of the server that DATABASE_ADMIN_URL leads to: ${why}`,
    { cause },
  );
}

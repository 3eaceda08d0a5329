import { Client, DatabaseError } from 'pg';
import { UserError } from '../errors.ts';
import { SUPERUSER } from './cluster.ts';
import type { Credentials } from './credentials.ts';

/** Owns the database and runs the migrations; not a superuser. */
const OWNER = 'heliograph_owner';
/** What the service works as: it may connect, and has what the migrations grant it. */
const APPLICATION = 'heliograph_app';
const DATABASE = 'heliograph';
/** SQLSTATE of a refused password. */
const INVALID_PASSWORD = '28P01';

/** How each role reaches a database of the server at this port. */
export function urlsOf(port: number, credentials: Credentials, database: string = DATABASE) {
  const url = (role: string, password: string, name: string) =>
    `postgres://${role}:${password}@127.0.0.1:${port}/${name}`;
  return {
    admin: url(SUPERUSER, credentials.superuser, 'postgres'),
    owner: url(OWNER, credentials.owner, database),
    application: url(APPLICATION, credentials.application, database),
  };
}

/** Makes roles and database as they must be, whatever of it is there already: a kill between any two statements is made good. */
export async function ensureRolesAndDatabase(port: number, credentials: Credentials): Promise<void> {
  const client = new Client({ connectionString: urlsOf(port, credentials).admin, connectionTimeoutMillis: 10_000 });
  // A server that goes away between two statements fails the next; without a listener it would end the process.
  client.on('error', () => undefined);
  await connect(client);
  try {
    // A statement that fails is written to the server's log, and these hold passwords.
    await client.query('set log_min_error_statement = panic');
    await ensureRole(client, OWNER, credentials.owner);
    await ensureRole(client, APPLICATION, credentials.application);
    for (const name of ['postgres', 'template1']) await client.query(`revoke all on database ${name} from public`);

    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE} owner ${OWNER}`);
    await restrictDatabase(client, DATABASE);
  } finally {
    await client.end();
  }
}

/** A new database of the owner's, a copy of `template` where one is named. Nobody may be connected to the template. */
export async function createDatabase(client: Client, name: string, template?: string): Promise<void> {
  const copyOf = template === undefined ? '' : ` template ${client.escapeIdentifier(template)}`;
  await client.query(`create database ${client.escapeIdentifier(name)} owner ${OWNER}${copyOf}`);
  await restrictDatabase(client, name);
}

async function connect(client: Client): Promise<void> {
  try {
    await client.connect();
  } catch (cause) {
    if (!(cause instanceof DatabaseError && cause.code === INVALID_PASSWORD)) throw cause;
    throw new UserError(
      'DATABASE_CREDENTIALS',
      'The passwords in credentials.json are not those of the database beside it. Put the right file back, or choose an empty folder with --data-dir.',
      { cause },
    );
  }
}

async function ensureRole(client: Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  const verb = rowCount === 0 ? 'create' : 'alter';
  await client.query(`${verb} role ${role} login nosuperuser password ${client.escapeLiteral(password)}`);
}

// By default everyone may connect to every database and make temporary tables there.
async function restrictDatabase(client: Client, name: string): Promise<void> {
  const database = client.escapeIdentifier(name);
  await client.query(`revoke all on database ${database} from public`);
  await client.query(`grant connect on database ${database} to ${APPLICATION}`);
}

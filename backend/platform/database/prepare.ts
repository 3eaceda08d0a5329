import pg from 'pg';
import { UserError } from '../errors.ts';

export type PrepareOptions = {
  /** The database itself, as a role that may make roles and owns the database or may act as who does. It need not be a superuser. */
  readonly adminUrl: string;
  /** Roles that nobody logs in as: what the migrations make belongs to the one, the service has the rights of the other. */
  readonly roles: { readonly owner: string; readonly application: string };
  /** Users that may act as each. They must exist; whoever made a server made its users. */
  readonly members: { readonly owner: readonly string[]; readonly application: readonly string[] };
};

// Any constant does, as long as whoever prepares a database asks for the same lock, and no migrator does.
const LOCK_KEY = 4_842_002;

/** What was changed, and what is left out because it is not this admin's to give, in words. */
export type Prepared = { readonly done: readonly string[]; readonly withheld: readonly string[] };

/**
 * Makes owner and application role of a database and lets exactly the given users act as them, in one transaction. Users that a cloud makes have no rights of their own, and those that own tables could never be replaced: so none of them owns anything.
 * Throws a UserError that names the users that do not exist, or what the server did not let the admin do.
 */
export async function prepareDatabase(options: PrepareOptions): Promise<Prepared> {
  const client = new pg.Client({ connectionString: options.adminUrl, application_name: 'heliograph-prepare' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
    const done = await prepare(client, options);
    const seeing = await letSee(client, options.roles.application);
    await client.query('commit');
    return { done: [...done, ...seeing.done], withheld: seeing.withheld };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw isRefusal(error) ? refused(error) : error;
  } finally {
    await client.end();
  }
}

async function prepare(client: pg.Client, { roles, members }: PrepareOptions): Promise<readonly string[]> {
  await refuseUnknown(client, [...members.owner, ...members.application]);
  return [
    ...(await ensureRole(client, roles.owner)),
    ...(await ensureRole(client, roles.application)),
    ...(await ownDatabase(client, roles.owner)),
    ...(await restrict(client, roles)),
    ...(await setMembers(client, roles.owner, members.owner)),
    ...(await setMembers(client, roles.application, members.application)),
  ];
}

async function refuseUnknown(client: pg.Client, users: readonly string[]): Promise<void> {
  const names = await column(client, 'select rolname from pg_roles where rolname = any ($1)', [users]);
  const missing = [...new Set(users)].filter((user) => !names.includes(user));
  if (missing.length === 0) return;
  const listed = missing.map((user) => `"${user}"`).join(', ');
  throw new UserError('UNKNOWN_DATABASE_USER', `The server has no user ${listed}, expected one that exists`);
}

async function ensureRole(client: pg.Client, role: string): Promise<string[]> {
  if ((await column(client, 'select rolname from pg_roles where rolname = $1', [role])).length > 0) return [];
  await client.query(`create role ${pg.escapeIdentifier(role)} nologin`);
  return [`made role ${role}`];
}

async function ownDatabase(client: pg.Client, owner: string): Promise<string[]> {
  const asOwner = pg.escapeIdentifier(owner);
  // Who makes a role may give it away, but is not in it; and who gives a database away must be able to act as its new owner.
  const [may] = await column(client, `select pg_has_role($1, 'set')::text`, [owner]);
  if (may !== 'true') await client.query(`grant ${asOwner} to current_user with inherit false, set true`);
  const [before] = await column(
    client,
    'select pg_get_userbyid(datdba) from pg_database where datname = current_database()',
  );
  if (before === owner) return [];
  await client.query(`alter database ${await databaseName(client)} owner to ${asOwner}`);
  return [`gave the database to ${owner}`];
}

/** By default everyone may connect to every database and make temporary tables there. */
async function restrict(client: pg.Client, { owner, application }: PrepareOptions['roles']): Promise<string[]> {
  const [open] = await column(
    client,
    `select (has_database_privilege('public', current_database(), 'connect')
             or has_database_privilege('public', current_database(), 'temporary')
             or not has_database_privilege($1, current_database(), 'connect'))::text`,
    [application],
  );
  if (open !== 'true') return [];
  const name = await databaseName(client);
  const [admin = ''] = await column(client, 'select current_user');
  await client.query(`set local role ${pg.escapeIdentifier(owner)}`);
  await client.query(`revoke all on database ${name} from public`);
  // The admin too: it is to come back, and no longer owns the database.
  const allowed = [application, admin].map((role) => pg.escapeIdentifier(role)).join(', ');
  await client.query(`grant connect on database ${name} to ${allowed}`);
  await client.query('reset role');
  return [`lets nobody connect but ${owner}, ${application} and ${admin}`];
}

/** Lets those act as the role who are listed, and none of the others whom this admin let in before. */
async function setMembers(client: pg.Client, role: string, wanted: readonly string[]): Promise<string[]> {
  const current = await column(
    client,
    `select pg_get_userbyid(member) from pg_auth_members
      where pg_get_userbyid(roleid) = $1 and pg_get_userbyid(grantor) = current_user and pg_get_userbyid(member) <> current_user
        and inherit_option and set_option`,
    [role],
  );
  const added = [...new Set(wanted)].filter((user) => !current.includes(user));
  const gone = current.filter((user) => !wanted.includes(user));
  const name = pg.escapeIdentifier(role);
  for (const user of added)
    await client.query(`grant ${name} to ${pg.escapeIdentifier(user)} with inherit true, set true`);
  for (const user of gone) await client.query(`revoke ${name} from ${pg.escapeIdentifier(user)}`);
  return [
    ...added.map((user) => `lets ${user} act as ${role}`),
    ...gone.map((user) => `no longer lets ${user} act as ${role}`),
  ];
}

/** Of sessions of other users a role sees neither the statement nor since when it runs: whoever is on call could not say who holds a lock. */
async function letSee(client: pg.Client, role: string): Promise<Prepared> {
  const [may] = await column(client, `select pg_has_role($1, 'pg_monitor', 'usage')::text`, [role]);
  if (may === 'true') return { done: [], withheld: [] };
  await client.query('savepoint seeing');
  try {
    await client.query(`grant pg_monitor to ${pg.escapeIdentifier(role)} with inherit true`);
    return { done: [`lets ${role} see what every session does (pg_monitor)`], withheld: [] };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await client.query('rollback to savepoint seeing');
    return {
      done: [],
      withheld: [`${role} does not see what sessions of other users do: pg_monitor is not this admin's to give`],
    };
  }
}

/** The first column of what a query finds, as text. */
async function column(client: pg.Client, sql: string, values: readonly unknown[] = []): Promise<string[]> {
  const { rows } = await client.query<string[]>({ text: sql, values: [...values], rowMode: 'array' });
  return rows.map(([first]) => String(first));
}

async function databaseName(client: pg.Client): Promise<string> {
  const [name = ''] = await column(client, 'select current_database()');
  return pg.escapeIdentifier(name);
}

/** SQLSTATE of what a role may not do. */
const INSUFFICIENT_PRIVILEGE = '42501';

function isRefusal(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && error.code === INSUFFICIENT_PRIVILEGE;
}

function refused(error: pg.DatabaseError): UserError {
  const detail = error.detail === undefined ? '' : ` (${error.detail})`;
  return new UserError(
    'DATABASE_ADMIN_RIGHTS',
    `DATABASE_ADMIN_URL logs in as a role that may not do this, expected one that may make roles and give away the database: ${error.message}${detail}`,
    { cause: error },
  );
}

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareDatabase } from '../platform/database/prepare.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../platform/postgres/index.ts';
import { adminUrl, query } from '../platform/postgres/test-tools.ts';
import { databaseRoles as roles } from '../roles.ts';
import { runCommand } from '../testing/process.ts';

const MIGRATOR = 'hg-migrate@acme.iam';
const API = 'hg-api@acme.iam';

let folder: string;
let server: EmbeddedPostgres;

// A server as a cloud hands it over: an admin that is no superuser and has rights only by the role that it is in, a database of that role's,
// users without any right.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prepare-'));
  await chmod(folder, 0o755);
  server = await startEmbeddedPostgres({ dataDirectory: join(folder, 'data') });
  const superuser = adminUrl(server.dataDirectory, server.port);
  await query(superuser, 'drop database heliograph');
  await query(superuser, `drop role ${roles.owner}, ${roles.application}`);
  await query(superuser, 'create role cloudsuperuser nologin createrole createdb nosuperuser');
  for (const name of [MIGRATOR, API, 'hg-prepare@acme.iam', 'hg-worker@acme.iam'])
    await query(superuser, `create role "${name}" login password 'p' nosuperuser nocreaterole nocreatedb`);
  await query(superuser, 'grant cloudsuperuser to "hg-prepare@acme.iam"');
  await query(superuser, 'grant pg_monitor to cloudsuperuser with admin option');
  await query(superuser, 'create database heliograph owner cloudsuperuser');
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function url(user: string, role?: string): string {
  const options = role === undefined ? '' : `?options=${encodeURIComponent(`-c role=${role}`)}`;
  return `postgres://${encodeURIComponent(user)}:p@127.0.0.1:${server.port}/heliograph${options}`;
}

const admin = () => url('hg-prepare@acme.iam', 'cloudsuperuser');

const prepare = (applicationUsers = `${API},${MIGRATOR}`) =>
  runCommand(['prepare-database'], {
    DATABASE_ADMIN_URL: admin(),
    DATABASE_OWNER_USERS: MIGRATOR,
    DATABASE_APPLICATION_USERS: applicationUsers,
  });

it('makes what the first migration and the service need, as an admin that is no superuser', {
  timeout: 120_000,
}, async () => {
  await expect(query(url(API), 'create table public.mine (id int)')).rejects.toMatchObject({ code: '42501' });

  const first = prepare();
  expect(first).toMatchObject({ status: 0, stderr: '' });
  expect(first.stdout).toContain(`made role ${roles.owner}`);
  expect(first.stdout).toContain(`lets ${API} act as ${roles.application}`);

  const migrated = runCommand(['migrate'], {
    DATABASE_URL: url(MIGRATOR, roles.application),
    DATABASE_OWNER_URL: url(MIGRATOR, roles.owner),
  });
  expect(migrated).toMatchObject({ status: 0 });
  expect(migrated.stdout).toContain('0001_market_data.sql');

  const { rows } = await query(
    url(MIGRATOR),
    `select distinct tableowner from pg_tables where schemaname in ('public', 'pgboss')`,
  );
  expect(rows).toEqual([{ tableowner: roles.owner }]);
  expect((await query(url(API), 'select count(*)::int as n from event_log')).rows).toEqual([{ n: 0 }]);
  // Trusted: who may create in a database may make it, no superuser needed.
  const extension = `select trusted from pg_available_extension_versions where name = 'btree_gist' and installed`;
  expect((await query(url(API), extension)).rows).toEqual([{ trusted: true }]);
  await expect(query(url(API), 'delete from event_log')).rejects.toMatchObject({ code: '42501' });
  await expect(query(url(API), 'create table public.mine (id int)')).rejects.toMatchObject({ code: '42501' });
  await expect(query(url('hg-worker@acme.iam'), 'select')).rejects.toMatchObject({ code: '42501' });
});

it('changes nothing the second time, and takes away what is no longer listed', async () => {
  expect(prepare().stdout).toContain('as they must be already');

  const without = prepare(MIGRATOR);
  expect(without.stdout).toContain(`no longer lets ${API} act as ${roles.application}`);
  await expect(query(url(API), 'select')).rejects.toMatchObject({ code: '42501' });
  expect(prepare().stdout).toContain(`lets ${API} act as ${roles.application}`);
  expect((await query(url(API), 'select 1 as one from event_log limit 1')).rows).toEqual([]);
});

it('lets the service see what sessions of others do where the admin may give that, and says where not', async () => {
  const session = new pg.Client({ connectionString: url(MIGRATOR) });
  await session.connect();
  const own = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
  const seen = async () =>
    (await query(url(API), `select backend_type from pg_stat_activity where pid = ${own.rows[0]?.pid}`)).rows;
  expect(await seen()).toEqual([{ backend_type: 'client backend' }]);

  const superuser = adminUrl(server.dataDirectory, server.port);
  await query(superuser, 'revoke pg_monitor from cloudsuperuser cascade');
  expect(await seen()).toEqual([{ backend_type: null }]);
  const without = prepare();
  expect(without).toMatchObject({ status: 0, stderr: '' });
  expect(without.stdout).toContain(`${roles.application} does not see what sessions of other users do`);

  await query(superuser, 'grant pg_monitor to cloudsuperuser with admin option');
  expect(prepare().stdout).toContain(`lets ${roles.application} see what every session does`);
  expect(await seen()).toEqual([{ backend_type: 'client backend' }]);
  await session.end();
});

it('names the users that do not exist, and leaves nothing of what it began', async () => {
  const { status, stderr } = prepare('hg-nobody@acme.iam,hg-none@acme.iam');
  expect(status).toBe(2);
  expect(stderr).toBe('The server has no user "hg-nobody@acme.iam", "hg-none@acme.iam", expected one that exists\n');

  const others = { owner: 'another_owner', application: 'hg-worker@acme.iam' };
  await expect(
    prepareDatabase({ adminUrl: admin(), roles: others, members: { owner: [], application: [API] } }),
  ).rejects.toMatchObject({ code: 'DATABASE_ADMIN_RIGHTS' });
  const { rows } = await query(url(MIGRATOR), `select from pg_roles where rolname = 'another_owner'`);
  expect(rows).toEqual([]);
});

it('says that an admin may not do it, and which server it could not reach', () => {
  const env = { DATABASE_OWNER_USERS: MIGRATOR, DATABASE_APPLICATION_USERS: API };
  const poor = runCommand(['prepare-database'], {
    ...env,
    DATABASE_ADMIN_URL: url(MIGRATOR),
    DATABASE_APPLICATION_USERS: `${API},hg-worker@acme.iam`,
  });
  expect(poor.status).toBe(2);
  expect(poor.stderr).toContain('DATABASE_ADMIN_URL logs in as a role that may not do this');
  const wrong = runCommand(['prepare-database'], { ...env, DATABASE_ADMIN_URL: url('nobody') });
  expect(wrong.stderr).toContain(`DATABASE_ADMIN_URL leads to 127.0.0.1:${server.port}/heliograph as nobody, expected`);
  expect(runCommand(['prepare-database'], {}).stderr).toContain('DATABASE_ADMIN_URL is missing');
});

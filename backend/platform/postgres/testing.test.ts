import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query } from './test-tools.ts';
import { createTestDatabase, type TestDatabase } from './testing.ts';

let migrations = 0;

async function migrate(ownerUrl: string): Promise<void> {
  migrations += 1;
  await query(ownerUrl, 'create table note (text text); grant select, insert on note to heliograph_app');
}

describe('createTestDatabase', () => {
  let first: TestDatabase;
  let second: TestDatabase;

  beforeAll(async () => {
    [first, second] = await Promise.all([createTestDatabase({ migrate }), createTestDatabase({ migrate })]);
  });
  afterAll(async () => {
    await Promise.all([first.dispose(), second.dispose()]);
  });

  it('gives each caller a migrated database of its own and migrates once', async () => {
    await query(first.applicationUrl, `insert into note values ('mine')`);

    expect((await query(first.applicationUrl, 'select text from note')).rows).toEqual([{ text: 'mine' }]);
    expect((await query(second.applicationUrl, 'select text from note')).rows).toEqual([]);
    expect(migrations).toBe(1);
  });

  it('separates the roles as the real server does', async () => {
    const { rows } = await query(
      first.ownerUrl,
      `select rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls from pg_roles where rolname like 'heliograph%' order by 1`,
    );
    const plain = { rolsuper: false, rolcreatedb: false, rolcreaterole: false, rolbypassrls: false };
    expect(rows).toEqual([
      { rolname: 'heliograph_app', ...plain },
      { rolname: 'heliograph_owner', ...plain },
    ]);
    await expect(query(first.applicationUrl, 'create table mine (x int)')).rejects.toThrow('permission denied');
    await expect(query(first.applicationUrl, 'create temporary table mine (x int)')).rejects.toThrow(
      'permission denied',
    );
  });

  it('shares a named template with other files of tests', async () => {
    const template = `shared-${process.pid}`;
    await using one = await createTestDatabase({ migrate, template });
    await using two = await createTestDatabase({ migrate: () => Promise.reject(new Error('not again')), template });

    expect((await query(one.ownerUrl, 'select text from note')).rows).toEqual([]);
    expect((await query(two.ownerUrl, 'select text from note')).rows).toEqual([]);
  });

  it('leaves nothing behind when a migration fails', async () => {
    let draft = '';
    const broken = (ownerUrl: string) => {
      draft = new URL(ownerUrl).pathname.slice(1);
      return Promise.reject(new Error('migration 7 is broken'));
    };
    await expect(createTestDatabase({ migrate: broken, template: 'broken' })).rejects.toThrow('migration 7 is broken');
    expect(draft).not.toBe('');
    const { rows } = await query(
      first.ownerUrl,
      `select datname from pg_database where datname like '%broken%' or datname = '${draft}'`,
    );
    expect(rows).toEqual([]);
  });

  it('drops a database under open connections', async () => {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.applicationUrl });
    const lost = new Promise((resolve) => client.on('error', resolve));
    await client.connect();

    await database.dispose();

    expect(String(await lost)).toContain('terminat');
    await expect(query(database.ownerUrl, 'select 1')).rejects.toThrow('does not exist');
  });
});

import pg from 'pg';
import { getRollbackPlans } from 'pg-boss';
import packageJson from 'pg-boss/package.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { migrateForTest, openTestStore } from '../../testing/database.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { openPgBossQueue } from './pg-boss.ts';

const KNOWN = packageJson.pgboss.schema;

describe('the tables of the job queue', () => {
  it('are brought from the version before to the one that this program knows, jobs and all', async () => {
    await using store = await openTestStore('upgrade');
    const version = async () => (await store.owner.query('select version from pgboss.version')).rows[0].version;
    await store.owner.query(`select pgboss.create_queue('kept', '{"policy": "standard"}')`);
    await store.owner.query(`insert into pgboss.job (name, data) values ('kept', '{"a": 1}')`);
    const indexes = async () =>
      (await store.owner.query(`select indexname from pg_indexes where schemaname = 'pgboss' order by 1`)).rows;
    const built = await indexes();
    const client = new pg.Client({ connectionString: store.database.ownerUrl });
    await client.connect();
    await client.query(getRollbackPlans('pgboss', KNOWN));
    await client.end();
    expect(await version()).toBe(KNOWN - 1);
    expect(await indexes()).not.toEqual(built);
    const open = () => openPgBossQueue({ url: store.database.applicationUrl, database: store.pool, log: silentLogger });
    await expect(open()).rejects.toThrow('pg-boss database requires migrations');

    await migrateForTest(store.database.ownerUrl);
    expect(await version()).toBe(KNOWN);
    expect(await indexes()).toEqual(built);
    const { rows } = await store.pool.query(`select name, data from pgboss.job`);
    expect(rows).toEqual([{ name: 'kept', data: { a: 1 } }]);
    await (await open()).stop();
  });

  it('of a newer program are left alone, and that is told', async () => {
    await using store = await openTestStore('newer');
    await store.owner.query('update pgboss.version set version = version + 1');
    await expect(migrateForTest(store.database.ownerUrl)).rejects.toMatchObject({
      code: 'DATABASE_NEWER',
      message: expect.stringContaining(`has version ${KNOWN + 1}`),
    });
  });
});

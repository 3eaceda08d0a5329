import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SourceEntity } from '../../market-data/source.entity.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import { isTransient } from './pool.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore('orm');
});
afterAll(() => store.dispose());

const source = (sourceId: string) => ({ sourceId, feed: 'F', provenance: 'LIVE', licence: 'none', timeframe: '1m' });

describe('the object mapper', () => {
  it('works as the service, in UTC, and waits for no lock and no lazy transaction without an end', async () => {
    const em = await store.em();
    const rows = await em.execute<{ name: string; setting: string }[]>(
      `select name, setting from pg_settings where name in ('application_name', 'lock_timeout', 'idle_in_transaction_session_timeout') order by name`,
    );
    expect(rows.map(({ name, setting }) => `${name}=${setting}`)).toEqual([
      'application_name=heliograph-orm',
      'idle_in_transaction_session_timeout=10000',
      'lock_timeout=2000',
    ]);
    expect(await em.execute('select current_user as name')).toEqual([{ name: 'heliograph_app' }]);
  });

  it('says that the database is away when a connection breaks inside a transaction, and loses none of its connections by it', async () => {
    const em = await store.em();
    const writing = (sourceId: string, then: (pid: number) => Promise<unknown>) =>
      em.fork().transactional(async (transaction) => {
        transaction.persist(transaction.create(SourceEntity, source(sourceId)));
        await transaction.flush();
        const [row] = await transaction.execute<{ pid: number }[]>('select pg_backend_pid() as pid');
        await then(row?.pid ?? 0);
        await transaction.execute('select 1');
      });
    const terminate = (pid: number) => store.pool.query('select pg_terminate_backend($1)', [pid]);
    // One more than the mapper has connections.
    for (const name of ['first', 'second', 'third']) {
      const error = await writing(name, terminate).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect(isTransient(error)).toBe(true);
    }
    await writing('kept', async () => undefined);
    const { rows } = await store.pool.query('select source_id from source');
    expect(rows).toEqual([{ source_id: 'kept' }]);
  });

  it('outlives its idle connections', async () => {
    const em = await store.em();
    await em.execute('select 1');
    await store.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'heliograph-orm' and datname = current_database()`,
    );
    await expect
      .poll(() => em.execute('select 1 as one').catch((error: unknown) => (isTransient(error) ? 'away' : error)))
      .toEqual([{ one: 1 }]);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore, type TestStore, testPool } from '../../testing/database.ts';
import { DatabaseProxy } from '../../testing/proxy.ts';
import { withCancellation } from './cancellation.ts';
import { createPool, isConnectionError, isTransient, outlastRestart, type Pool, transaction } from './pool.ts';
import { type ErrorClass, errorClassOf, type QueryType, queryTypeOf } from './timed-client.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore('pool');
  await store.owner.query(
    `create table note (id int primary key, text text check (text <> 'bad')); grant select, insert, update on note to heliograph_app`,
  );
});
afterAll(() => store.dispose());

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );
const backendOf = async (pool: Pool): Promise<number> =>
  (await pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid ?? 0;
// The role of a connection may end its own connections, and no others.
const terminate = (pid: number) => store.pool.query('select pg_terminate_backend($1)', [pid]);

describe('createPool', () => {
  it('reads instants as ms, bigint as number, numeric as the decimal text that was written', async () => {
    const { rows } = await store.pool.query(
      `select '2013-10-01T13:30:00.250Z'::timestamptz as at, 9007199254740991::bigint as big, 167.650::numeric as price, null::timestamptz as never`,
    );
    expect(rows).toEqual([
      { at: Date.parse('2013-10-01T13:30:00.250Z'), big: Number.MAX_SAFE_INTEGER, price: '167.650', never: null },
    ]);
  });

  it('says its name to the server, and gives up a statement, a lock and a lazy transaction in time', async () => {
    const pool = createPool({ ...options(), statementTimeoutMs: 150 });
    const { rows } = await pool.query(
      `select name, setting from pg_settings
        where name in ('application_name', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout') order by name`,
    );
    const slow = await failureOf(pool.query('select pg_sleep(5)'));
    await pool.end();

    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      application_name: 'heliograph-pool',
      idle_in_transaction_session_timeout: '10000',
      lock_timeout: '2000',
      statement_timeout: '150',
    });
    expect(slow).toMatchObject({ code: '57014' });
    // Running the same slow statement again would only make it worse.
    expect(isTransient(slow)).toBe(false);
  });

  it.each([
    ['by itself', <T>(work: () => T): T => work()],
    ['for work that may be cancelled', <T>(work: () => T): T => withCancellation(new AbortController().signal, work)],
  ])('gives up an answer that does not come, and asks over another connection: %s', async (_what, within) => {
    const pool = createPool({ ...options(), size: 1, answerTimeoutMs: 1_000 });
    const before = await backendOf(pool);
    const given = await failureOf(within(() => pool.query('select pg_sleep(10)')));
    expect(isConnectionError(given)).toBe(true);
    const after = await within(() => backendOf(pool));
    expect(after).not.toBe(before);
    await pool.end();
  });

  it('tells of an idle connection that broke, and goes on with a new one', async () => {
    const told: unknown[] = [];
    const pool = createPool({ ...options(), onError: (lost) => told.push(lost) });
    const pid = await backendOf(pool);
    await terminate(pid);
    await expect.poll(() => told.length).toBe(1);

    expect(told).toEqual([
      {
        name: 'error',
        code: '57P01',
        message: 'terminating connection due to administrator command',
      },
    ]);
    expect(await backendOf(pool)).not.toBe(pid);
    await pool.end();
  });
});

describe('isConnectionError', () => {
  it('is true for the loss of a connection in the middle of a statement', async () => {
    const pool = testPool(store.database.applicationUrl, 1);
    const pid = await backendOf(pool);
    const lost = failureOf(pool.query('select pg_sleep(10)'));
    await sleep(50);
    await terminate(pid);
    const error = await lost;
    await pool.end();

    expect(error).toBeInstanceOf(Error);
    expect(isConnectionError(error)).toBe(true);
    expect(isTransient(error)).toBe(true);
  });

  it('is true where nobody listens, and also as the cause of another error', async () => {
    const nowhere = testPool('postgres://somebody:secret@127.0.0.1:1/nothing');
    const refused = await failureOf(nowhere.query('select 1'));
    await nowhere.end();
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
    expect(isConnectionError(refused)).toBe(true);
    expect(isConnectionError(new Error('the statement failed', { cause: refused }))).toBe(true);
  });

  it('is true for a disk that is full, which is over when there is room again', async () => {
    const full = await failureOf(
      store.pool.query(`do $$ begin raise exception 'no space left on device' using errcode = 'disk_full'; end $$`),
    );
    expect(full).toMatchObject({ code: '53100' });
    expect(isTransient(full)).toBe(true);
  });

  it('is false for every answer that a server gives to a statement, and for bugs of ours', async () => {
    const wrongPassword = testPool(Object.assign(new URL(store.database.applicationUrl), { password: 'wrong' }).href);
    const refused = await failureOf(wrongPassword.query('select 1'));
    await wrongPassword.end();
    expect(refused).toMatchObject({ code: '28P01' });

    const statements = [
      'select from nowhere',
      'selekt 1',
      'select 1 / 0',
      'delete from event_log',
      `insert into note values (1, 'bad')`,
    ];
    const errors = await Promise.all(statements.map((sql) => failureOf(store.pool.query(sql))));
    expect(errors.map((error) => (error as { code?: string }).code)).toEqual([
      '42P01',
      '42601',
      '22012',
      '42501',
      '23514',
    ]);
    for (const error of [refused, ...errors, new TypeError('x is not a function'), 'no error at all', null]) {
      expect(isConnectionError(error)).toBe(false);
      expect(isTransient(error)).toBe(false);
    }
  });
});

describe('isTransient', () => {
  it('is true for a lock that did not come in time', async () => {
    const pool = testPool(store.database.applicationUrl);
    await pool.query(`insert into note values (10, 'locked')`);
    const holder = await pool.connect();
    const waiter = await pool.connect();
    await holder.query('begin; update note set text = text where id = 10');
    await waiter.query(`set lock_timeout = '20ms'`);
    const error = await failureOf(waiter.query('update note set text = text where id = 10'));
    await holder.query('rollback');
    for (const connection of [holder, waiter]) connection.release();
    await pool.end();

    expect(error).toMatchObject({ code: '55P03' });
    expect(isTransient(error)).toBe(true);
    expect(isConnectionError(error)).toBe(false);
  });

  it('is true for the loser of a deadlock, who wins when he tries again', async () => {
    await store.pool.query(`insert into note values (20, 'a'), (21, 'b')`);
    const both = Promise.withResolvers<void>();
    let begun = 0;
    const crossing = (first: number, second: number) =>
      transaction(store.pool, async (connection) => {
        await connection.query('update note set text = text where id = $1', [first]);
        begun += 1;
        if (begun === 2) both.resolve();
        await both.promise;
        await connection.query('update note set text = text where id = $1', [second]);
      });
    const [one, other] = await Promise.all([failureOf(crossing(20, 21)), failureOf(crossing(21, 20))]);
    const loser = one ?? other;
    expect([one, other].filter((error) => error !== null)).toHaveLength(1);
    expect(loser).toMatchObject({ code: '40P01' });
    expect(isTransient(loser)).toBe(true);
  });

  it('is true for a transaction that could not be put in a row with another one', async () => {
    await store.pool.query(`insert into note values (30, 'a')`);
    const error = await failureOf(
      transaction(store.pool, async (connection) => {
        await connection.query('set transaction isolation level repeatable read');
        await connection.query('select * from note where id = 30');
        await store.pool.query(`update note set text = 'from outside' where id = 30`);
        await connection.query(`update note set text = 'from inside' where id = 30`);
      }),
    );
    expect(error).toMatchObject({ code: '40001' });
    expect(isTransient(error)).toBe(true);
    const { rows } = await store.pool.query('select text from note where id = 30');
    expect(rows).toEqual([{ text: 'from outside' }]);
  });
});

describe('transaction', () => {
  it('keeps all of the work and gives its result, or nothing of it and its error', async () => {
    const result = await transaction(store.pool, async (connection) => {
      await connection.query(`insert into note values (40, 'a'), (41, 'b')`);
      return 'done';
    });
    expect(result).toBe('done');

    const mistake = new Error('changed my mind');
    const failed = transaction(store.pool, async (connection) => {
      await connection.query(`insert into note values (42, 'c')`);
      throw mistake;
    });
    expect(await failureOf(failed)).toBe(mistake);
    const { rows } = await store.pool.query('select id from note where id between 40 and 42 order by 1');
    expect(rows).toEqual([{ id: 40 }, { id: 41 }]);
  });

  it('gives its connection back clean after a failure, and throws away one that broke', async () => {
    const pool = testPool(store.database.applicationUrl, 1);
    const pid = await backendOf(pool);
    await failureOf(transaction(pool, (connection) => connection.query('select 1 / 0')));
    expect(await backendOf(pool)).toBe(pid);

    const error = await failureOf(
      transaction(pool, async (connection) => {
        await connection.query(`insert into note values (50, 'lost')`);
        await terminate(pid);
        await connection.query('select 1');
      }),
    );
    expect(isConnectionError(error)).toBe(true);
    expect(await backendOf(pool)).not.toBe(pid);
    expect(pool.totalCount).toBe(1);
    expect((await pool.query('select * from note where id = 50')).rows).toEqual([]);
    await pool.end();
  });

  it('survives a connection that breaks while the work does something else', async () => {
    const error = await failureOf(
      transaction(store.pool, async (connection) => {
        const { rows } = await connection.query<{ pid: number }>('select pg_backend_pid() as pid');
        await terminate(rows[0]?.pid ?? 0);
        await sleep(100);
        return 'unaware';
      }),
    );
    expect(isConnectionError(error)).toBe(true);
  });
});

describe('a watched pool', () => {
  it('tells each statement once, by its kind and time, whoever ran it', async () => {
    const done: [QueryType, number][] = [];
    const failed: ErrorClass[] = [];
    const watch = {
      done: (type: QueryType, seconds: number) => done.push([type, seconds]),
      failed: (errorClass: ErrorClass) => failed.push(errorClass),
    };
    const pool = createPool({ ...options(), watch });
    await pool.query('select pg_sleep(0.05)');
    await pool.query({ name: 'named', text: 'select $1::int', values: [1] });
    await transaction(pool, (connection) => connection.query(`insert into note values (60, 'a')`));
    await pool.query(`select ensure_partitions('2020-01-01Z', '2020-01-01Z')`);
    await failureOf(pool.query(`insert into note values (60, 'again')`));
    await failureOf(pool.query('delete from event_log'));
    await pool.end();

    expect(done.map(([type]) => type)).toEqual(['select', 'select', 'transaction', 'insert', 'transaction', 'call']);
    expect(done[0]?.[1]).toBeGreaterThanOrEqual(0.05);
    expect(done[0]?.[1]).toBeLessThan(5);
    expect(failed).toEqual(['constraint', 'permission']);
  });

  it('tells of a connection that could not be made: then no statement fails', async () => {
    const failed: ErrorClass[] = [];
    const watch = { done: () => undefined, failed: (errorClass: ErrorClass) => failed.push(errorClass) };
    await using proxy = await DatabaseProxy.to(store.database.applicationUrl);
    await proxy.cut();
    const pool = createPool({ ...options(), url: proxy.url, watch });
    expect(await failureOf(pool.query('select 1'))).toMatchObject({ code: 'ECONNREFUSED' });
    expect(await failureOf(transaction(pool, async () => undefined))).toMatchObject({ code: 'ECONNREFUSED' });
    await pool.end();
    expect(failed).toEqual(['connection', 'connection']);
  });

  it.each([
    ['select 1', 'select'],
    ['  SELECT append_events($1)', 'call'],
    ['select pg_advisory_xact_lock(1)', 'call'],
    ['with a as (select 1) insert into note select 1', 'insert'],
    ['with a as (select 1) select * from a', 'select'],
    ['update note set text = 1', 'update'],
    ['delete from note', 'delete'],
    ['begin', 'transaction'],
    ['rollback', 'transaction'],
    ['truncate note', 'other'],
    ['', 'other'],
  ] as const)('counts "%s" as %s', (sql, type) => {
    expect(queryTypeOf(sql)).toBe(type);
  });

  it.each([
    ['57014', 'timeout'],
    ['55P03', 'timeout'],
    ['23505', 'constraint'],
    ['40001', 'serialization'],
    ['40P01', 'serialization'],
    ['42501', 'permission'],
    ['57P01', 'connection'],
    ['08006', 'connection'],
    ['25P03', 'connection'],
    ['25P04', 'connection'],
    ['ECONNREFUSED', 'connection'],
    ['EPIPE', 'connection'],
    ['42601', 'other'],
  ] as const)('classes the error code %s as %s', (code, errorClass) => {
    expect(errorClassOf(Object.assign(new Error('failed'), { code }))).toBe(errorClass);
  });
});

function options() {
  return {
    url: store.database.applicationUrl,
    name: 'pool',
    size: 1,
    statementTimeoutMs: 20_000,
    onError: () => undefined,
  };
}

describe('outlastRestart', () => {
  const away = () => Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  /** Fails so often, then answers how often it was asked. */
  const flaky = (failures: number, error: () => Error) => {
    let asked = 0;
    return async () => {
      asked += 1;
      if (asked <= failures) throw error();
      return asked;
    };
  };

  it('repeats the work while the database is away', async () => {
    expect(await outlastRestart(5_000, flaky(2, away))).toBe(3);
  });

  it('gives up when its patience is over, at once where there is none', async () => {
    await expect(outlastRestart(250, flaky(3, away))).rejects.toThrow('ECONNREFUSED');
    await expect(outlastRestart(0, flaky(1, away))).rejects.toThrow('ECONNREFUSED');
  });

  it('throws any other error as it is', async () => {
    await expect(
      outlastRestart(
        5_000,
        flaky(1, () => new Error('no such table')),
      ),
    ).rejects.toThrow('no such table');
  });
});

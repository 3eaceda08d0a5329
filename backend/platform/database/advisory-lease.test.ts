import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../postgres/testing.ts';
import { AdvisoryLease } from './advisory-lease.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ name: 'lease' });
});
afterAll(() => database[Symbol.asyncDispose]());

const never = new AbortController().signal;
const lease = (name: string, onError: (error: unknown) => void = () => {}) =>
  new AdvisoryLease({ url: database.ownerUrl, name, lookMs: 20, onError });

describe('a lease', () => {
  it('is one process’s at a time, and the next one’s when it is given back', async () => {
    let waits = 0;
    const first = await lease('account').acquire(never, () => {});
    const second = lease('account').acquire(never, () => {
      waits += 1;
    });
    await expect.poll(() => waits).toBe(1);
    await sleep(200);
    expect(waits).toBe(1);
    await first.release();
    const held = await second;
    expect(held.lost.aborted).toBe(false);
    await held.release();
  });

  it('of another name is another right', async () => {
    const [one, other] = await Promise.all([lease('a').acquire(never, () => {}), lease('b').acquire(never, () => {})]);
    await one.release();
    await other.release();
  });

  it('is lost when its session ends, and then somebody else has it', async () => {
    const first = await lease('broken').acquire(never, () => {});
    const admin = new pg.Client({ connectionString: database.ownerUrl });
    await admin.connect();
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'heliograph-lease' and datname = current_database()`,
    );
    await admin.end();
    await expect.poll(() => first.lost.aborted).toBe(true);
    const second = await lease('broken').acquire(never, () => {});
    await Promise.all([first.release(), second.release()]);
  });

  it('ends the waiting with the reason of an abort', async () => {
    const first = await lease('busy').acquire(never, () => {});
    const abort = new AbortController();
    const second = lease('busy').acquire(abort.signal, () => abort.abort(new Error('enough')));
    await expect(second).rejects.toThrow('enough');
    await first.release();
  });

  it('waits for a database that is away and says why', async () => {
    const errors: unknown[] = [];
    const abort = new AbortController();
    const away = new AdvisoryLease({
      url: 'postgres://nobody:wrong@127.0.0.1:1/none',
      name: 'away',
      lookMs: 10,
      onError: (error) => {
        errors.push(error);
        if (errors.length === 2) abort.abort(new Error('seen'));
      },
    });
    await expect(away.acquire(abort.signal, () => {})).rejects.toThrow('seen');
  });
});

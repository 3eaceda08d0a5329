import { describe, expect, it } from 'vitest';
import { testPool } from '../../testing/database.ts';
import { DatabaseProxy } from '../../testing/proxy.ts';
import { InProcessWakeUp } from '../wake-up.ts';
import { openStage, POLL_MS } from './stage.fixture.ts';
import { expectChain } from './subscriber.fixture.ts';
import { watched } from './watched.fixture.ts';

const stage = openStage();

describe('while the database is away', () => {
  it('says so, keeps quiet otherwise, and goes on where it was when it is back', async () => {
    await using proxy = await DatabaseProxy.to(stage.store.database.applicationUrl);
    const through = testPool(proxy.url, 2);
    let reads = 0;
    const pool = watched(through, () => {
      reads += 1;
    });
    const wakeUp = new InProcessWakeUp();
    await stage.put(1, 3);
    const subscriber = stage.subscribe({}, { pool, wakeUp });
    await subscriber.untilLive();

    await proxy.cut();
    expect(await subscriber.until((item) => item.kind === 'checkpoint' && !item.live)).toMatchObject({
      cursor: stage.cursorAt(3),
    });
    // Something was written, and said so, just before: there is no use in trying for it without a pause.
    await stage.put(4, 5);
    wakeUp.notify(stage.stream, 5);
    reads = 0;
    const begin = performance.now();
    await subscriber.until((item) => item.kind === 'checkpoint' && !item.live);
    await subscriber.until((item) => item.kind === 'checkpoint' && !item.live);
    expect(reads).toBeLessThanOrEqual((performance.now() - begin) / POLL_MS + 2);

    await proxy.mend();
    await subscriber.untilLive();
    expect(subscriber.seqs).toEqual([1, 2, 3, 4, 5]);
    expectChain(subscriber.items, null);
    subscriber.leave();
    await through.end();
  });

  it('notices a lost connection as well as a lock that is not given', async () => {
    const pool = testPool(stage.store.database.applicationUrl, 2);
    await stage.put(1, 2);
    const subscriber = stage.subscribe({}, { pool });
    await subscriber.untilLive();
    await stage.store.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and usename = current_user`,
    );
    await stage.put(3, 3);
    await subscriber.until((item) => item.kind === 'batch' && item.events.at(-1)?.event.seq === 3);

    const holder = await stage.store.owner.connect();
    await holder.query('begin; lock table event_log in access exclusive mode');
    await subscriber.until((item) => item.kind === 'checkpoint' && !item.live);
    await holder.query('commit');
    holder.release();
    await stage.put(4, 4);
    await subscriber.untilLive();
    expect(subscriber.seqs).toEqual([1, 2, 3, 4]);
    expectChain(subscriber.items, null);
    subscriber.leave();
    await pool.end();
  });

  it('tells of a restore that happened meanwhile before anything new is written', async () => {
    await using proxy = await DatabaseProxy.to(stage.store.database.applicationUrl);
    const pool = testPool(proxy.url, 2);
    await stage.put(1, 6);
    const subscriber = stage.subscribe({}, { pool });
    await subscriber.untilLive();
    await proxy.cut();
    await subscriber.until((item) => item.kind === 'checkpoint' && !item.live);
    await stage.openEpoch('second', 4);
    await proxy.mend();
    const problem = await subscriber.until(({ kind }) => kind === 'problem');
    expect(problem).toMatchObject({ code: 'EPOCH_CHANGED', lastCommonCursor: stage.cursorAt(4, { epoch: 'second' }) });
    subscriber.leave();
    await pool.end();
  });
});

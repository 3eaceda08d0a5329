import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEpochs } from '../log/open-epochs.ts';
import { readEventsAfter, readStreamState } from '../log/read.ts';
import { resolvePosition } from '../log/resolve-position.ts';
import { appendBodies } from '../log/testing.ts';
import { verifyLedger } from '../log/verify.ts';
import { startEmbeddedPostgres } from '../platform/postgres/index.ts';
import { migrateForTest, openTestStore, type TestConnections, testPool } from '../testing/database.ts';
import { runCommand } from '../testing/process.ts';

const newEpoch = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(['new-epoch', ...args], { LOG_LEVEL: 'warn', ...env });

/** With owners and modes, which the server insists on. */
function copy(from: string, to: string): void {
  expect(spawnSync('cp', ['-a', from, to]).status).toBe(0);
}

describe('a data folder that was put back from a cold copy', () => {
  let parent: string;
  let data: string;
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'new-epoch-'));
    // The database does not run as root.
    await chmod(parent, 0o755);
    data = join(parent, 'data');
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  /** What the service does while it runs on the folder. */
  async function onServer<T>(work: (pools: Pick<TestConnections, 'pool' | 'owner'>) => Promise<T>): Promise<T> {
    await using server = await startEmbeddedPostgres({ dataDirectory: data });
    await migrateForTest(server.ownerUrl);
    const [pool, owner] = [testPool(server.applicationUrl), testPool(server.ownerUrl)];
    try {
      return await work({ pool, owner });
    } finally {
      await Promise.all([pool.end(), owner.end()]);
    }
  }

  it('goes on in a new epoch after the last common event, and tells cursors into what was lost so', {
    timeout: 180_000,
  }, async () => {
    await onServer(({ pool }) => appendBodies(pool, 'public', ['1', '2', '3']));
    copy(data, join(parent, 'copy'));
    const lost = await onServer(async ({ pool }) => {
      await appendBodies(pool, 'public', ['4 of before', '5 of before']);
      return (await readStreamState(pool, 'public')).head;
    });
    expect(lost.seq).toBe(5);
    await rm(data, { recursive: true });
    copy(join(parent, 'copy'), data);

    const opened = newEpoch(['--restore', 'copy-of-noon', '--data-dir', data]);
    expect(opened).toMatchObject({ status: 0, stderr: '' });
    expect(opened.stdout).toMatch(new RegExp(`public +goes on after 3, in epoch \\S+ \\(before: ${lost.epoch}\\)`));
    const again = newEpoch(['--restore', 'copy-of-noon', '--data-dir', data]);
    expect(again.stdout).toMatch(/public +was opened before for this restore after 3/);

    await onServer(async ({ pool }) => {
      const { epoch, firstSeq, lastSeq } = await appendBodies(pool, 'public', ['4 of after', '5 of after']);
      expect([firstSeq, lastSeq]).toEqual([4, 5]);
      expect(epoch).not.toBe(lost.epoch);
      const state = await readStreamState(pool, 'public');
      expect(resolvePosition(state, { epoch: lost.epoch, seq: 3 })).toBe(3);
      for (const seq of [4, 5])
        expect(resolvePosition(state, { epoch: lost.epoch, seq })).toMatchObject({
          code: 'EPOCH_CHANGED',
          lastCommonSeq: 3,
        });
      expect(resolvePosition(state, { epoch, seq: 5 })).toBe(5);
      const events = await readEventsAfter(pool, 'public', 0, 10);
      expect(events.map((event) => [event.epoch === epoch, event.body])).toEqual([
        [false, '1'],
        [false, '2'],
        [false, '3'],
        [true, '4 of after'],
        [true, '5 of after'],
      ]);
      expect(await verifyLedger(pool, 'public')).toMatchObject({ epoch, events: 5, fault: null });
    });
  });
});

describe('openEpochs', () => {
  let count = 0;
  const name = () => `epoch-${++count}`;

  it('opens one epoch a restore in every stream, and a cursor of the first still finds its place after two', async () => {
    await using store = await openTestStore('epochs');
    const { owner } = store;
    await appendBodies(owner, 'public', ['1', '2', '3', '4']);
    const { epoch: first } = (await readStreamState(owner, 'public')).head;
    const opened = await openEpochs(owner, 'one', name);
    expect(opened).toMatchObject([
      { stream: 'audit', lastCommonSeq: 0, already: false },
      { stream: 'public', lastCommonSeq: 4, previousEpoch: first, already: false },
    ]);
    expect(await openEpochs(owner, 'one', name)).toEqual(opened.map((one) => ({ ...one, already: true })));
    await appendBodies(owner, 'public', ['5']);
    await openEpochs(owner, 'two', name);
    const state = await readStreamState(owner, 'public');
    expect(state.epochs.map(({ lastCommonSeq }) => lastCommonSeq)).toEqual([0, 4, 5]);
    expect(resolvePosition(state, { epoch: first, seq: 4 })).toBe(4);
    expect(resolvePosition(state, { epoch: first, seq: 5 })).toMatchObject({ code: 'EPOCH_CHANGED', lastCommonSeq: 4 });
  });

  it('is refused while a role is connected, and to whoever does not own the tables', async () => {
    await using store = await openTestStore('epochs_running');
    await store.pool.query('select 1');
    await expect(openEpochs(store.owner, 'one', name)).rejects.toMatchObject({
      code: 'SERVICE_RUNS',
      message: expect.stringContaining('heliograph-test'),
    });
    await expect(openEpochs(store.pool, 'one', name)).rejects.toMatchObject({ code: '42501' });
    expect((await readStreamState(store.pool, 'public')).epochs).toHaveLength(1);
  });
});

describe('npm run new-epoch', () => {
  it.each([
    [[], {}, '--restore <name>'],
    [['--restore', 'a b'], {}, '--restore is "a b", expected 1 to 64 letters'],
    [['--restore', 'x'], { DATABASE_URL: 'postgres://a:b@127.0.0.1:9/c' }, 'DATABASE_OWNER_URL is missing'],
  ])('refuses %j %j', (args, env, message) => {
    const { status, stderr } = newEpoch(args, env);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it('explains itself', () => {
    expect(newEpoch(['--help']).stdout).toContain('after a restore');
  });
});

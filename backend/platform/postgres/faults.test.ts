import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { isConnectionError } from '../database/pool.ts';
import { databaseAccount } from './account.ts';
import { type EmbeddedPostgresOptions, startEmbeddedPostgres } from './index.ts';
import { identityOf } from './process.ts';
import type { LogEvent } from './supervisor.ts';
import { killNow, query, spawnNode, spawnOwner, until } from './test-tools.ts';
import { makeTestFolder } from './testing-server.ts';

/** One cluster with a row in it; each test starts and ends its own server on it. */
let folder: string;

const start = (more: Partial<EmbeddedPostgresOptions> = {}) =>
  startEmbeddedPostgres({ dataDirectory: folder, ...more });
const kept = async (url: string) => (await query(url, 'select count(*)::int as n from kept')).rows[0].n;

beforeAll(async () => {
  folder = await makeTestFolder();
  await using server = await start({ settings: { fsync: 'off' } });
  await query(server.ownerUrl, 'create table kept (x int); insert into kept values (1)');
});
afterAll(() => rm(folder, { recursive: true }));

describe('when the postmaster is killed', () => {
  it('is back on the same port within seconds, though one of its sessions was busy', async () => {
    const events: LogEvent[] = [];
    await using server = await start({ log: (event) => events.push(event) });
    const { port } = server;
    const killed = server.pid();
    const busy = new Client({ connectionString: server.ownerUrl });
    busy.on('error', () => {});
    await busy.connect();
    const lost = busy.query('select count(*) from generate_series(1, 1e12)').catch((error: unknown) => error);

    process.kill(killed, 'SIGKILL');
    const from = performance.now();
    await until(() => server.restarts() === 1);

    expect(performance.now() - from).toBeLessThan(5_000);
    // Not that the statement was cancelled: whoever asked is to ask again.
    expect(await lost).toSatisfy(isConnectionError);
    expect(server.pid()).not.toBe(killed);
    expect(server.port).toBe(port);
    expect(await kept(server.ownerUrl)).toBe(1);
    expect(events.map(({ level }) => level)).toEqual(['warn', 'info']);
    expect(events[0]).toMatchObject({ pid: killed, how: 'SIGKILL' });
  });

  it('survives it again and again, and a stop in the midst of a restart leaves nothing', async () => {
    const server = await start();
    for (const round of [1, 2]) {
      process.kill(server.pid(), 'SIGKILL');
      await until(() => server.restarts() === round);
    }
    process.kill(server.pid(), 'SIGKILL');
    await sleep(60);
    await server.stop();

    expect(existsSync(join(folder, 'cluster', 'postmaster.pid'))).toBe(false);
    await expect(query(server.ownerUrl, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });

  it('gives up after five failures within a minute, and says so', async () => {
    const broken = await makeTestFolder();
    onTestFinished(() => rm(broken, { recursive: true }));
    const failed = Promise.withResolvers<Error>();
    await using server = await start({ dataDirectory: broken, settings: { fsync: 'off' }, onFailed: failed.resolve });
    writeFileSync(join(broken, 'cluster', 'postgresql.conf'), 'no_such_setting = 1\n');

    process.kill(server.pid(), 'SIGKILL');

    const { message } = await failed.promise;
    expect(message).toContain('is not started again');
    expect(message).toContain('unrecognized configuration parameter "no_such_setting"');
    expect(server.restarts()).toBe(0);
  });
});

describe('when the Node that owns it', () => {
  it('is killed, the next start stops the orphan and finds the data', async () => {
    const { child, server } = await spawnOwner(folder);
    await query(server.ownerUrl, 'insert into kept values (2)');
    await killNow(child);
    expect(identityOf(server.pid)).not.toBeNull();

    const events: LogEvent[] = [];
    await using next = await start({ log: (event) => events.push(event) });

    expect(identityOf(server.pid)).toBeNull();
    expect(events[0]?.message).toContain('had lost its owner');
    expect(next.port).toBe(server.port);
    expect(await kept(next.ownerUrl)).toBe(2);
    await query(next.ownerUrl, 'delete from kept where x = 2');
  });

  it('is killed together with the postmaster, the next start finds the data', async () => {
    const { child, server } = await spawnOwner(folder);
    await query(server.ownerUrl, 'insert into kept values (3)');
    process.kill(server.pid, 'SIGSTOP');
    await killNow(child);
    process.kill(server.pid, 'SIGKILL');

    await using next = await start();
    expect(await kept(next.ownerUrl)).toBe(2);
    await query(next.ownerUrl, 'delete from kept where x = 3');
  });

  it('exits without a stop, the server ends with it and the folder is free', async () => {
    const { child, server } = await spawnOwner(folder, 'setTimeout(() => process.exit(3), 100);');
    expect(await once(child, 'exit')).toEqual([3, null]);
    await until(() => identityOf(server.pid) === null, 1_000);

    await using next = await start();
    expect(await kept(next.ownerUrl)).toBe(1);
  });

  it('gets Ctrl-C from the terminal, the server is still there for it', async () => {
    const { child, server, nextLine } = await spawnOwner(
      folder,
      `
      const { query } = await load('./test-tools.ts');
      process.once('SIGINT', async () => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        say(JSON.stringify((await query(server.ownerUrl, 'select x from kept')).rows));
        await server.stop();
        process.exit(0);
      });
      setInterval(() => {}, 1000);
      say('listening');`,
    );
    expect(await nextLine()).toBe('listening');
    const exited = once(child, 'exit');
    process.kill(-(child.pid ?? 0), 'SIGINT');

    expect(await nextLine()).toBe('[{"x":1}]');
    expect(await exited).toEqual([0, null]);
    expect(identityOf(server.pid)).toBeNull();
  });

  it('is killed during initdb, nothing half-made is left or used', async () => {
    const fresh = await makeTestFolder();
    onTestFinished(() => rm(fresh, { recursive: true }));
    const { child, nextLine } = spawnNode(
      `
      const { startEmbeddedPostgres } = await load('./index.ts');
      await startEmbeddedPostgres({ dataDirectory: arg0, onInitdb: say });`,
      fresh,
    );
    for (let step = ''; step !== 'running bootstrap script'; ) step = await nextLine();
    await killNow(child);
    expect(readdirSync(fresh).filter((name) => name.startsWith('initdb-'))).toHaveLength(1);
    expect(existsSync(join(fresh, 'cluster'))).toBe(false);

    await using server = await start({ dataDirectory: fresh, settings: { fsync: 'off' } });

    expect((await query(server.ownerUrl, 'select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(readdirSync(fresh).filter((name) => name.startsWith('initdb-'))).toEqual([]);
  });

  it('loses its initdb, that is told, and the next start makes the database', async () => {
    const fresh = await makeTestFolder();
    onTestFinished(() => rm(fresh, { recursive: true }));
    const onInitdb = (step: string, pid: number) => {
      if (step === 'performing post-bootstrap initialization') process.kill(pid, 'SIGKILL');
    };
    await expect(start({ dataDirectory: fresh, onInitdb })).rejects.toMatchObject({
      code: 'DATABASE_START',
      message: expect.stringMatching(/initdb could not make a database .*performing post-bootstrap initialization/s),
    });
    expect(readdirSync(fresh).filter((name) => /^(initdb-|cluster)/.test(name))).toEqual([]);

    await using server = await start({ dataDirectory: fresh, settings: { fsync: 'off' } });
    expect((await query(server.ownerUrl, 'select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('a second start on the same folder', () => {
  it('is refused with the folder and the pid that has it', async () => {
    const { child } = await spawnOwner(
      folder,
      'process.once("SIGTERM", () => server.stop().then(() => process.exit()));setInterval(() => {}, 1000);',
    );
    await expect(start()).rejects.toMatchObject({
      code: 'DATABASE_IN_USE',
      message: `The data folder "${folder}" is in use by process ${child.pid}: stop it first, or choose another folder with --data-dir.`,
    });
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;

    await using server = await start();
    await expect(start()).rejects.toThrow('in use by this process');
    expect(await kept(server.ownerUrl)).toBe(1);
  });
});

it('starts over a postmaster.pid whose id now belongs to somebody else', async () => {
  const stranger = spawn('sleep', ['60'], { ...databaseAccount() });
  onTestFinished(() => void stranger.kill());
  await once(stranger, 'spawn');
  writeFileSync(join(folder, 'cluster', 'postmaster.pid'), `${stranger.pid}\n${join(folder, 'cluster')}\n`);

  await using server = await start();

  expect(await kept(server.ownerUrl)).toBe(1);
  expect(stranger.exitCode).toBeNull();
});

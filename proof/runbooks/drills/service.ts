import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadCredentials } from '../../../backend/platform/postgres/credentials.ts';
import { layoutOf } from '../../../backend/platform/postgres/folder.ts';
import { urlsOf } from '../../../backend/platform/postgres/roles.ts';
import { freePort } from '../../../backend/testing/ports.ts';
import { redisProgram } from '../../../backend/testing/redis.ts';
import { makeBase } from '../../common/folder.ts';
import { ambient, postmasterOf, processesIn, sendKill } from '../../common/processes.ts';
import { root } from '../../common/repository.ts';
import { Running } from '../../common/running.ts';

/** A service as `npm start` brings it up, with a database of its own and a Redis, on which drills are carried out. */
export type Service = AsyncDisposable & {
  /** What a drill is told of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Resolves when it is well; throws an Error that says how it is not. */
  well(): Promise<void>;
  log(): string;
};

/** A history that training needs, on a busy machine. */
const START_MS = 15 * 60_000;
const RECOVER_MS = 60_000;

type Settings = Readonly<Record<string, string>>;

/** `others` are settings besides, or in place of, those that every drill needs; its folder is there as long as the service. */
export async function startService(others: (folder: string) => Settings): Promise<Service> {
  const program = redisProgram();
  if (program === null) throw new Error('redis-server is missing');
  const base = makeBase();
  const [data, store] = [join(base, 'data'), join(base, 'redis')];
  for (const folder of [data, store]) mkdirSync(folder, { mode: 0o755 });
  const [port, internal, redis] = [await freePort(), await freePort(), await freePort()];
  spawn(program, ['--port', String(redis), '--bind', '127.0.0.1', '--save', '', '--daemonize', 'yes'], { cwd: store });
  // As if it had had this port before: while it is down, the database of another service must not take it for the first free one.
  writeFileSync(join(data, 'port'), `${await freePort()}\n`);
  const settings = {
    ...ambient(),
    PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
    PORT: String(port),
    INTERNAL_PORT: String(internal),
    REDIS_URL: `redis://127.0.0.1:${redis}`,
    ...others(base),
  };
  const args = ['--import', 'tsx', 'backend/main.ts', 'start', '--data-dir', data];
  const process_ = new Running({ args, cwd: root, env: settings, log: join(base, 'service') });
  const pidFile = join(base, 'pid');
  writeFileSync(pidFile, String(process_.pid));
  const service = {
    env: {
      ...settings,
      PUBLIC: `http://127.0.0.1:${port}`,
      INTERNAL: `http://127.0.0.1:${internal}`,
      REDIS_PORT: String(redis),
      DATA_DIR: data,
      PID_FILE: pidFile,
    },
    well: () => decides(internal, RECOVER_MS),
    log: () => `${process_.output().slice(-2_000)}${process_.errors().slice(-2_000)}`,
    [Symbol.asyncDispose]: async () => {
      for (const pid of [Number(readFileSync(pidFile, 'utf8')), postmasterOf(data)]) if (pid) sendKill(pid);
      // Also the Redis, and whatever a drill has left.
      for (let left = processesIn(base); left.length > 0; left = processesIn(base)) {
        for (const pid of left) sendKill(pid);
        await sleep(20);
      }
      await rm(base, { recursive: true, force: true, maxRetries: 10 });
    },
  };
  try {
    await decides(internal, START_MS);
    return { ...service, env: { ...service.env, ...addresses(data) } };
  } catch (error) {
    const said = service.log();
    await service[Symbol.asyncDispose]();
    throw new Error(`the service did not start: ${error instanceof Error ? error.message : String(error)}\n${said}`);
  }
}

/** The way to the embedded database for whoever is not the service. */
function addresses(data: string): Record<string, string> {
  const layout = layoutOf(data);
  const { application, owner } = urlsOf(Number(readFileSync(layout.port, 'utf8')), loadCredentials(layout));
  return { DATABASE_URL: application, DATABASE_OWNER_URL: owner };
}

/** It is well when it is ready and decides about bars: a process that answers and does nothing else is not. */
async function decides(port: number, limitMs: number): Promise<void> {
  let last = 'it did not answer';
  for (const end = performance.now() + limitMs; performance.now() < end; await sleep(300)) {
    try {
      const ready = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(5_000) });
      const figures = await (
        await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(5_000) })
      ).text();
      if (ready.ok && /^signals_withheld_total\{.*\} [1-9]/m.test(figures)) return;
      last = ready.ok ? 'it decides about no bar' : `readiness is ${ready.status}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
  }
  throw new Error(last);
}

import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type JobName, type JobSpec, jobs } from '../../jobs.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import { wallClock } from '../clock.ts';
import { transaction } from '../database/pool.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { JobHandler, JobQueue, JobRun } from './job-queue.ts';
import { openPgBossQueue } from './pg-boss.ts';

let store: TestStore;
let queues: JobQueue[] = [];
let logged: string[] = [];
beforeAll(async () => {
  store = await openTestStore('job_queue');
  await store.owner.query('create table effect (run text)');
  await store.owner.query('grant insert, select on effect to heliograph_app');
});
afterAll(() => store.dispose());
beforeEach(async () => {
  logged = [];
  await store.owner.query('truncate effect');
  await store.owner.query('delete from pgboss.job');
  await store.owner.query('delete from pgboss.schedule');
});
afterEach(async () => {
  await Promise.all(queues.map((queue) => queue.stop()));
  queues = [];
  // Whatever the library does by itself, the service's role may do.
  expect(logged.filter((line) => line.includes('the job queue'))).toEqual([]);
});

/** The queue of a process of its own. */
async function queue(): Promise<JobQueue> {
  const log = createLogger({
    level: 'debug',
    clock: wallClock,
    destination: { write: (line) => void logged.push(line) },
  });
  const opened = await openPgBossQueue({
    url: store.database.applicationUrl,
    database: store.pool,
    log,
    pollSeconds: 0.5,
    watchSeconds: 1,
  });
  queues.push(opened);
  return opened;
}

const NAME: JobName = 'daily-ingestion-xnys';
const spec = (other: Partial<JobSpec> = {}): JobSpec => ({
  ...jobs[NAME],
  timeLimitSeconds: 60,
  retries: { limit: 3, delaySeconds: 1, mostSeconds: 4 },
  ...other,
});
const effects = async (): Promise<string[]> =>
  (await store.pool.query<{ run: string }>('select run from effect order by run')).rows.map(({ run }) => run);
const within = { timeout: 30_000, interval: 50 };

const LIMITED = spec({ timeLimitSeconds: 2 });

const leaveEffect = (run: JobRun, by: string) =>
  transaction(store.pool, async (connection) => {
    await run.fence(connection);
    await connection.query('insert into effect values ($1)', [`${by} ${run.attempt}`]);
  });

/** Works on the same queue in a process of its own, which can be stopped; each run waits until it is told to go on, and then leaves its effect. */
class OtherProcess {
  readonly #child: ChildProcess;
  #output = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
  }

  static async start(): Promise<OtherProcess> {
    const here = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
    const script = `
      const { createPool, transaction } = await import(${here('../database/pool.ts')});
      const { openPgBossQueue } = await import(${here('./pg-boss.ts')});
      const log = { debug() {}, info() {}, warn() {}, error() {} };
      const [url, spec] = process.argv.slice(1);
      const database = createPool({ url, name: 'other', size: 2, statementTimeoutMs: 20_000, onError: () => undefined });
      const queue = await openPgBossQueue({ url, database, log, pollSeconds: 0.5, watchSeconds: 1 });
      await queue.work('${NAME}', JSON.parse(spec), async (run) => {
        console.log('begun', run.attempt);
        await new Promise((resolve) => process.stdin.once('data', resolve));
        const done = transaction(database, async (connection) => {
          await run.fence(connection);
          await connection.query('insert into effect values ($1)', ['other ' + run.attempt]);
        });
        await done.then(() => console.log('done'), (error) => console.log(String(error)));
      });
      console.log('ready');`;
    const child = spawn(
      process.execPath,
      ['--input-type=module', '--eval', script, store.database.applicationUrl, JSON.stringify(LIMITED)],
      { stdio: 'pipe' },
    );
    const other = new OtherProcess(child);
    await other.says('ready');
    return other;
  }

  says(text: string): Promise<void> {
    return expect.poll(() => this.#output, within).toContain(text);
  }

  goOn(): void {
    this.#child.stdin?.write('go on\n');
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL');
  }
}

describe('an occurrence', () => {
  it('runs once, though several processes work and several add it', async () => {
    const runs: string[] = [];
    const handler: JobHandler = async ({ data }) => {
      runs.push(data['day'] ?? '');
      await sleep(20);
    };
    const all = [await queue(), await queue()];
    for (const one of all) await one.work(NAME, spec(), handler);
    const days = Array.from({ length: 8 }, (_, index) => `day ${index}`);
    await Promise.all(all.flatMap((one) => days.map((day) => one.add(NAME, day, { day }))));
    await expect.poll(() => [...runs].sort(), within).toEqual(days);

    // Done, it is not begun again by whoever adds it late.
    await all[1]?.add(NAME, 'day 3', { day: 'day 3' });
    await sleep(1_200);
    expect(runs).toHaveLength(8);
  });

  it('that fails is tried again, later each time, and given up after its last try', async () => {
    const tries: { attempt: number; at: number }[] = [];
    const worker = await queue();
    await worker.work(NAME, spec({ retries: { limit: 2, delaySeconds: 1, mostSeconds: 4 } }), async ({ attempt }) => {
      tries.push({ attempt, at: performance.now() });
      throw new Error('not yet');
    });
    await worker.add(NAME, 'fails', {});
    const state = async () => (await store.pool.query('select state from pgboss.job')).rows[0]?.state;
    await expect.poll(state, within).toBe('failed');
    expect(tries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    const [first = 0, second = 0, third = 0] = tries.map(({ at }) => at);
    expect(second - first).toBeGreaterThan(900);
    expect(third - second).toBeGreaterThan(1_900);
  });

  it('whose process was killed is run again by another', async () => {
    await using other = await OtherProcess.start();
    const living = await queue();
    await living.add(NAME, 'crash', {});
    await other.says('begun 1');
    other.kill('SIGKILL');
    const attempts: number[] = [];
    await living.work(NAME, LIMITED, async ({ attempt }) => void attempts.push(attempt));
    await expect.poll(() => attempts, within).toEqual([2]);
  });

  it('lets no effect through of an attempt that was given up', async () => {
    await using other = await OtherProcess.start();
    const living = await queue();
    await living.add(NAME, 'paused', {});
    await other.says('begun 1');
    other.kill('SIGSTOP');
    await living.work(NAME, LIMITED, (run) => leaveEffect(run, 'living'));
    await expect.poll(effects, within).toEqual(['living 2']);

    other.kill('SIGCONT');
    other.goOn();
    await other.says('LostJob: attempt 1 at daily-ingestion-xnys');
    expect(await effects()).toEqual(['living 2']);
  });

  it('is not given up while its effect is being committed', async () => {
    const worker = await queue();
    const attempts: number[] = [];
    await worker.work(NAME, spec({ timeLimitSeconds: 1 }), async (run) => {
      attempts.push(run.attempt);
      if (run.attempt > 1) return;
      await transaction(store.pool, async (connection) => {
        await run.fence(connection);
        await sleep(3_000);
        await connection.query(`insert into effect values ('whole')`);
      });
    });
    await worker.add(NAME, 'commits', {});
    await expect.poll(effects, within).toEqual(['whole']);
    await expect.poll(() => attempts, within).toEqual([1, 2]);
  });
});

describe('a queue', () => {
  it('hands back what runs when its process stops, and does not wait for it', async () => {
    const [leaving, staying] = [await queue(), await queue()];
    const begun = Promise.withResolvers<void>();
    await leaving.work(NAME, spec(), async ({ signal }) => {
      begun.resolve();
      await sleep(60_000, undefined, { signal });
    });
    await leaving.add(NAME, 'stops', {});
    await begun.promise;
    const begin = performance.now();
    await leaving.stop();
    expect(performance.now() - begin).toBeLessThan(8_000);

    const attempts: number[] = [];
    await staying.work(NAME, spec(), async ({ attempt }) => void attempts.push(attempt));
    await expect.poll(() => attempts, within).toEqual([2]);
  });

  it('tells how much is due, since when, and when it was last done', async () => {
    const worker = await queue();
    const idle = { queue: NAME, depth: 0, oldestSeconds: 0, lastSuccess: null };
    const open = Promise.withResolvers<void>();
    await worker.work(NAME, spec(), () => open.promise);
    expect(await worker.states()).toEqual([idle]);

    for (const slot of ['a', 'b', 'c']) await worker.add(NAME, slot, {});
    await expect.poll(async () => (await worker.states())[0]?.depth, within).toBe(2);
    await expect.poll(async () => (await worker.states())[0]?.oldestSeconds, within).toBeGreaterThan(0);
    const before = Date.now();
    open.resolve();
    await expect.poll(async () => (await worker.states())[0]?.depth, within).toBe(0);
    const [state] = await worker.states();
    expect(state?.lastSuccess).toBeGreaterThan(before - 5_000);
  });

  it('makes occurrences by the cron of a job', async () => {
    const worker = await queue();
    const runs: number[] = [];
    await worker.work('partitions', { ...jobs.partitions, trigger: { cron: '* * * * *' } }, async () => {
      runs.push(Date.now());
    });
    await expect.poll(() => runs.length, { timeout: 80_000, interval: 200 }).toBeGreaterThan(0);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../metrics/registry.ts';
import { RedisServer } from '../platform/cache/redis.ts';
import { silentLogger } from '../platform/telemetry/logger.ts';
import { describeWithRedis } from '../testing/describe-with-redis.ts';
import { DeafeningProxy, TestRedis } from '../testing/redis.ts';
import { wakeUpContract } from './wake-up.contract.ts';
import { RedisWakeUp } from './wake-up-redis.ts';

const within = { timeout: 10_000, interval: 10 };
const LONG_MS = 30_000;
const never = (): AbortSignal => new AbortController().signal;

type Process = {
  readonly wakeUp: RedisWakeUp;
  readonly server: RedisServer;
  readonly metrics: Metrics;
  [Symbol.dispose](): void;
};

/** What one process has. */
function processOf(url: string, { listens = true, proveMs = 100 } = {}): Process {
  const metrics = createMetrics();
  const server = new RedisServer({ url, prefix: 'test:', log: silentLogger, metrics, random: () => 0.5, proveMs });
  const wakeUp = new RedisWakeUp({ server, metrics, id: crypto.randomUUID(), listens, hearMs: 200 });
  server.open();
  wakeUp.open();
  return { wakeUp, server, metrics, [Symbol.dispose]: () => server.close() };
}

async function up(...processes: readonly Process[]): Promise<void> {
  for (const { server } of processes) await expect.poll(() => server.state().isUp, within).toBe(true);
}

async function counted({ metrics }: Process, series: string): Promise<number> {
  const line = (await metrics.render()).split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.split(' ').at(-1));
}

/** Whether the second hears of the first, well before it would look by itself. */
async function reaches(from: Process, to: Process, seq: number): Promise<boolean> {
  const waiting = to.wakeUp.wait('public', seq - 1, LONG_MS, AbortSignal.timeout(5_000));
  from.wakeUp.notify('public', seq);
  const begin = performance.now();
  await waiting;
  return performance.now() - begin < 4_000;
}

describeWithRedis('wake-ups over Redis', () => {
  wakeUpContract('RedisWakeUp', async () => {
    const redis = await TestRedis.start();
    const process = processOf(redis.url);
    await up(process);
    return {
      wakeUp: process.wakeUp,
      async [Symbol.asyncDispose]() {
        process.server.close();
        await redis[Symbol.asyncDispose]();
      },
    };
  });

  it('wake who waits in another process, both ways, and those of another installation not', async () => {
    await using redis = await TestRedis.start();
    using one = processOf(redis.url);
    using other = processOf(redis.url);
    using pipeline = processOf(redis.url, { listens: false });
    await up(one, other, pipeline);
    expect(await reaches(one, other, 5)).toBe(true);
    expect(await reaches(other, one, 6)).toBe(true);
    expect(await reaches(pipeline, one, 7)).toBe(true);
    await redis.command('PUBLISH', 'elsewhere:wake-ups', '99 public');
    await redis.command('PUBLISH', 'test:wake-ups', 'ninety-nine public');
    expect(await reaches(pipeline, one, 8)).toBe(true);
  });

  it('are one message a turn of the event loop, however much was announced', async () => {
    await using redis = await TestRedis.start();
    using pipeline = processOf(redis.url, { listens: false });
    using api = processOf(redis.url);
    await up(pipeline, api);
    const heard = Promise.all(
      ['public', 'bars us', 'bars 24x7'].map((stream) => api.wakeUp.wait(stream, 999, LONG_MS, never())),
    );
    for (let seq = 1; seq <= 1_000; seq += 1)
      for (const stream of ['public', 'bars us', 'bars 24x7']) pipeline.wakeUp.notify(stream, seq);
    await heard;
    expect(await counted(pipeline, 'wake_up_messages_total{result="sent"}')).toBe(1);
    expect(await counted(api, 'wake_up_messages_total{result="heard"}')).toBe(1);
  });

  it('reach a process that came later, and everybody again after the server was killed', async () => {
    await using redis = await TestRedis.start();
    using pipeline = processOf(redis.url, { listens: false });
    await up(pipeline);
    pipeline.wakeUp.notify('public', 5);
    using api = processOf(redis.url);
    await up(api);
    expect(await reaches(pipeline, api, 6)).toBe(true);

    await redis.kill();
    await expect.poll(() => api.server.state().isUp, within).toBe(false);
    pipeline.wakeUp.notify('public', 7);
    // Nobody hears of it, and nobody waits for longer than it wanted to.
    await api.wakeUp.wait('public', 6, 20, never());
    await redis.start();
    await up(pipeline, api);
    expect(await reaches(pipeline, api, 8)).toBe(true);
  });

  it('tell again what was announced while the server was away', async () => {
    await using redis = await TestRedis.start();
    using pipeline = processOf(redis.url, { listens: false });
    using api = processOf(redis.url);
    await up(pipeline, api);
    await redis.kill();
    await expect.poll(() => pipeline.server.state().isUp, within).toBe(false);
    const waiting = api.wakeUp.wait('public', 4, LONG_MS, AbortSignal.timeout(8_000));
    pipeline.wakeUp.notify('public', 5);
    await redis.start();
    const begin = performance.now();
    await waiting;
    expect(performance.now() - begin).toBeLessThan(8_000);
  });

  it('hold nothing back while the server stands still: one message waits, and it is the newest', async () => {
    await using redis = await TestRedis.start();
    using pipeline = processOf(redis.url, { listens: false, proveMs: 60_000 });
    await up(pipeline);
    redis.pause();
    for (let seq = 1; seq <= 50; seq += 1) {
      pipeline.wakeUp.notify('public', seq);
      await sleep(10);
    }
    await expect.poll(() => counted(pipeline, 'wake_up_messages_total{result="lost"}'), within).toBeGreaterThan(0);
    // The first one waited for its time; after it the connection counts as lost, and nothing is sent into it.
    expect(await counted(pipeline, 'redis_errors_total{reason="timeout"}')).toBe(1);
    redis.resume();
  });

  it('are heard again after somebody killed the connections of all subscribers', async () => {
    await using redis = await TestRedis.start();
    using pipeline = processOf(redis.url, { listens: false });
    using api = processOf(redis.url);
    await up(pipeline, api);
    await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expect.poll(() => counted(api, 'redis_reconnects_total{connection="subscriber"}'), within).toBe(1);
    await up(api);
    expect(await reaches(pipeline, api, 5)).toBe(true);
  });

  it('do not need what the server keeps', async () => {
    await using redis = await TestRedis.start();
    using pipeline = processOf(redis.url, { listens: false });
    using api = processOf(redis.url);
    await up(pipeline, api);
    await redis.command('FLUSHALL');
    expect(await reaches(pipeline, api, 5)).toBe(true);
    // Full is for values; numbers that nobody keeps still pass.
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    await expect.poll(() => api.server.state().reason, within).toMatch(/^OOM /);
    expect(await reaches(pipeline, api, 6)).toBe(true);
  });

  it('do not count as working on a connection that is subscribed and deaf, and leave it for another one', async () => {
    await using redis = await TestRedis.start();
    await using proxy = await DeafeningProxy.to(redis);
    proxy.deafens = true;
    using api = processOf(proxy.url);
    await expect.poll(() => counted(api, 'wake_up_deaf_total'), within).toBeGreaterThanOrEqual(2);
    expect(api.server.state().isUp).toBe(false);
    expect(await counted(api, 'redis_up{connection="subscriber"}')).toBe(0);

    proxy.deafens = false;
    await up(api);
    using pipeline = processOf(redis.url, { listens: false });
    await up(pipeline);
    expect(await reaches(pipeline, api, 5)).toBe(true);
  });

  it('notice a connection that becomes deaf later', async () => {
    await using redis = await TestRedis.start();
    await using proxy = await DeafeningProxy.to(redis);
    using api = processOf(proxy.url);
    await up(api);
    proxy.deafens = true;
    await expect
      .poll(() => api.server.state(), within)
      .toEqual({ isUp: false, reason: 'it did not hear what this process announced' });
    proxy.deafens = false;
    await up(api);
  });
});

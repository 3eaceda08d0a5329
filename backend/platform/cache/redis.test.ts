import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createMetrics } from '../../metrics/registry.ts';
import { describeWithRedis } from '../../testing/describe-with-redis.ts';
import { TestRedis } from '../../testing/redis.ts';
import type { Logger } from '../telemetry/logger.ts';
import { cacheContract } from './cache.contract.ts';
import { RedisServer } from './redis.ts';
import { RedisCache } from './redis-cache.ts';

const within = { timeout: 10_000, interval: 10 };

type Line = { readonly level: string; readonly message: string; readonly [field: string]: unknown };

/** A server's client, with what it says. */
function clientOf(url: string, proveMs = 50) {
  const lines: Line[] = [];
  const say = (level: string) => (message: string, fields?: object) => void lines.push({ level, message, ...fields });
  const log: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  const metrics = createMetrics();
  const server = new RedisServer({ url, prefix: 'test:', log, metrics, random: () => 0.5, proveMs });
  server.open();
  return { server, metrics, lines, cache: new RedisCache(server, 'test'), [Symbol.dispose]: () => server.close() };
}

async function up({ server }: { readonly server: RedisServer }): Promise<void> {
  await expect.poll(() => server.state().isUp, within).toBe(true);
}

describeWithRedis('a cache in Redis', () => {
  cacheContract('RedisCache', async () => {
    const redis = await TestRedis.start();
    const client = clientOf(redis.url);
    await up(client);
    return {
      cache: client.cache,
      async [Symbol.asyncDispose]() {
        client.server.close();
        await redis[Symbol.asyncDispose]();
      },
    };
  });

  it('is shared by processes of one build, and not by two builds', async () => {
    await using redis = await TestRedis.start();
    using one = clientOf(redis.url);
    using other = clientOf(redis.url);
    await Promise.all([up(one), up(other)]);
    await one.cache.set('a', 'x', 60_000);
    expect(await other.cache.get('a')).toBe('x');
    expect(await new RedisCache(other.server, 'another').get('a')).toBeNull();
  });

  it('is empty while the server is away, and works when it is back; the log has one line for each', async () => {
    await using redis = await TestRedis.start();
    using client = clientOf(redis.url);
    await up(client);
    expect(client.lines).toEqual([]);
    await redis.kill();
    await expect.poll(() => client.server.state().isUp, within).toBe(false);
    await client.cache.set('a', 'x', 60_000);
    expect(await client.cache.get('a')).toBeNull();
    await sleep(300);

    await redis.start();
    await up(client);
    await client.cache.set('a', 'x', 60_000);
    expect(await client.cache.get('a')).toBe('x');
    expect(client.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'warn: Redis does not work: readers look for events at intervals, and nothing is shared',
      'info: Redis is back',
    ]);
    const page = await client.metrics.render();
    expect(page).toContain('redis_up{connection="commands"} 1\n');
    expect(page).toMatch(/^redis_reconnects_total\{connection="commands"\} [1-9]/m);
  });

  it('gives up what a server that stands still does not answer, and asks it nothing more until it does', async () => {
    await using redis = await TestRedis.start();
    using client = clientOf(redis.url, 60_000);
    await up(client);
    redis.pause();
    const asked = Array.from({ length: 20 }, () => client.cache.get('a'));
    expect(await Promise.all(asked)).toEqual(asked.map(() => null));
    expect(await client.cache.get('a')).toBeNull();
    expect(client.server.state()).toEqual({ isUp: false, reason: 'no answer within 150 ms' });
    // The last one was not sent any more.
    expect(await client.metrics.render()).toContain('redis_errors_total{reason="timeout"} 20\n');
    redis.resume();
    await up(client);
  });

  it('does not take its own pause for one of the server', async () => {
    await using redis = await TestRedis.start();
    using client = clientOf(redis.url, 60_000);
    await up(client);
    const answer = client.cache.set('a', 'x', 60_000);
    for (const end = performance.now() + 400; performance.now() < end; );
    await answer;
    expect(await client.cache.get('a')).toBe('x');
    expect(client.lines).toEqual([]);
  });

  it('says so when the server is full, and goes on', async () => {
    await using redis = await TestRedis.start();
    using client = clientOf(redis.url);
    await up(client);
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    await expect.poll(() => client.server.state().reason, within).toMatch(/^OOM /);
    await client.cache.set('a', 'x', 60_000);
    expect(await client.cache.get('a')).toBeNull();
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    await up(client);
    expect(client.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  it('connects anew when the server has become a replica, because the primary may be elsewhere now', async () => {
    await using redis = await TestRedis.start();
    using client = clientOf(redis.url);
    await up(client);
    await redis.command('REPLICAOF', '127.0.0.1', '1');
    await expect.poll(() => client.server.state().reason, within).toMatch(/^READONLY /);
    const reconnects = /^redis_reconnects_total\{connection="commands"\} 1$/m;
    await expect.poll(() => client.metrics.render(), within).toMatch(reconnects);
    await redis.command('REPLICAOF', 'NO', 'ONE');
    await up(client);
    // Not with every command that is refused.
    expect(await client.metrics.render()).toMatch(reconnects);
  });

  it('never lets a password into the log', async () => {
    await using redis = await TestRedis.start();
    await redis.command('CONFIG', 'SET', 'requirepass', 'hunter2-of-the-house');
    using wrong = clientOf(redis.url.replace('redis://', 'redis://:wrong-hunter2@'));
    await expect.poll(() => wrong.lines.length, within).toBe(1);
    expect(wrong.lines[0]).toMatchObject({ level: 'warn', reason: expect.stringContaining('WRONGPASS') });
    expect(JSON.stringify(wrong.lines)).not.toContain('hunter2');
    using right = clientOf(redis.url.replace('redis://', 'redis://:hunter2-of-the-house@'));
    await up(right);
  });
});

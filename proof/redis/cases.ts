import { setTimeout as sleep } from 'node:timers/promises';
import type { TestRedis } from '../../backend/testing/redis.ts';
import { until } from '../faults/running.ts';
import type { Followers } from './followers.ts';
import type { Limit } from './measure.ts';
import { type ApiProcess, metricOf, type Platform, POLL_MS } from './platform.ts';

export type Stage = {
  readonly platform: Platform;
  readonly redis: TestRedis;
  readonly followers: Followers;
  /** Every api process there is; a case may take one away and must bring it back. */
  readonly apis: ApiProcess[];
  /** How many more subscribers come before an api process is killed, and the address by which they find another one. */
  readonly crowd: { readonly count: number; readonly url: string };
  readonly signal: AbortSignal;
};

export type Case = {
  readonly name: string;
  /** How soon events must come that are committed while the case lasts; null: not judged. */
  readonly limit: Limit | null;
  /** Breaks something and mends it again. Answers what is wrong besides late events. */
  readonly run: (stage: Stage) => Promise<readonly string[]>;
};

/** What half of the events keep to shows that they are announced: by looks alone it would be half of the time between two. */
const WOKEN: Limit = { share: 0.5, ms: 300 };
/** What nearly all keep to shows that none waits for Redis: a look is due after this time at the latest, on a machine that has much else to do. */
const POLLED: Limit = { share: 0.99, ms: POLL_MS + 1_000 };

export const cases: readonly Case[] = [
  { name: 'nothing is wrong', limit: WOKEN, run: (stage) => pass(stage, 8_000) },
  {
    name: 'Redis killed, back after 1 s',
    limit: POLLED,
    run: async (stage) => {
      await stage.redis.kill();
      await sleep(1_000);
      await stage.redis.start();
      return healed(stage);
    },
  },
  {
    name: 'Redis away for 10 s, an api process begins meanwhile',
    limit: POLLED,
    run: async (stage) => {
      await stage.redis.kill();
      const late = await stage.platform.startApi('api-late', await stage.platform.place());
      stage.apis.push(late);
      stage.followers.add(20, `ws://127.0.0.1:${late.port}/graphql`);
      await sleep(5_000);
      const faults = await told(stage);
      await stage.redis.start();
      return [...faults, ...(await healed(stage))];
    },
  },
  { name: 'after that', limit: WOKEN, run: (stage) => pass(stage, 6_000) },
  {
    name: 'Redis stands still for 5 s',
    limit: POLLED,
    run: async (stage) => {
      stage.redis.pause();
      const faults = await answeredWithout(stage, 4_000);
      stage.redis.resume();
      return [...faults, ...(await healed(stage))];
    },
  },
  {
    name: 'FLUSHALL',
    limit: WOKEN,
    run: async (stage) => {
      await stage.redis.command('FLUSHALL');
      return pass(stage, 4_000);
    },
  },
  {
    name: 'CLIENT KILL TYPE pubsub, five times',
    limit: POLLED,
    run: async (stage) => {
      for (let time = 0; time < 5; time += 1) {
        await stage.redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
        await sleep(500);
      }
      return healed(stage);
    },
  },
  {
    name: 'Redis is full: -OOM',
    limit: WOKEN,
    run: async (stage) => {
      await stage.redis.command('CONFIG', 'SET', 'maxmemory', '1');
      const faults = await told(stage);
      await sleep(3_000);
      await stage.redis.command('CONFIG', 'SET', 'maxmemory', '0');
      return [...faults, ...(await healed(stage))];
    },
  },
  {
    name: 'Redis has become a replica: -READONLY',
    limit: POLLED,
    run: async (stage) => {
      await stage.redis.command('REPLICAOF', '127.0.0.1', '1');
      const faults = await told(stage);
      await sleep(3_000);
      await stage.redis.command('REPLICAOF', 'NO', 'ONE');
      return [...faults, ...(await healed(stage))];
    },
  },
  { name: 'at the end', limit: WOKEN, run: (stage) => pass(stage, 6_000) },
  {
    name: 'an api process killed under a crowd, started again',
    // How fast a crowd is served is for the benchmarks to say; here it is counted what arrives.
    limit: null,
    run: async (stage) => {
      const [first] = stage.apis;
      if (first === undefined) throw new Error('there is no api process');
      // What was committed before is still under way.
      await sleep(2_000);
      stage.followers.add(stage.crowd.count, stage.crowd.url);
      await until('the crowd', () => stage.followers.slowest > 0, { signal: stage.signal, seconds: 60 });
      first.running.kill('SIGKILL');
      await sleep(2_000);
      Object.assign(first, await stage.platform.startApi('api-1-again', first));
      return healed(stage);
    },
  },
];

async function pass(_stage: Stage, ms: number): Promise<readonly string[]> {
  await sleep(ms);
  return [];
}

/** Every process must say that Redis works again, and must hear by it. */
async function healed({ apis, signal }: Stage): Promise<readonly string[]> {
  for (const api of apis) {
    await until(`api ${api.port} up`, async () => (await cacheOf(api)) === 'healthy', { signal, seconds: 20 });
    const before = await metricOf(api, HEARD);
    await until(`api ${api.port} hears`, async () => (await metricOf(api, HEARD)) > before, { signal, seconds: 20 });
  }
  return [];
}

const HEARD = 'wake_up_messages_total{result="heard"}';

/** Every process must say that Redis does not work, stay ready, and be no worse than degraded. */
async function told({ apis, signal }: Stage): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const api of apis) {
    await until(`api ${api.port} degraded`, async () => (await cacheOf(api)) === 'degraded', { signal, seconds: 10 });
    if (!(await fetch(`http://127.0.0.1:${api.internalPort}/readyz`)).ok) faults.push(`api ${api.port} is not ready`);
  }
  return faults;
}

async function cacheOf({ internalPort }: ApiProcess): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${internalPort}/health/detailed`);
  const report = (await answer.json()) as { readonly checks: { readonly cache: { readonly status: string } } };
  return report.checks.cache.status;
}

/** Each request that is under way when Redis stops answering waits for it, once: 150 ms, by the tests of the connection. */
const UNDER_WAY = 4;

/** Asks for what is kept in the cache, on and on: all is answered, and all but the first of them without asking Redis. */
async function answeredWithout({ apis }: Stage, ms: number): Promise<readonly string[]> {
  const [api] = apis;
  if (api === undefined) return ['there is no api process'];
  const series = 'redis_errors_total{reason="timeout"}';
  const before = await metricOf(api, series);
  let count = 0;
  for (const end = performance.now() + ms; performance.now() < end; count += 1)
    await ask(api, '{ performance(provenance: REPLAY) { n } }');
  const waits = (await metricOf(api, series)) - before;
  return waits <= UNDER_WAY ? [] : [`of ${count} requests ${waits} waited for Redis, expected at most ${UNDER_WAY}`];
}

async function ask({ port }: ApiProcess, query: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { errors } = (await answer.json()) as { readonly errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
}

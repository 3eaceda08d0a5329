import { setTimeout as sleep } from 'node:timers/promises';
import type { TestRedis } from '../../backend/testing/redis.ts';
import type { Limit } from '../common/delays.ts';
import { until } from '../common/running.ts';
import type { Crowd } from '../faults/delivery/crowd.ts';
import type { Pod } from '../faults/delivery/pod.ts';
import { healed as allHealed, answeredWithout, told } from '../faults/delivery/redis-watch.ts';
import { type Platform, POLL_MS } from './platform.ts';

export type Stage = {
  readonly platform: Platform;
  readonly redis: TestRedis;
  readonly followers: Crowd;
  /** Every api process there is; a case may take one away and must bring it back. */
  readonly pods: Pod[];
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
      const late = await stage.platform.startApi('api-late');
      stage.pods.push(late);
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
      const [pod] = stage.pods;
      const faults = pod === undefined ? ['there is no api process'] : (await answeredWithout(pod, 4_000)).faults;
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
      const [first] = stage.pods;
      if (first === undefined) throw new Error('there is no api process');
      // What was committed before is still under way.
      await sleep(2_000);
      stage.followers.add(stage.crowd.count, stage.crowd.url, stage.followers.place);
      await until('the crowd', () => stage.followers.slowest > 0, { signal: stage.signal, seconds: 120, everyMs: 100 });
      first.signal('SIGKILL');
      await sleep(2_000);
      await first.restart();
      await healed(stage);
      return inOneGroup(stage);
    },
  },
];

async function pass(_stage: Stage, ms: number): Promise<readonly string[]> {
  await sleep(ms);
  return [];
}

/** Every process must say that Redis works again, and must hear by it. */
async function healed(stage: Stage): Promise<readonly string[]> {
  await allHealed(stage);
  return [];
}

/** All who follow ask for the same: whoever of them has come back is executed for together with those who never left. */
async function inOneGroup({ pods, followers, signal }: Stage): Promise<readonly string[]> {
  const all = followers.heard.length;
  const sum = async (name: string): Promise<number> =>
    (await Promise.all(pods.map((pod) => pod.metric(name)))).reduce((total, one) => total + one, 0);
  const back = async (): Promise<boolean> => (await sum('graphql_subscriptions_active')) === all;
  await until(`${all} are back`, back, { signal, seconds: 60, everyMs: 200 });
  const groups = await Promise.all(pods.map((pod) => pod.metric('graphql_subscription_groups')));
  const inUse = await Promise.all(pods.map((pod) => pod.metric('graphql_subscriptions_active')));
  const expected = inUse.map((count) => (count === 0 ? 0 : 1));
  if (groups.every((count, index) => count === expected[index])) return [];
  return [`${inUse.join(' and ')} subscribers are in ${groups.join(' and ')} groups, expected one in each process`];
}

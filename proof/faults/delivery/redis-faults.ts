import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestRedis } from '../../../backend/testing/redis.ts';
import { type Asker, countsOf } from './asker.ts';
import type { Fault } from './fault.ts';
import { atMost, delayAtMost, delays } from './limits.ts';
import type { Pod } from './pod.ts';
import { CACHED, healed, told, waitsMeanwhile } from './redis-watch.ts';
import type { World } from './world.ts';

/** What happens to the server that processes share. It carries numbers only, so all that it may cost is time. */
export const redisFaults: readonly Fault[] = [
  {
    id: 'F11',
    title: 'Redis killed (kill -9), back after 1 s',
    promise: '99 % of events take 1 s at most meanwhile',
    strike: (world) => away(world, () => sleep(1_000), 1_000),
  },
  {
    id: 'F12',
    title: 'Redis away for 10 min',
    promise: 'health and metrics say so, pods stay ready; 99 % of events take 1.5 s at most meanwhile',
    isLong: true,
    async strike(world) {
      const outage = async (): Promise<void> => {
        world.faults.push(...(await told(world)));
        await world.wait(600);
      };
      await away(world, outage, 1_500);
    },
  },
  {
    id: 'F13',
    title: 'Redis stands still (SIGSTOP) for 3 s and for 30 s',
    promise: 'no request takes more than 200 ms or waits for it twice; 99 % of events take 1.5 s at most meanwhile',
    async strike(world) {
      const { pods, redis } = await several(world);
      const asker = world.ask(pods[0].port, { questions: [CACHED], pauseMs: 20 });
      await world.until('it is answered', () => asker.answers().length > 20);
      for (const seconds of [3, Math.max(3, 30 * world.pace.scale)])
        await during(world, 1_500, async () => {
          redis.pause();
          world.faults.push(...(await waitsMeanwhile(pods[0], () => answeredInTime(world, asker, seconds * 1_000))));
          redis.resume();
        });
      await healed(world);
    },
  },
  {
    id: 'F14',
    title: 'all of Redis is deleted (FLUSHALL)',
    promise: 'nobody notices',
    async strike(world) {
      const { redis } = await several(world);
      for (let stroke = 0; stroke < 3; stroke += 1) {
        await redis.command('FLUSHALL');
        await world.flows();
      }
      await healed(world);
    },
  },
  {
    id: 'F15',
    title: 'Redis fails over to an empty one at another place',
    promise: '99 % of events take 1.5 s at most meanwhile',
    async strike(world) {
      await several(world);
      await using other = await TestRedis.start();
      await during(world, 1_500, async () => {
        for (const way of waysOf(world)) {
          way.turnTo(other.port);
          way.reset();
        }
        await healed(world);
      });
      for (const way of waysOf(world)) {
        way.turnTo(redisOf(world).port);
        way.reset();
      }
      await healed(world);
    },
  },
  {
    id: 'F16',
    title: 'subscribers of Redis cut off (CLIENT KILL TYPE pubsub), five times',
    promise: 'a lost wake-up costs no more than the interval at which readers look: 99 % of events take 1 s at most',
    async strike(world) {
      const { redis } = await several(world);
      await during(world, 1_000, async () => {
        for (let stroke = 0; stroke < 5; stroke += 1) {
          await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
          await sleep(300);
        }
      });
      await healed(world);
    },
  },
  {
    id: 'F17',
    title: 'Redis comes when clients wait already, and is deaf at first',
    promise: 'a pod that does not hear itself says so and tries again; then it hears',
    async strike(world) {
      await world.usual();
      const late = await world.launchPod();
      late.redis.refusing = true;
      await late.ready();
      world.follow('waiting', late.front.port);
      await world.flows();
      late.redis.deafens = true;
      late.redis.refusing = false;
      await world.until('it finds out that it is deaf', async () => (await late.metric('wake_up_deaf_total')) > 0);
      world.expect((await late.cacheStatus()) === 'degraded', 'a deaf pod says that all is well');
      await world.flows();
      late.redis.deafens = false;
      world.notes.push(`found ${await late.metric('wake_up_deaf_total')} times that it is deaf`);
      await healed(world);
    },
  },
  {
    id: 'F18',
    title: 'Redis is full (-OOM)',
    promise: 'signals are written and arrive; 99 % of events take 1.5 s at most meanwhile',
    async strike(world) {
      const { redis } = await several(world);
      await during(world, 1_500, async () => {
        await redis.command('CONFIG', 'SET', 'maxmemory', '1');
        world.faults.push(...(await told(world)));
        await world.flows();
        await redis.command('CONFIG', 'SET', 'maxmemory', '0');
      });
      await healed(world);
    },
  },
  {
    id: 'F19',
    title: 'Redis is a replica (-READONLY), and is still reading its file (-LOADING)',
    promise: 'as F18',
    async strike(world) {
      const { redis } = await several(world);
      await during(world, 1_500, async () => {
        await redis.command('REPLICAOF', '127.0.0.1', '1');
        world.faults.push(...(await told(world)));
        await world.flows();
        await redis.command('REPLICAOF', 'NO', 'ONE');
        await healed(world);
      });
      for (let key = 0; key < LOADED_KEYS; key += 1)
        await redis.command('SET', `faults:${key}`, randomBytes(LOADED_BYTES).toString('hex'));
      await during(world, 1_500, async () => {
        await redis.command('SAVE');
        await redis.kill();
        const loaded = redis.start(SLOW_LOAD);
        await world.until('it loads', async () => (await saidBy(redis.port)).startsWith('-LOADING'));
        world.faults.push(...(await told(world)));
        world.notes.push(`while it loads: ${(await saidBy(redis.port)).trim()}`);
        await world.flows();
        await loaded;
      });
      await healed(world);
    },
  },
];

/** Some 5 s, in which it answers that it loads: it looks at what it is asked each 1,024 bytes. */
const LOADED_KEYS = 100;
const LOADED_BYTES = 150;
const SLOW_LOAD = ['--key-load-delay', '50000', '--loading-process-events-interval-bytes', '1024'] as const;
/** What is usual here is looked at for so long before each. */
const BEFORE_MS = 2_000;
const REQUEST_MS = 200;

/** Two pods, of which each has its own who follow. */
async function several(world: World): Promise<{ readonly pods: readonly [Pod, Pod]; readonly redis: TestRedis }> {
  const first = await world.usual();
  const second = await world.startPod();
  world.follow('elsewhere', second.front.port);
  await healed(world);
  await world.flows();
  return { pods: [first, second], redis: redisOf(world) };
}

function redisOf({ lane }: World): TestRedis {
  if (lane.redis === null) throw new Error('there is no Redis');
  return lane.redis;
}

/** Looks for a while at somebody who asks all the time. */
async function answeredInTime(world: World, asker: Asker, ms: number): Promise<void> {
  const from = Date.now();
  await sleep(ms);
  const until = Date.now();
  await world.until('the next answer', () => (asker.answers().at(-1)?.at ?? 0) > until);
  const answers = asker.answers().filter(({ at }) => at >= from && at <= until);
  const bad = answers.filter(({ status, code }) => status !== 200 || code !== null);
  world.expect(answers.length > 0, 'nothing was asked meanwhile');
  world.expect(bad.length === 0, `queries were answered with ${countsOf(bad)}`);
  const slowest = Math.max(0, ...answers.map((answer) => answer.ms));
  const what = `of ${answers.length} requests the slowest took`;
  atMost(world, { what, ms: slowest, limitMs: REQUEST_MS, span: { from, until }, rank: 'most' });
}

/** What it says to one who does not wait until it is ready. */
function saidBy(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.on('error', (error) => resolve(error.message));
    socket.once('data', (piece) => {
      socket.destroy();
      resolve(piece.toString());
    });
  });
}

function waysOf({ pods, announcer }: World) {
  return [...pods.map(({ redis }) => redis), ...(announcer === null ? [] : [announcer.redis])];
}

async function away(world: World, outage: () => Promise<unknown>, limitMs: number): Promise<void> {
  const { redis } = await several(world);
  await during(world, limitMs, async () => {
    await redis.kill();
    await outage();
    await redis.start();
  });
  await healed(world);
}

/** Does something, and holds the time that events took meanwhile against what is promised; what it was before is told beside it. */
async function during(world: World, limitMs: number, work: () => Promise<unknown>): Promise<void> {
  const begun = Date.now();
  await sleep(BEFORE_MS);
  const from = Date.now();
  await work();
  const until = Date.now();
  await world.flows();
  delayAtMost(world, limitMs, { from, until });
  world.notes.push(`99 % before within ${Math.round(delays(world, { from: begun, until: from }).p99)} ms`);
}

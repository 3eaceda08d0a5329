import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestRedis } from '../../../backend/testing/redis.ts';
import { percentiles, type Span } from '../delays.ts';
import type { Fault } from './fault.ts';
import type { Pod } from './pod.ts';
import { answeredWithout, healed, told } from './redis-watch.ts';
import type { World } from './world.ts';

/** What happens to the server that processes share. It carries numbers only, so all that it may cost is time. */
export const redisFaults: readonly Fault[] = [
  {
    id: 'F11',
    title: 'Redis killed (kill -9), back after 1 s',
    promise: 'events take 1 s at most meanwhile',
    strike: (world) => away(world, () => sleep(1_000), 1_000),
  },
  {
    id: 'F12',
    title: 'Redis away for 10 min',
    promise: 'health and metrics say so, pods stay ready; events take 1.5 s at most meanwhile',
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
    promise: 'no request waits for it more than once; events take 1.5 s at most meanwhile',
    async strike(world) {
      const { pods, redis } = await several(world);
      for (const seconds of [3, Math.max(3, 30 * world.pace.scale)])
        await during(world, 1_500, async () => {
          redis.pause();
          const { count, slowestMs, faults } = await answeredWithout(pods[0], seconds * 1_000);
          redis.resume();
          world.notes.push(`${count} requests, the slowest took ${slowestMs.toFixed(0)} ms`);
          world.faults.push(...faults);
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
    promise: 'events take 1.5 s at most meanwhile',
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
    promise: 'a lost wake-up costs no more than the interval at which readers look',
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
    promise: 'signals are written and arrive; events take 1.5 s at most meanwhile',
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
/** On a machine that has much else to do the slowest events are late without any fault: it is looked at for so long before each. */
const BEFORE_MS = 2_000;
/** An event goes through the writer, Redis, PostgreSQL, a pod and a follower; each may be kept waiting by what else runs here. */
const PROCESSES = 5;

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

/** Does something, and holds the time that events took meanwhile against what it was before and what is promised. */
async function during(world: World, limitMs: number, work: () => Promise<unknown>): Promise<void> {
  const begun = Date.now();
  await sleep(BEFORE_MS);
  const from = Date.now();
  const turns = monitorEventLoopDelay({ resolution: 10 });
  turns.enable();
  await work();
  const until = Date.now();
  turns.disable();
  await world.flows();
  const took = (span: Pick<Span, 'from' | 'until'>) =>
    percentiles(
      world.followers.map((follower) => follower.timed()),
      world.writer.sent.map(({ seq, at }) => ({ seq, committedAt: at })),
      span,
    );
  const [before, meanwhile] = [took({ from: begun, until: from }), took({ from, until })];
  const text = (figures: typeof before): string => `${figures.p50.toFixed(0)} and ${figures.p99.toFixed(0)} ms`;
  const kept = turns.percentile(99) / 1e6;
  world.notes.push(
    `half and 99 % of events came within ${text(meanwhile)}, before within ${text(before)}; this machine kept a process waiting for ${kept.toFixed(0)} ms`,
  );
  world.expect(meanwhile.n > 0, 'no event was written meanwhile, so nothing is shown');
  const allowed = limitMs + before.p99 + PROCESSES * kept;
  world.expect(meanwhile.p99 <= allowed, `1 % of events took ${meanwhile.p99.toFixed(0)} ms and longer`);
}

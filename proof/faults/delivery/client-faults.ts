import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import type { Follower } from './follower.ts';
import type { World } from './world.ts';

const STROKES = 3;

/** What happens to clients and on their way. */
export const clientFaults: readonly Fault[] = [
  {
    id: 'F01',
    title: 'client socket reset in the middle of a message',
    promise: 'resumes after one back-off',
    async strike(world) {
      const pod = await world.usual();
      for (let stroke = 0; stroke < STROKES; stroke += 1) {
        pod.front.resetAfter = world.random.integer(200, 20_000);
        pod.front.reset();
        await world.until('a cut', () => tellsOf(world.followers, 'disconnected') >= 2 * (stroke + 1));
        await sleep(world.random.integer(100, 600));
        pod.front.mend();
        await world.flows();
      }
    },
  },
  {
    id: 'F02',
    title: 'client offline for 3 s',
    promise: 'resumes after one back-off',
    strike: (world) => offline(world, 3),
  },
  {
    id: 'F03',
    title: 'client offline for 10 min',
    promise: 'catches up and is live again',
    isLong: true,
    strike: (world) => offline(world, 600),
  },
  {
    id: 'F05',
    title: 'client resumes on another pod',
    promise: 'the same cursor is good there',
    async strike(world) {
      const first = await world.usual();
      const second = await world.startPod();
      for (let stroke = 0; stroke < STROKES; stroke += 1) {
        first.front.turnTo(stroke % 2 === 0 ? second.port : first.port);
        first.front.reset();
        await world.flows();
      }
    },
  },
  {
    id: 'F06',
    title: 'an old cursor is used twice, by two at once',
    promise: 'each gets all that follows it',
    async strike(world) {
      const pod = await world.usual();
      const deliveries = world.followers[0]?.deliveries() ?? [];
      const old = deliveries[world.random.integer(0, deliveries.length)];
      const afterSeq = old?.events.at(-1)?.seq ?? 0;
      for (const name of ['tab-1', 'tab-2'])
        world.follow(name, pod.front.port, { after: old?.cursor ?? null, afterSeq });
    },
  },
  {
    id: 'F07',
    title: 'client stopped (SIGSTOP) for 60 s',
    promise: 'the server holds less than 2 MiB more for it; it catches up',
    async strike(world) {
      const pod = await world.usual();
      const stopped = Array.from({ length: 8 }, (_, index) => world.follow(`stopped-${index}`, pod.front.port));
      await world.flows();
      const before = pod.memory();
      for (const follower of stopped) follower.signal('SIGSTOP');
      await world.wait(60);
      const more = pod.memory() - before;
      for (const follower of stopped) follower.signal('SIGCONT');
      world.notes.push(`${more.toFixed(1)} MiB more at the server for ${stopped.length} stopped clients`);
      // A process breathes by itself; what each stopped client may cost comes on top.
      world.expect(more < 64 + 2 * stopped.length, `the server grew by ${more.toFixed(1)} MiB`);
    },
  },
  {
    id: 'F08',
    title: 'a client reads 1 kB/s',
    promise: 'nobody else is later for it',
    async strike(world) {
      const pod = await world.usual();
      const slowPod = await world.startPod();
      slowPod.front.turnTo(pod.port);
      const others = [...world.followers];
      const slow = world.follow('slow', slowPod.front.port);
      await world.flows([slow]);
      const before = lateness(others, Date.now() - 3_000);
      slowPod.front.down.bytesPerSecond = 1_000;
      const since = Date.now();
      await world.wait(60);
      const during = lateness(others, since);
      world.notes.push(`others' slowest 1 %: ${before} ms before, ${during} ms during`);
      world.expect(during < before * 1.1 + 1_000, `the others became late: ${during} ms, ${before} ms before`);
      slowPod.front.mend();
    },
  },
  {
    id: 'F09',
    title: 'half-open connection: nothing passes, either way',
    promise: 'the client notices within two heartbeats, the server frees it within 30 s',
    strike: (world) => blackhole(world, ['up', 'down']),
  },
  {
    id: 'F10',
    title: 'nothing passes from server to client',
    promise: 'as F09',
    strike: (world) => blackhole(world, ['down']),
  },
];

async function offline(world: World, seconds: number): Promise<void> {
  const pod = await world.usual();
  pod.front.refusing = true;
  pod.front.reset();
  const end = world.silence(world.followers);
  const ms = await world.wait(seconds);
  end();
  pod.front.mend();
  const begun = Date.now();
  const head = world.writer.head;
  const has = (follower: Follower): boolean => (follower.heard().at(-1)?.seq ?? 0) >= head - 20;
  await world.until('all that was missed', () => world.followers.every(has));
  world.notes.push(`${(ms / 1_000).toFixed(0)} s away, caught up ${Date.now() - begun} ms after`);
}

async function blackhole(world: World, ways: readonly ('up' | 'down')[]): Promise<void> {
  const pod = await world.usual();
  const [idle, before] = [2 * world.pace.heartbeatMs, await pod.metric('graphql_subscriptions_active')];
  const end = world.silence(world.followers);
  for (const way of ways) pod.front[way].blackhole = true;
  const begun = Date.now();
  await world.until('both have noticed', () => tellsOf(world.followers, 'stalled') >= world.followers.length);
  const noticed = Date.now() - begun;
  await world.until(
    'the server has freed them',
    async () => (await pod.metric('graphql_subscriptions_active')) < before,
    60,
  );
  const freed = Date.now() - begun;
  end();
  world.notes.push(`noticed after ${noticed} ms, the first freed after ${freed} ms`);
  world.expect(noticed <= idle + 3_000, `noticed only after ${noticed} ms, expected two heartbeats (${idle} ms)`);
  world.expect(freed <= 30_000, `freed only after ${freed} ms, expected 30 s`);
  // Old connections stay dead, as behind a pulled cable; new ones come.
  pod.front.mend();
  pod.front.reset();
}

function tellsOf(followers: readonly Follower[], state: string): number {
  return followers.reduce((sum, follower) => sum + follower.told().filter((told) => told.state === state).length, 0);
}

/** How late events came to these, as the 99th percentile of the time between two deliveries since a moment; ms. */
function lateness(followers: readonly Follower[], since: number): number {
  const gaps = followers.flatMap((follower) => {
    const times = follower.deliveries().flatMap(({ at }) => (at >= since ? [at] : []));
    return times.slice(1).map((at, index) => at - (times[index] ?? at));
  });
  const sorted = gaps.sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
}

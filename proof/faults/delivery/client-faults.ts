import { setTimeout as sleep } from 'node:timers/promises';
import type { Span } from '../../common/machine/machine.ts';
import { cameBack, replayedInTime } from './coming-back.ts';
import type { Fault } from './fault.ts';
import type { Follower } from './follower.ts';
import { atMost, delayAtMost, delays } from './limits.ts';
import { appendMany } from './other-writer.ts';
import type { Pod } from './pod.ts';
import type { World } from './world.ts';

const STROKES = 3;
/** What is written at once while a client is away for a moment, so that with all else it misses some 1,000 (R4); and for long. */
const MISSED = 800;
const MISSED_LONG = 10_000;
/** Of a replay that is as fast as promised. */
const EVENTS_A_MS = 5;
/** Of events while all is as usual: P13; where there is nobody to wake readers, R3. */
const [LIVE_MS, POLLED_MS] = [250, 1_500];

const LIVE_AGAIN_MS = 3_000;
const STOPPED = 8;
const MOST_MIB = 2;
/** Some 5 MB for each who follows. */
const OWED = 8_000;
const ROUNDS = 3;
/** A timer of a client that waits for two heartbeats begins with the last item that came, and is a little late itself. */
const NOTICED_MS = 100;
const FREED_MS = 30_000;

/** What happens to clients and on their way. */
export const clientFaults: readonly Fault[] = [
  {
    id: 'F01',
    title: 'client socket reset in the middle of a message',
    promise: 'resumes after one back-off, and has within 250 ms what it missed',
    async strike(world) {
      const pod = await world.usual();
      const returns = [];
      for (let stroke = 0; stroke < STROKES; stroke += 1) {
        pod.front.resetAfter = world.random.integer(200, 20_000);
        pod.front.reset();
        await world.until('a cut', () => tellsOf(world.followers, 'disconnected') >= 2 * (stroke + 1));
        await sleep(world.random.integer(100, 600));
        const place = { pod, mendedAt: Date.now(), head: world.writer.head };
        pod.front.mend();
        returns.push(...(await cameBack(world, place)));
        await world.flows();
      }
      replayedInTime(world, returns);
    },
  },
  {
    id: 'F02',
    title: 'client offline for 3 s, in which it misses some 1,000 events',
    promise: 'resumes after one back-off, and has within 250 ms what it missed',
    async strike(world) {
      replayedInTime(world, (await offline(world, 3, MISSED)).returns);
    },
  },
  {
    id: 'F03',
    title: 'client offline for 10 min, in which it misses 10,000 events',
    promise: 'resumes after one back-off, catches up with 5,000 events/s and more, and 99 % come within 250 ms again',
    isLong: true,
    async strike(world) {
      const { returns, missed } = await offline(world, 600, MISSED_LONG);
      replayedInTime(world, returns, missed / EVENTS_A_MS);
      await world.flows();
      const from = Date.now();
      await sleep(LIVE_AGAIN_MS);
      const until = Date.now();
      await world.flows();
      delayAtMost(world, world.lane.redis === null ? POLLED_MS : LIVE_MS, { from, until }, 'afterwards');
    },
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
    promise: 'the server holds less than 2 MiB more for it than for one who reads; it catches up',
    async strike(world) {
      const pod = await world.usual();
      const stopped = Array.from({ length: STOPPED }, (_, index) => world.follow(`stopped-${index}`, pod.front.port));
      await world.flows();
      // The first time a heap grows to what this takes.
      await growth(world, pod);
      const reading = await growth(world, pod);
      const end = world.mayStall(stopped);
      for (const follower of stopped) follower.signal('SIGSTOP');
      const others = world.followers.filter((follower) => !stopped.includes(follower));
      const more = await growth(world, pod, others);
      for (const follower of stopped) follower.signal('SIGCONT');
      await world.flows();
      end();
      judgeGrowth(world, reading, more);
    },
  },
  {
    id: 'F08',
    title: 'a client reads 1 kB/s',
    promise: 'nobody else is later for it: the slowest 1 % of events by less than a tenth',
    scaled: '99 % of events come to all others within 250 ms (whether they are later by a tenth is judged with --full)',
    async strike(world) {
      const pod = await world.usual();
      const slowPod = await world.startPod();
      slowPod.front.turnTo(pod.port);
      const others = [...world.followers];
      const slow = world.follow('slow', slowPod.front.port);
      const end = world.mayStall([slow]);
      const rounds: Round[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        await world.flows();
        await world.until('the slow one has caught up', () => world.haveHeard(world.writer.head - 20, [slow]));
        const without = await spanOf(world);
        slowPod.front.down.bytesPerSecond = 1_000;
        const slowed = await spanOf(world);
        slowPod.front.mend();
        slowPod.front.turnTo(pod.port);
        slowPod.front.reset();
        rounds.push({ without, slowed });
      }
      await world.flows();
      end();
      judgeLateness(world, others, rounds);
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

/** All are cut off for a while; answers how they came back, and how many events each of them had missed. */
async function offline(world: World, seconds: number, missed: number) {
  const pod = await world.usual();
  pod.front.refusing = true;
  pod.front.reset();
  const end = world.silence(world.followers);
  const left = Math.min(...world.followers.map(({ newest }) => newest));
  await appendMany(world, missed);
  const ms = await world.wait(seconds);
  end();
  const place = { pod, mendedAt: Date.now(), head: world.writer.head };
  const cpu = pod.cpuMs();
  pod.front.mend();
  const returns = await cameBack(world, place);
  world.notes.push(`the pod was on a processor for ${pod.cpuMs() - cpu} ms until all were back`);
  world.notes.push(`${(ms / 1_000).toFixed(0)} s away, ${place.head - left} events missed`);
  return { returns, missed: place.head - left };
}

async function blackhole(world: World, ways: readonly ('up' | 'down')[]): Promise<void> {
  const pod = await world.usual();
  const struck = [...world.followers];
  const [idle, before] = [2 * world.pace.heartbeatMs, await pod.metric('graphql_subscriptions_active')];
  const end = world.silence(struck);
  for (const way of ways) pod.front[way].blackhole = true;
  const from = Date.now();
  const noticed = (follower: Follower): number | undefined =>
    follower.told().find(({ state, at }) => state === 'stalled' && at >= from)?.at;
  await world.until('all have noticed', () => struck.every((follower) => noticed(follower) !== undefined));
  const left = before - struck.length;
  await world.until(
    'the server has freed all of them',
    async () => (await pod.metric('graphql_subscriptions_active')) <= left,
    90,
  );
  const until = Date.now();
  end();
  const last = Math.max(...struck.map((follower) => noticed(follower) ?? until));
  const limitMs = idle + NOTICED_MS;
  atMost(world, {
    what: 'the last client noticed after',
    ms: last - from,
    limitMs,
    span: { from, until: last },
    rank: 'most',
  });
  atMost(world, {
    what: 'the server had freed all after',
    ms: until - from,
    limitMs: FREED_MS,
    span: { from, until },
    rank: 'most',
  });
  // Old connections stay dead, as behind a pulled cable; new ones come.
  pod.front.mend();
  pod.front.reset();
}

function tellsOf(followers: readonly Follower[], state: string): number {
  return followers.reduce((sum, follower) => sum + follower.told().filter((told) => told.state === state).length, 0);
}

/** What a process holds after a collection, and what of it lies in memory. MiB */
type Growth = { readonly held: number; readonly resident: number };

/** By how much a pod grows while much is written for as long as clients are stopped; what is not used any more does not count. */
async function growth(world: World, pod: Pod, readers = world.followers): Promise<Growth> {
  await pod.collect();
  const before = { held: await pod.held(), resident: pod.memory() };
  await appendMany(world, OWED);
  await world.wait(60);
  // Who is behind on a busy machine has a page in the service's memory, and is not what is asked about.
  const { head } = world.writer;
  await world.until('those who read have all', () => world.haveHeard(head, readers), 60);
  await pod.collect();
  return { held: (await pod.held()) - before.held, resident: pod.memory() - before.resident };
}

function judgeGrowth(world: World, reading: Growth, stopped: Growth): void {
  const text = ({ held, resident }: Growth): string => `${held.toFixed(1)} MiB (${resident.toFixed(1)} resident)`;
  world.notes.push(
    `while ${OWED} events and more were written the server grew by ${text(stopped)} with ${STOPPED} stopped clients, by ${text(reading)} with them reading`,
  );
  const most = MOST_MIB * STOPPED;
  world.expect(stopped.held < most, `the server holds ${stopped.held.toFixed(1)} MiB more, promised less than ${most}`);
  const more = stopped.resident - Math.max(0, reading.resident);
  if (more < most) return;
  const said = `${more.toFixed(1)} MiB more are resident than with clients who read, promised less than ${most}`;
  if (reading.resident < most) world.faults.push(said);
  else world.unjudged.push(`${said}; not judged: with clients who read it grew by ${text(reading)} already`);
}

type Round = { readonly without: Span; readonly slowed: Span };

async function spanOf(world: World): Promise<Span> {
  const from = Date.now();
  await world.wait(20);
  return { from, until: Date.now() };
}

/** The middle one of several rounds: the slowest hundredth of one alone is as much chance as anything. */
function judgeLateness(world: World, others: readonly Follower[], rounds: readonly Round[]): void {
  const ofAll = rounds
    .map(({ without, slowed }) => ({
      slowed,
      before: delays(world, without, others).p99,
      ms: delays(world, slowed, others).p99,
    }))
    .sort((a, b) => a.ms / a.before - b.ms / b.before);
  const middle = ofAll[Math.floor(ofAll.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  const limitMs = world.pace.scale === 1 ? 1.1 * middle.before : LIVE_MS;
  const what = `99 % of events came to the others within ${Math.round(middle.before)} ms without a slow client, with one within`;
  atMost(world, { what, ms: middle.ms, limitMs, span: middle.slowed, rank: 'p99' });
}

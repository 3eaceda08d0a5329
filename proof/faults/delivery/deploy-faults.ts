import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Running } from '../running.ts';
import { ambient } from '../scene.ts';
import { CROWD_SETTINGS, crowdFaults } from './crowd.ts';
import { type CrowdResult, CrowdThread } from './crowd-thread.ts';
import type { Fault } from './fault.ts';
import type { Place } from './lane.ts';
import { makeNextVersion } from './next-version.ts';
import type { Pod } from './pod.ts';
import type { World } from './world.ts';

/** How long a balancer takes to see that a pod is no longer ready. ms */
const PROBE_MS = 50;
/** Times what is configured: sockets are counted from outside, and a process that was kept waiting takes all at once that came meanwhile. */
const SLACK = 2;
const GRACE_MS = 60_000;

/** What a deployment does. */
export const deployFaults: readonly Fault[] = [
  {
    id: 'F29',
    title: 'pod told to end (SIGTERM) under a crowd: 2,000 sockets with --full, 400 without',
    promise: 'no request is answered with 5xx, sockets come back no faster than they are let go, exit code 0',
    isAlone: true,
    async strike(world) {
      const [count, spreadMs] = world.pace.scale === 1 ? [2_000, 10_000] : [400, 2_000];
      const settings = {
        DRAIN_SPREAD_MS: String(spreadMs),
        DRAIN_SECONDS: '25',
        ...CROWD_SETTINGS,
      };
      // What the crowd has to read is many times what is written.
      const first = await world.usual({ settings }, { pauseMs: count });
      const second = await world.startPod({ settings });
      await using crowd = new CrowdThread();
      crowd.turnTo(socketOf(first));
      crowd.add(count, placeOf(world));
      await world.until('the crowd follows', () => crowd.slowest >= world.writer.head - 10, 180);
      const begun = Date.now();
      const balancer = balance(world, first, () => {
        first.front.turnTo(second.port);
        crowd.turnTo(socketOf(second));
      });
      first.signal('SIGTERM');
      const end = await first.ended();
      const tookMs = Date.now() - begun;
      const bad = await balancer.stop();
      await world.until('all of them follow', () => crowd.slowest >= world.writer.head - 10, 180);
      world.notes.push(`${end} after ${tookMs} ms; ${bad.asked} requests, ${bad.failed.length} failed`);
      world.expect(end === 'exit code 0', `it ended with ${end}`);
      world.expect(tookMs < GRACE_MS, `it took ${tookMs} ms`);
      world.faults.push(...new Set(bad.failed));
      const most = mostInASecond((await judge(world, crowd)).opened.filter((at) => at >= begun));
      world.notes.push(`let go within ${spreadMs} ms, at most ${most} came back in a second`);
      world.expect(most > 0 && most <= ((SLACK * count) / spreadMs) * 1_000, `${most} sockets came back in a second`);
    },
  },
  {
    id: 'F30',
    title: 'deployment of the next version, pod after pod, and back again; clients of both',
    promise: 'cursors of either version are good in the other; nobody notices',
    isAlone: true,
    isLong: true,
    async strike(world) {
      const folder = join(world.folder, 'next');
      makeNextVersion(folder);
      const first = await world.usual();
      const second = await world.startPod();
      world.follow('elsewhere', second.front.port);
      await world.flows();
      await expand(world, folder);
      const next = await world.startPod({ repository: folder });
      for (const old of [first, second]) {
        old.front.turnTo(next.port);
        old.signal('SIGTERM');
        world.expect((await old.ended()) === 'exit code 0', `a pod ended with ${old.end}`);
        await world.flows();
      }
      const { cursor, seq } = placeOf(world);
      const newer = world.follow('newer', next.front.port, { after: cursor, afterSeq: seq, repository: folder });
      await world.flows();
      // Back: the old version takes the cursors of the new one; clients of the new one stay where that is.
      for (const old of [first, second]) {
        await old.restart();
        old.front.turnTo(old.port);
        old.front.reset();
        await world.flows();
      }
      world.notes.push(`a client of the next version was handed ${newer.heard().length} events`);
    },
  },
];

/** Of the one who follows all of it. */
function placeOf({ followers }: World): Place {
  const delivery = followers[0]?.deliveries().findLast(({ events }) => events.length > 0);
  if (delivery === undefined) throw new Error('nobody has heard anything');
  return { cursor: delivery.cursor, seq: delivery.events.at(-1)?.seq ?? 0 };
}

function socketOf({ port }: Pod): string {
  return `ws://127.0.0.1:${port}/graphql`;
}

/** Asks a pod through its front all the time, and turns to another one as soon as it says that it is not ready. */
function balance(world: World, pod: Pod, turn: () => void) {
  const failed: string[] = [];
  let [asked, isOver, isTurned] = [0, false, false];
  const ask = async (): Promise<void> => {
    asked += 1;
    const query = { method: 'POST', headers: { 'content-type': 'application/json', connection: 'close' }, body: BODY };
    const answer = await fetch(`http://127.0.0.1:${pod.front.port}/graphql`, query).catch((error: Error) => error);
    if (answer instanceof Error) failed.push(`a request failed: ${String(answer.cause ?? answer)}`);
    else if (answer.status >= 500) failed.push(`a request was answered with ${answer.status}`);
  };
  const running = (async () => {
    while (!isOver && !world.signal.aborted) {
      if (!isTurned && (await pod.status('/readyz')) !== 200) {
        turn();
        isTurned = true;
      }
      await ask();
      await sleep(PROBE_MS);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await running;
      return { asked, failed };
    },
  };
}

const BODY = JSON.stringify({ query: '{ __typename }' });

/** Of moments in ms, in order. */
function mostInASecond(moments: readonly number[]): number {
  let [most, first] = [0, 0];
  for (const [index, at] of moments.entries()) {
    while (at - (moments[first] ?? at) >= 1_000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

async function judge(world: World, crowd: CrowdThread): Promise<CrowdResult> {
  await world.writer.stop();
  await world.until('the crowd has the last event', () => crowd.slowest >= world.writer.head, 30);
  crowd.stop();
  await world.until('the crowd ends', () => crowd.result !== null);
  const { result } = crowd;
  if (result === null) throw new Error('the crowd has no result');
  const seqs = world.writer.sent.map(({ seq }) => seq);
  const wrong = crowdFaults(result, seqs);
  world.notes.push(`${result.heard.length} in the crowd, ${wrong.length} of them without each event once and in order`);
  world.faults.push(...wrong.slice(0, 5));
  return result;
}

/** What the next version needs of the database is made before it runs; the old one goes on meanwhile. */
async function expand(world: World, folder: string): Promise<void> {
  const { url, ownerUrl } = world.database;
  const running = new Running({
    args: ['--import', 'tsx', 'backend/main.ts', 'migrate'],
    cwd: folder,
    env: { ...ambient(), DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl },
    log: join(world.folder, 'migrate'),
  });
  const end = await running.ended(world.signal);
  if (end !== 'exit code 0') throw new Error(`migrate ended with ${end}: ${running.errors()}`);
}

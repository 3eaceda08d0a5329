import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lateness, latenessIn } from '../../common/machine/machine.ts';
import { ambient } from '../../common/processes.ts';
import { Running } from '../../common/running.ts';
import { countsOf } from './asker.ts';
import { CROWD_SETTINGS } from './crowd.ts';
import { type CrowdResult, CrowdThread } from './crowd-thread.ts';
import type { Fault } from './fault.ts';
import type { Place } from './lane.ts';
import { isLate, lateText } from './lateness.ts';
import { atMost } from './limits.ts';
import { makeNextVersion } from './next-version.ts';
import type { Pod } from './pod.ts';
import type { World } from './world.ts';

/** How long a balancer takes to see that a pod is no longer ready. ms */
const PROBE_MS = 50;
/** R5: so many sockets come back in any second at most; they are let go a little slower, since each waits for a while before it comes. */
const [MOST_A_SECOND, LET_GO_A_SECOND] = [100, 80];
/** Who asks all the time while a pod goes away, each with a new connection for every question. */
const ASKING = { atOnce: 10, pauseMs: 50, keeps: false, patienceMs: 10_000, questions: ['{ __typename }'] };
const GRACE_MS = 60_000;
/** Twice as long as they are told to wait. */
const COME_BACK_MS = 2_000;

/** What a deployment does. */
export const deployFaults: readonly Fault[] = [
  {
    id: 'F29',
    title: 'pod told to end (SIGTERM) under a crowd: 2,000 sockets with --full, 400 without',
    promise:
      'of all that ten ask at once no request fails or is answered with 5xx, at most 100 sockets come back in a second, exit code 0',
    isAlone: true,
    async strike(world) {
      const count = world.pace.scale === 1 ? 2_000 : 400;
      const spreadMs = (count / LET_GO_A_SECOND) * 1_000;
      const settings = {
        DRAIN_SPREAD_MS: String(spreadMs),
        DRAIN_SECONDS: '40',
        ...CROWD_SETTINGS,
      };
      // What the crowd has to read is many times what is written.
      const first = await world.usual({ settings }, { pauseMs: count });
      const second = await world.startPod({ settings });
      await using crowd = new CrowdThread();
      crowd.turnTo(socketOf(first));
      crowd.add(count, placeOf(world));
      await world.until('the crowd follows', () => crowd.slowest >= world.writer.head - 10, 180);
      const asker = world.ask(first.front.port, ASKING);
      await world.until('they are answered', () => asker.answers().length > 10 * ASKING.atOnce);
      const balancer = balance(world, first, () => {
        first.front.turnTo(second.port);
        crowd.turnTo(socketOf(second));
      });
      const begun = Date.now();
      first.signal('SIGTERM');
      const end = await first.ended();
      const ended = Date.now();
      await balancer.stop();
      await world.until('all of them follow', () => crowd.slowest >= world.writer.head - 10, 180);
      // Little is written, so who has yet to come back may be no further behind than that.
      await sleep(COME_BACK_MS);
      asker.kill();
      world.expect(end === 'exit code 0', `it ended with ${end}`);
      const span = { from: begun, until: ended };
      atMost(world, { what: `${end} after`, ms: ended - begun, limitMs: GRACE_MS, span, rank: 'most' });
      const answers = asker.answers().filter(({ at }) => at >= begun);
      const meanwhile = answers.filter(({ at }) => at < ended);
      world.notes.push(`${meanwhile.length} requests until then: ${countsOf(meanwhile)}`);
      world.expect(meanwhile.length >= ASKING.atOnce, `${meanwhile.length} requests show nothing`);
      const bad = answers.filter(({ status }) => status === null || status >= 500);
      world.expect(bad.length === 0, `of ${answers.length} requests failed: ${countsOf(bad)}`);
      const result = await judge(world, crowd);
      const back = result.begun.filter((at) => at >= begun);
      judgeReturn(world, { back, turns: result.turns }, { count, spreadMs });
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
      await makeNextVersion(folder);
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
        const end = world.mayStall();
        await old.restart();
        old.front.turnTo(old.port);
        old.front.reset();
        await world.flows();
        end();
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

/** Turns to another pod as soon as this one says that it is not ready. */
function balance(world: World, pod: Pod, turn: () => void) {
  let isOver = false;
  const running = (async () => {
    while (!isOver && !world.signal.aborted) {
      if ((await pod.status('/readyz')) !== 200) return turn();
      await sleep(PROBE_MS);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await running;
    },
  };
}

function judgeReturn(
  world: World,
  { back, turns }: { back: readonly number[]; turns: CrowdResult['turns'] },
  { count, spreadMs }: { count: number; spreadMs: number },
) {
  const { most, from } = mostInASecond(back);
  const said = `let go within ${spreadMs} ms, ${back.length} of ${count} came back, at most ${most} in a second`;
  const span = { from: from - 1_000, until: from + 1_000 };
  const { idle, own } = world.machine.kept(span);
  // Who comes back lives in a thread of its own: what kept that one kept him.
  const kept = { idle, own: worse(own, latenessIn(turns, span)) };
  world.notes.push(`${said} (${lateText(kept, 'most')})`);
  world.expect(back.length >= count, `only ${back.length} of ${count} came back`);
  if (most <= MOST_A_SECOND) return;
  const text = `${most} sockets came back in a second, promised ${MOST_A_SECOND} at most`;
  // What was kept waiting comes all at once.
  if (isLate(kept, 'most', 1_000)) world.unjudged.push(`${text}; not judged: ${lateText(kept, 'most')}`);
  else world.faults.push(text);
}

function worse(one: Lateness, other: Lateness): Lateness {
  return { p99: Math.max(one.p99, other.p99), most: Math.max(one.most, other.most) };
}

/** Of moments in ms, in order; and when that second began. */
function mostInASecond(moments: readonly number[]): { readonly most: number; readonly from: number } {
  let [most, first, from] = [0, 0, moments[0] ?? 0];
  for (const [index, at] of moments.entries()) {
    while (at - (moments[first] ?? at) >= 1_000) first += 1;
    if (index - first + 1 <= most) continue;
    most = index - first + 1;
    from = moments[first] ?? at;
  }
  return { most, from };
}

async function judge(world: World, crowd: CrowdThread): Promise<CrowdResult> {
  await world.writer.stop();
  await world.until('the crowd has the last event', () => crowd.slowest >= world.writer.head, 30);
  crowd.stop(world.writer.sent.map(({ seq }) => seq));
  await world.until('the crowd ends', () => crowd.result !== null);
  const { result } = crowd;
  if (result === null) throw new Error('the crowd has no result');
  const { count, faults } = result;
  world.notes.push(`${count} in the crowd, ${faults.length} of them without each event once and in order`);
  world.faults.push(...faults.slice(0, 5));
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

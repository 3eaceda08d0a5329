import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { wasToldSince } from './away.ts';
import type { Fault } from './fault.ts';
import { atMost } from './limits.ts';

const STROKES = 3;
const BLOCKED_MS = 5_000;
const TICK_MS = 100;
const AFTERWARDS_MS = 300;

/** What happens to the processes that serve. */
export const processFaults: readonly Fault[] = [
  {
    id: 'F28',
    title: 'pod killed (kill -9) in the middle of the stream',
    promise: 'clients go on when it is back, or on another pod',
    async strike(world) {
      const first = await world.usual();
      const second = await world.startPod();
      for (let stroke = 0; stroke < STROKES; stroke += 1) {
        await sleep(world.random.integer(100, 1_000));
        // Who connects to a pod that starts waits for it.
        const end = world.mayStall();
        first.signal('SIGKILL');
        await first.ended();
        if (stroke % 2 === 0) {
          first.front.turnTo(second.port);
          await world.flows();
          first.front.turnTo(first.port);
        }
        await first.restart();
        first.front.reset();
        await world.flows();
        end();
      }
    },
  },
  {
    id: 'F31',
    title: 'SIGTERM twice, and SIGKILL before the drain is over',
    promise: 'who asks twice does not wait for the drain: exit code 1 within 2 s; clients go on where they were',
    async strike(world) {
      const pod = await world.usual({ settings: { DRAIN_SPREAD_MS: '10000', DRAIN_SECONDS: '20' } });
      for (const [signal, expected, pauseMs] of [
        ['SIGTERM', 'exit code 1', 300],
        ['SIGKILL', 'SIGKILL', 20],
      ] as const) {
        const end = world.mayStall();
        pod.signal('SIGTERM');
        await sleep(pauseMs);
        world.expect(pod.end === null, `the drain was over before the second signal: ${pod.end}`);
        const from = Date.now();
        pod.signal(signal);
        const how = await pod.ended();
        const until = Date.now();
        world.expect(how === expected, `SIGTERM, ${signal} ended with ${how}, expected ${expected}`);
        const what = `SIGTERM, ${signal}: ${how} after`;
        atMost(world, { what, ms: until - from, limitMs: 2_000, span: { from, until }, rank: 'most' });
        await pod.restart();
        await world.flows();
        end();
      }
    },
  },
  {
    id: 'F32',
    title: 'the event loop stands for 5 s',
    promise: 'probes of 2 s fail meanwhile, the lag is in the metrics, then it is ready again; clients go on',
    async strike(world) {
      const pod = await world.usual();
      const end = world.silence(world.followers);
      await pod.inside(`setTimeout(() => { const end = Date.now() + ${BLOCKED_MS}; while (Date.now() < end); }, 10)`);
      const begun = Date.now();
      await sleep(1_000);
      const status = await pod.status('/readyz');
      world.expect(status !== 200, `/readyz answered ${status} while the event loop stood`);
      // Whoever asks for metrics while it stands has them counted anew before the stop is counted.
      await sleep(Math.max(0, begun + BLOCKED_MS + AFTERWARDS_MS - Date.now()));
      let [lag, slowest] = [0, 0];
      await world.until(
        'the lag is told',
        async () => {
          const metric = await pod.metrics();
          lag = Math.max(lag, metric('nodejs_eventloop_lag_max_seconds'));
          slowest = Math.max(slowest, metric('load_event_loop_delay_seconds'));
          return lag >= (BLOCKED_MS - TICK_MS) / 1_000;
        },
        20,
      );
      end();
      await world.until('it is ready again', async () => (await pod.status('/readyz')) === 200, 10);
      world.notes.push(
        `/readyz meanwhile: ${status ?? 'no answer within 2 s'}; the lag was told as ${lag.toFixed(1)} s, the slowest hundredth of turns as ${slowest.toFixed(1)} s`,
      );
    },
  },
  {
    id: 'F33',
    title: 'the heap is full',
    promise: 'the process ends with another code than 0; clients go on',
    async strike(world) {
      const pod = await world.usual({ settings: { NODE_OPTIONS: '--max-old-space-size=192' } });
      // A process whose heap fills up does nothing but collect; then it is away, and starts again.
      world.mayStall();
      await pod.inside(
        `setTimeout(() => { const all = []; for (;;) all.push(new Array(100_000).fill(Math.random())); }, 10)`,
      );
      const end = await pod.ended();
      world.notes.push(`it ended with ${end}`);
      world.expect(end !== 'exit code 0', 'a process without memory ended with exit code 0');
      await pod.restart();
    },
  },
  {
    id: 'F34',
    title: 'an error that nobody catches',
    promise: 'logged; the process ends with exit code 1 and never goes on',
    async strike(world) {
      const pod = await world.usual();
      for (const code of [
        `setTimeout(() => { throw new Error('thrown by the proof') }, 10)`,
        `setTimeout(() => { Promise.reject(new Error('thrown by the proof')) }, 10)`,
      ]) {
        const stalled = world.mayStall();
        await pod.inside(code);
        const end = await pod.ended();
        world.expect(end === 'exit code 1', `it ended with ${end}, expected exit code 1`);
        world.expect(pod.said().includes('thrown by the proof'), 'nothing was logged');
        await pod.restart();
        await world.flows();
        stalled();
      }
    },
  },
  {
    id: 'F42',
    title: 'the clock of one pod steps an hour on, then two back',
    promise: 'order and delivery do not depend on it',
    isAlone: true,
    async strike(world) {
      const pod = await world.usual();
      const other = await world.startPod();
      world.follow('elsewhere', other.front.port);
      for (const hours of [1, -1]) {
        await pod.inside(`globalThis.ownNow ??= Date.now; Date.now = () => globalThis.ownNow() + ${hours} * 3_600_000`);
        await world.flows();
        pod.front.reset();
        await world.flows();
      }
    },
  },
  {
    id: 'F55',
    title: 'no file descriptor is left',
    promise: 'new sockets are closed within 2 s but for those that there are descriptors for, old ones go on',
    async strike(world) {
      const pod = await world.usual();
      const from = Date.now();
      const open = openFiles(pod.pid);
      const before = fileLimit(pod.pid);
      limitFiles(pod.pid, numbersWith(SPARE, open));
      const sockets = Array.from({ length: ASKED }, () => connect(pod.port, '127.0.0.1').on('error', () => undefined));
      const ends = sockets.map((socket) => once(socket, 'close'));
      await Promise.race([Promise.allSettled(ends), sleep(REFUSED_MS)]);
      const used = openFiles(pod.pid);
      await world.flows();
      const kept = await stillOpen(sockets);
      const still = new Set(openFiles(pod.pid).values());
      const given = [...open.values()].filter((file) => !still.has(file)).length;
      world.notes.push(
        `${open.size} descriptors and ${SPARE} more, ${used.size} were used, ${given} of the first given back; of ${ASKED} sockets ${kept} were kept`,
      );
      // One that was accepted with the last descriptor is in the hand of the kernel.
      const most = SPARE + given + 1;
      world.expect(kept <= most, `${kept} new sockets were kept, expected ${most} at most: the others are refused`);
      const cut = world.followers.filter((follower) => wasToldSince(follower, 'disconnected', from));
      world.expect(cut.length === 0, `${cut.map(({ name }) => name).join(', ')} did not keep the connection`);
      for (const socket of sockets) socket.destroy();
      limitFiles(pod.pid, before);
      await world.until('it is ready', async () => (await pod.status('/readyz')) === 200);
      world.follow('afterwards', pod.front.port);
    },
  },
];

/** Descriptors that are left, sockets that are asked for, and how soon the others are closed. */
const [SPARE, ASKED, REFUSED_MS] = [10, 60, 2_000];

/** What a process holds open, by the number of its descriptor. */
function openFiles(pid: number): ReadonlyMap<number, string> {
  const folder = `/proc/${pid}/fd`;
  const files = new Map<number, string>();
  for (const name of readdirSync(folder)) {
    try {
      files.set(Number(name), readlinkSync(`${folder}/${name}`));
    } catch {
      // Closed meanwhile.
    }
  }
  return files;
}

/** The limit under which so many descriptors are left: it is one of numbers, and there are holes in those that are taken. */
function numbersWith(spare: number, open: ReadonlyMap<number, string>): number {
  let limit = 0;
  for (let left = 0; left < spare; limit += 1) if (!open.has(limit)) left += 1;
  return limit;
}

function fileLimit(pid: number): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1]);
}

/** The soft limit: it can be raised again. */
function limitFiles(pid: number, most: number): void {
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(pid), `--nofile=${most}:`], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`prlimit: ${stderr}`);
}

async function stillOpen(sockets: readonly Socket[]): Promise<number> {
  await sleep(200);
  return sockets.filter((socket) => !socket.destroyed && socket.readyState === 'open').length;
}

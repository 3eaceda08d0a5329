import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';

const STROKES = 3;

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
      }
    },
  },
  {
    id: 'F31',
    title: 'SIGTERM twice, and SIGKILL before the drain is over',
    promise: 'clients go on where they were',
    async strike(world) {
      const pod = await world.usual();
      for (const [signal, pauseMs] of [
        ['SIGTERM', 300],
        ['SIGKILL', 20],
      ] as const) {
        pod.signal('SIGTERM');
        await sleep(pauseMs);
        pod.signal(signal);
        world.notes.push(`SIGTERM, ${signal}: ${await pod.ended()}`);
        await pod.restart();
        await world.flows();
      }
    },
  },
  {
    id: 'F32',
    title: 'the event loop stands for 5 s',
    promise: 'clients go on',
    async strike(world) {
      const pod = await world.usual();
      await pod.inside(`setTimeout(() => { const end = Date.now() + 5_000; while (Date.now() < end); }, 10)`);
      await sleep(1_000);
      world.notes.push(`/readyz meanwhile: ${await pod.status('/readyz')}`);
    },
  },
  {
    id: 'F33',
    title: 'the heap is full',
    promise: 'the process ends with another code than 0; clients go on',
    async strike(world) {
      const pod = await world.usual({ settings: { NODE_OPTIONS: '--max-old-space-size=192' } });
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
        await pod.inside(code);
        const end = await pod.ended();
        world.expect(end === 'exit code 1', `it ended with ${end}, expected exit code 1`);
        world.expect(pod.said().includes('thrown by the proof'), 'nothing was logged');
        await pod.restart();
        await world.flows();
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
    promise: 'new sockets are refused, old ones go on',
    async strike(world) {
      const pod = await world.usual();
      const open = readdirSync(`/proc/${pod.pid}/fd`).length;
      const before = fileLimit(pod.pid);
      limitFiles(pod.pid, open + 10);
      const sockets = Array.from({ length: 60 }, () => connect(pod.port, '127.0.0.1').on('error', () => undefined));
      await Promise.race([Promise.allSettled(sockets.map((socket) => once(socket, 'connect'))), sleep(2_000)]);
      await world.flows();
      world.notes.push(
        `${open} descriptors and 10 more, 60 sockets asked for one; ${await stillOpen(sockets)} were kept`,
      );
      for (const socket of sockets) socket.destroy();
      limitFiles(pod.pid, before);
      await world.until('it is ready', async () => (await pod.status('/readyz')) === 200);
      world.follow('afterwards', pod.front.port);
    },
  },
];

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

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../backend/testing/ports.ts';
import { cpuOfProcess } from '../cpu.ts';
import type { Payload, Setup } from '../servers/setup.ts';

/** A server in a process of its own. */
export type Running = {
  readonly port: number;
  readonly pid: number;
  /** In microseconds since it began. */
  cpu(): number;
  /** Bytes that live on its heap, after its garbage was collected. */
  heap(): Promise<number>;
  stop(): Promise<void>;
};

/** One that is handed what its subscribers are to be sent. */
export type Other = Running & { publish(payloads: readonly Payload[]): Promise<void> };

const PROGRAM = join(import.meta.dirname, '../servers/program.ts');
const ROOT = join(import.meta.dirname, '../../..');
const WITH_HEAP = ['--expose-gc', '--import', join(import.meta.dirname, '../servers/heap.ts')];

export async function startOther(setup: Setup): Promise<Other> {
  const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: WITH_HEAP });
  child.send(setup);
  const [{ port }] = (await Promise.race([once(child, 'message'), endOf(child, setup.server)])) as [{ port: number }];
  return {
    ...runningOf(child, port),
    publish: async (payloads) => {
      const told = once(child, 'message');
      child.send({ payloads });
      await told;
    },
  };
}

/** A role of the service, by its own command and its settings; nothing of this process's environment. */
export async function startRole(
  role: 'api' | 'pipeline' | 'all',
  environment: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<Running> {
  const [port, internal] = [await freePort(), await freePort()];
  const program = ['--import', 'tsx', 'backend/main.ts', 'start', '--role', role, ...flags];
  const child = spawn(process.execPath, [...WITH_HEAP, ...program], {
    cwd: ROOT,
    env: { ...DEFAULTS, ...environment, PORT: String(port), INTERNAL_PORT: String(internal) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = endOf(child, `role ${role}`);
  await Promise.race([readiness(role === 'pipeline' ? internal : port), ended]);
  return runningOf(child, port);
}

/** Nobody who measures is to be told to come back later. */
const DEFAULTS = {
  ...{ LOG_LEVEL: 'error', OVERLOAD_DELAY_MS: '10000' },
  ...{ RATE_LIMIT_PER_SECOND: '100000000', RATE_LIMIT_BURST: '1000000000', UNKNOWN_SOCKETS_PER_ADDRESS: '100000' },
};

function runningOf(child: ChildProcess, port: number): Running {
  const pid = child.pid ?? 0;
  return {
    ...{ port, pid, cpu: () => cpuOfProcess(pid) },
    heap: async () => {
      child.send({ heap: true });
      const [{ heap }] = (await once(child, 'message')) as [{ heap: number }];
      return heap;
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function endOf(child: ChildProcess, name: string): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`${name} ended with ${code}`);
}

async function readiness(port: number): Promise<void> {
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await sleep(50);
  }
}

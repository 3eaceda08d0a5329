import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { TestRedis } from '../../../backend/testing/redis.ts';
import type { Prepared, Variant } from '../benchmark.ts';
import { cpuOfProcess } from '../cpu.ts';
import type { End, Order } from '../servers/hop.ts';

const IOREDIS = 'ioredis, auto-pipelining';
const RESP = 'RESP over a socket';

const PROGRAM = join(import.meta.dirname, '../servers/hop.ts');
const SIGNALS_A_ROUND = 20_000;

const WAYS = [
  { name: 'ours', role: 'ours', way: 'ours' },
  { name: IOREDIS, role: 'peer', way: 'ioredis' },
  { name: RESP, role: 'limit', way: 'resp' },
] as const satisfies readonly (Pick<Variant, 'name' | 'role'> & Pick<End, 'way'>)[];

/** Two processes for each way, and a Redis between them. */
export async function prepareHops(signals: number): Promise<Prepared> {
  const redis = await TestRedis.start();
  const ends: HopEnd[] = [];
  const variants: Variant[] = [];
  for (const { name, role, way } of WAYS) {
    const listener = await HopEnd.start({ way, announces: false, port: redis.port });
    const announcer = await HopEnd.start({ way, announces: true, port: redis.port });
    ends.push(listener, announcer);
    const hop = { listener, announcer, announced: 0 };
    variants.push(variantOf(name, role, hop, signals));
    if (way === 'ours') variants.push(variantOf('ours, one signal a tick', 'part', hop, 1));
  }
  return {
    variants,
    check: async () => [
      'ours was told of the newest signal each time; the others sent every signal, once and in order',
    ],
    notes: [`${SIGNALS_A_ROUND} signals a round; the process of Redis is not counted`],
    close: async () => {
      for (const end of ends) end.stop();
      await redis.kill();
    },
  };
}

type Hop = { readonly listener: HopEnd; readonly announcer: HopEnd; announced: number };

function variantOf(name: string, role: Variant['role'], hop: Hop, signals: number): Variant {
  const ticks = Math.min(MOST_TICKS, SIGNALS_A_ROUND / signals);
  return {
    ...{ name, role, server: () => hop.listener.cpu() + hop.announcer.cpu() },
    run: async () => {
      hop.announced += ticks * signals;
      const heard = hop.listener.obey({ hear: hop.announced });
      await hop.announcer.obey({ announce: { ticks, signals } });
      await heard;
      return ticks * signals;
    },
  };
}

const MOST_TICKS = 4_000;

class HopEnd {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(end: End): Promise<HopEnd> {
    const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.send(end);
    await once(child, 'message');
    return new HopEnd(child);
  }

  cpu(): number {
    return cpuOfProcess(this.#child.pid ?? 0);
  }

  async obey(order: Order): Promise<void> {
    const done = once(this.#child, 'message');
    this.#child.send(order);
    await done;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

// One end of a hop through Redis, in a process of its own: told which by its first message, it says when it is ready.
import { once } from 'node:events';
import { connect } from 'node:net';
import { Redis } from 'ioredis';
import { RedisWakeUp } from '../../../backend/delivery/wake-up-redis.ts';
import { createMetrics } from '../../../backend/metrics/registry.ts';
import { RedisServer } from '../../../backend/platform/cache/redis.ts';
import { silentLogger } from '../../../backend/platform/telemetry/logger.ts';

export type End = { readonly way: 'ours' | 'ioredis' | 'resp'; readonly announces: boolean; readonly port: number };

/** `announce` sends so many ticks of so many signals each; `hear` waits until the signal with this number has come. */
export type Order =
  | { readonly announce: { readonly ticks: number; readonly signals: number } }
  | { readonly hear: number };

/** A tick of signals, the first of which has this number; resolves when Redis has answered. */
type Announce = (first: number, signals: number) => Promise<void>;
/** Resolves when the signal with this number has come; rejects when one before it has not. */
type Hear = (number: number) => Promise<void>;

const STREAM = 'public';
const CHANNEL = 'bench';
const OTHER_CHANNEL = 'bench-ioredis';
/** Of 500 bytes with the number at the beginning. */
const bodyOf = (number: number): string => `${number} `.padEnd(500, 'x');

process.once('message', async ({ way, announces, port }: End) => {
  const url = `redis://127.0.0.1:${port}`;
  const announce = announces ? await announcers[way](url, port) : null;
  const hear = announces ? null : await listeners[way](url, port);
  let number = 0;
  process.on('message', async (order: Order) => {
    if ('hear' in order) await hear?.(order.hear);
    else
      for (let tick = 0; tick < order.announce.ticks; tick++) {
        await announce?.(number + 1, order.announce.signals);
        number += order.announce.signals;
      }
    process.send?.({ done: number });
  });
  process.send?.({ ready: true });
});
process.once('disconnect', () => process.exit(0));

const announcers: Readonly<Record<End['way'], (url: string, port: number) => Promise<Announce>>> = {
  ours: async (url) => {
    let sent = Promise.withResolvers<void>();
    const wakeUp = await openWakeUp(url, false, () => sent.resolve());
    return async (first, signals) => {
      sent = Promise.withResolvers();
      for (let number = first; number < first + signals; number++) wakeUp.notify(STREAM, number);
      await sent.promise;
    };
  },
  ioredis: async (url) => {
    const redis = new Redis(url, { enableAutoPipelining: true });
    await once(redis, 'ready');
    return async (first, signals) => {
      const tick = Array.from({ length: signals }, (_, index) => redis.publish(OTHER_CHANNEL, bodyOf(first + index)));
      await Promise.all(tick);
    };
  },
  resp: async (_url, port) => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    let [answers, wanted] = [0, 0];
    let answered = Promise.withResolvers<void>();
    socket.on('data', (data) => {
      for (const byte of data) if (byte === LINE_FEED) answers += 1;
      if (answers >= wanted) answered.resolve();
    });
    return async (first, signals) => {
      answered = Promise.withResolvers();
      wanted = answers + signals;
      let commands = '';
      for (let number = first; number < first + signals; number++)
        commands += `*3\r\n$7\r\nPUBLISH\r\n$${CHANNEL.length}\r\n${CHANNEL}\r\n$500\r\n${bodyOf(number)}\r\n`;
      socket.write(commands);
      await answered.promise;
    };
  },
};

const listeners: Readonly<Record<End['way'], (url: string, port: number) => Promise<Hear>>> = {
  ours: async (url) => {
    const wakeUp = await openWakeUp(url, true, () => undefined);
    const { signal } = new AbortController();
    return (number) => wakeUp.wait(STREAM, number - 1, PATIENCE_MS, signal);
  },
  ioredis: async (url) => {
    const redis = new Redis(url);
    await redis.subscribe(OTHER_CHANNEL);
    const count = counting();
    redis.on('message', (_channel, text) => count.came(Number.parseInt(text, 10)));
    return count.hear;
  },
  resp: async (_url, port) => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    socket.write(`SUBSCRIBE ${CHANNEL}\r\n`);
    let [held] = (await once(socket, 'data')) as [Buffer];
    held = Buffer.alloc(0);
    const count = counting();
    socket.on('data', (chunk) => {
      const data = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      let at = 0;
      // Each message is as long as the other: its head, and 500 bytes.
      for (; at + MESSAGE_BYTES <= data.length; at += MESSAGE_BYTES)
        count.came(Number.parseInt(data.toString('latin1', at + HEAD_BYTES, at + HEAD_BYTES + 12), 10));
      held = data.subarray(at);
    });
    return count.hear;
  },
};

const LINE_FEED = 10;
const HEAD_BYTES = `*3\r\n$7\r\nmessage\r\n$${CHANNEL.length}\r\n${CHANNEL}\r\n$500\r\n`.length;
const MESSAGE_BYTES = HEAD_BYTES + 500 + 2;
const PATIENCE_MS = 60_000;

async function openWakeUp(url: string, listens: boolean, onSent: () => void): Promise<RedisWakeUp> {
  const metrics = createMetrics();
  const server = new RedisServer({ url, prefix: 'bench:', log: silentLogger, metrics, random: Math.random });
  const wakeUps = {
    inc: (labels: Parameters<typeof metrics.wakeUps.inc>[0]) => {
      metrics.wakeUps.inc(labels);
      if (labels.result !== 'heard') onSent();
    },
  } as typeof metrics.wakeUps;
  const wakeUp = new RedisWakeUp({ server, metrics: { ...metrics, wakeUps }, id: String(process.pid), listens });
  server.open();
  wakeUp.open();
  while (!server.commands.isReady) await new Promise((resolve) => setTimeout(resolve, 10));
  return wakeUp;
}

/** Counts what comes; every number has to follow the one before it. */
function counting(): { came(number: number): void; readonly hear: Hear } {
  let last = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let heard = Promise.withResolvers<void>();
  return {
    came: (number) => {
      if (number !== last + 1) heard.reject(new Error(`signal ${number} came after ${last}`));
      last = number;
      if (last >= wanted) heard.resolve();
    },
    hear: async (number) => {
      heard = Promise.withResolvers();
      wanted = number;
      if (last >= number) return;
      await heard.promise;
    },
  };
}

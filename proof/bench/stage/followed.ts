import { Redis } from 'ioredis';
import { textOf } from '../../../backend/delivery/wake-up-message.ts';
import { PUBLIC_STREAM } from '../../../backend/log/event.ts';
import type { Signal } from '../../../backend/signals/signal.ts';
import { TestRedis } from '../../../backend/testing/redis.ts';
import { type Database, startServer } from '../benches/ingest/server.ts';
import type { Variant } from '../benchmark.ts';
import type { Setup } from '../servers/setup.ts';
import { type Other, type Running, startOther, startRole } from './process.ts';
import { openPublisher, type Publisher } from './signals.ts';
import { payloadOf } from './subscription.ts';

/** A server whose subscribers are sent what is published. */
export type Followed = Pick<Variant, 'name' | 'role'> & {
  readonly server: Running;
  /** Whether it answers a subscription with an item at once. */
  readonly answersFirst: boolean;
  /** Makes it known to the server; resolves before the subscribers have it. */
  publish(signals: readonly Signal[]): Promise<void>;
};

export type StageOptions = {
  readonly instruments?: number;
  /** Whether subscribers ask for some instruments only. */
  readonly filtered?: boolean;
  /** Whether ours is wanted once more, for fewer subscribers, with a log of its own. */
  readonly twice?: boolean;
};

export type Stage = {
  readonly followed: readonly Followed[];
  /** So many new signals, which go through all instruments in turn. */
  next(count: number): Signal[];
  readonly notes: readonly string[];
  close(): Promise<void>;
};

export const APOLLO = 'Apollo + graphql-ws';
export const YOGA = 'yoga + graphql-ws';
export const MERCURIUS = 'mercurius';
export const RAW = 'ws, a ready string';
/** Ours with fewer subscribers than the others have. */
export const OURS_FEWER = 'ours, N = 1,000';
export const PEERS = [
  ...['@apollo/server', '@as-integrations/fastify', 'graphql-ws', 'graphql-subscriptions', 'graphql-yoga', 'mercurius'],
  ...['graphql-jit', 'ws'],
];

const OTHERS = [
  { name: APOLLO, role: 'peer', server: 'apollo' },
  { name: YOGA, role: 'peer', server: 'yoga' },
  { name: MERCURIUS, role: 'peer', server: 'mercurius' },
  { name: RAW, role: 'limit', server: 'plain' },
] as const satisfies readonly (Pick<Followed, 'name' | 'role'> & Pick<Setup, 'server'>)[];

/** The service as it is in production, with its log in PostgreSQL and woken by Redis, and the others, which are handed their items. */
export async function openStage({
  instruments = 1,
  filtered = false,
  twice = false,
}: StageOptions = {}): Promise<Stage> {
  const names = ['bench_followed', ...(twice ? ['bench_fewer'] : [])];
  const [database, redis] = await Promise.all([startServer(names), TestRedis.start()]);
  const ours: Ours[] = [];
  for (const [index, tables] of database.databases.entries())
    ours.push(await openOurs(index === 0 ? 'ours' : OURS_FEWER, tables, redis, instruments));
  const followed = ours.map((one) => one.followed);
  for (const { name, role, server } of OTHERS)
    followed.push(followedOf(name, role, await startOther({ server, filtered })));
  let number = 0;
  return {
    followed,
    next: (count) => ours[0]?.copies(Array.from({ length: count }, () => number++)) ?? [],
    notes: [
      `ours: role api, which is woken by Redis and reads PostgreSQL ${database.version}, what it does for that in its CPU; the others are handed the signals by a message between processes`,
    ],
    close: async () => {
      for (const { server } of followed) await server.stop();
      for (const one of ours) await one.close();
      await redis.kill();
      await database.stop();
    },
  };
}

export type Ours = Pick<Publisher, 'copies' | 'close'> & { readonly followed: Followed };

/** A log, who writes it, and a process that serves it. */
export async function openOurs(name: string, database: Database, redis: TestRedis, instruments: number): Promise<Ours> {
  const publisher = await openPublisher(database, instruments);
  const announcer = new Redis(redis.url);
  const prefix = `${name.replaceAll(/[^a-z0-9]/gi, '')}:`;
  const server = await startRole('api', {
    DATABASE_URL: database.applicationUrl,
    REDIS_URL: redis.url,
    REDIS_KEY_PREFIX: prefix,
  });
  const followed: Followed = {
    ...{ name, role: name === 'ours' ? 'ours' : 'part', server, answersFirst: true },
    publish: async (signals) => {
      const seq = await publisher.append(signals);
      await announcer.publish(`${prefix}wake-ups`, textOf(new Map([[PUBLIC_STREAM, seq]])));
    },
  };
  const close = async (): Promise<void> => {
    announcer.disconnect();
    await publisher.close();
  };
  return { followed, copies: publisher.copies, close };
}

function followedOf(name: string, role: Followed['role'], server: Other): Followed {
  const publish = (signals: readonly Signal[]) => server.publish(signals.map(payloadOf));
  return { name, role, server, publish, answersFirst: role === 'limit' };
}

import { createHash } from 'node:crypto';
import { CursorCodec } from '../../../backend/log/cursor.ts';
import { PUBLIC_STREAM } from '../../../backend/log/event.ts';
import { readEventsAfter, readStreamState } from '../../../backend/log/read.ts';
import { createPool } from '../../../backend/platform/database/pool.ts';
import { variables } from '../../../backend/settings.ts';
import type { Signal } from '../../../backend/signals/signal.ts';
import { filterHash, normaliseFilter } from '../../../backend/signals/signal-filter.ts';
import { TestRedis } from '../../../backend/testing/redis.ts';
import { startServer } from '../benches/ingest/server.ts';
import { Difference, type Prepared, type Variant } from '../benchmark.ts';
import { Subscribers } from './crowd.ts';
import { openOurs } from './followed.ts';
import { SUBSCRIPTION_AFTER } from './subscription.ts';

export const MISSED = 1_000;
const INSTRUMENTS = 5;
const CLIENTS = 100;
/** Of those who read the database: each takes longer. */
const FEWER = 20;
/** More than the service keeps in memory, and each instrument has enough of them for every client. */
const PUBLISHED = INSTRUMENTS * (MISSED + CLIENTS);
const A_TRANSACTION = 500;

/** Clients whose places differ, so that nothing is made for two of them, one after the other; and all of them at once from one place. */
export async function prepareResumes(): Promise<Prepared> {
  const [database, redis] = await Promise.all([startServer(['bench_resumes']), TestRedis.start()]);
  const [tables] = database.databases;
  if (tables === undefined) throw new Error('the server made no database');
  const ours = await openOurs('ours', tables, redis, INSTRUMENTS);
  const signals: Signal[] = [];
  while (signals.length < PUBLISHED) {
    const some = ours.copies(Array.from({ length: A_TRANSACTION }, (_, index) => signals.length + index));
    await ours.followed.publish(some);
    signals.push(...some);
  }
  const url = tables.applicationUrl;
  const pool = createPool({ url, name: 'bench', size: 1, statementTimeoutMs: 60_000, onError: () => undefined });
  const { epoch, seq } = (await readStreamState(pool, PUBLIC_STREAM)).head;
  const crowd = new Subscribers();
  const port = ours.followed.server.port;
  const codec = new CursorCodec(variables.CURSOR_SECRET.default);
  const cursor = (at: number, filter = {}): string =>
    codec.encode({
      positions: { [PUBLIC_STREAM]: { epoch, seq: at } },
      filterHash: filterHash(normaliseFilter(filter)),
    });
  const firstSeq = seq - signals.length;
  const run = async (clients: readonly Client[], atOnce: number): Promise<number> => {
    const order = { port, query: SUBSCRIPTION_AFTER, missed: MISSED, atOnce };
    const returned = await crowd.comeBack({ ...order, clients: clients.map((client) => client.variables) });
    for (const [index, { ids }] of returned.entries())
      if (ids !== idsOf(clients[index]?.expected ?? []))
        throw new Difference(`client ${index} was sent other signals than those that it had missed`);
    return slowest(returned.map(({ ms }) => ms));
  };
  const near = Array.from({ length: CLIENTS }, (_, index): Client => {
    const from = signals.length - MISSED - index;
    return { variables: { after: cursor(firstSeq + from) }, expected: signals.slice(from, from + MISSED) };
  });
  const far = Array.from({ length: FEWER }, (_, index): Client => {
    const filter = { instruments: ['bench-0'] };
    const wanted = signals.filter((_signal, number) => number % INSTRUMENTS === 0 && number >= index * INSTRUMENTS);
    const after = cursor(firstSeq + index * INSTRUMENTS, filter);
    return { variables: { after, filter: { instruments: ['ins_bench-0'] } }, expected: wanted.slice(0, MISSED) };
  });
  const [first = { variables: {}, expected: [] }] = near;
  const variants: Variant[] = [
    variantOf('ours', 'ours', () => run(near, 1)),
    variantOf(`ours, older than memory: ${MISSED} of ${MISSED * INSTRUMENTS} by a filter`, 'part', () => run(far, 1)),
    variantOf(`ours, ${CLIENTS} at once from one place`, 'part', () => run(Array(CLIENTS).fill(first), CLIENTS)),
    variantOf('an indexed read of the events', 'limit', async () => {
      const times: number[] = [];
      for (let read = 0; read < CLIENTS; read++) {
        const begin = performance.now();
        await readEventsAfter(pool, PUBLIC_STREAM, firstSeq + read, MISSED);
        times.push(performance.now() - begin);
      }
      return slowest(times);
    }),
  ];
  return {
    variants,
    check: async () => ['every client was sent the signals that it had missed, in order and none twice'],
    notes: [`role api by itself in its process; PostgreSQL ${database.version}`],
    close: async () => {
      crowd.stop();
      await pool.end();
      await ours.followed.server.stop();
      await ours.close();
      await redis.kill();
      await database.stop();
    },
  };
}

type Client = { readonly variables: Readonly<Record<string, unknown>>; readonly expected: readonly Signal[] };

function variantOf(name: string, role: Variant['role'], run: () => Promise<number>): Variant {
  let found = 0;
  return {
    ...{ name, role, figure: () => found * 1_000 },
    run: async () => {
      found = await run();
      return 1;
    },
  };
}

function idsOf(signals: readonly Signal[]): string {
  return createHash('sha256')
    .update(signals.map(({ id }) => `sig_${id}`).join(' '))
    .digest('hex');
}

/** The 99th of a hundred; of fewer the slowest. */
function slowest(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN;
}

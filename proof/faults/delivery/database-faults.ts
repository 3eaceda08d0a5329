import { setTimeout as sleep } from 'node:timers/promises';
import { appendEvents, executeOn } from '../../../backend/log/append.ts';
import { PUBLIC_STREAM } from '../../../backend/log/event.ts';
import { createPool, isTransient, type Pool, transaction } from '../../../backend/platform/database/pool.ts';
import { changeEvent } from '../../../backend/signals/signal-event.ts';
import { sendKill } from '../scene.ts';
import type { Fault } from './fault.ts';
import type { World } from './world.ts';

const STROKES = 3;

/** What happens to the database and on the way to it. */
export const databaseFaults: readonly Fault[] = [
  {
    id: 'F20',
    title: 'PostgreSQL killed (kill -9) during commits',
    promise: 'what was acknowledged is there; an unknown outcome is looked up, and nothing is written twice',
    async strike(world) {
      await world.usual();
      for (let stroke = 0; stroke < STROKES; stroke += 1) {
        await sleep(world.random.integer(100, 1_500));
        const pid = world.ground.server.pid();
        sendKill(pid);
        await world.until('another server', () => world.ground.server.pid() !== pid);
        await world.flows();
      }
      const { unknown, repeated } = world.writer.unsure;
      world.notes.push(`${unknown} outcomes unknown, ${repeated} of them written again`);
      world.expect(unknown > 0, 'no commit was hit');
    },
  },
  {
    id: 'F21',
    title: 'PostgreSQL away for 30 s',
    promise: 'queries are refused at once, subscriptions stay open and say that they are not live',
    async strike(world) {
      const pod = await world.usual();
      const subscriptions = await pod.metric('graphql_subscriptions_active');
      const end = world.silence(world.followers);
      await world.ground.stop();
      await sleep(1_000);
      const { code, ms } = await pod.query('{ models { nodes { id } } }');
      world.expect(code === 'UNAVAILABLE', `a query was answered with ${code}, expected UNAVAILABLE`);
      await world.wait(30);
      world.expect((await pod.metric('graphql_subscriptions_active')) === subscriptions, 'subscriptions were closed');
      await world.until('they say so', () =>
        world.followers.every((follower) => follower.told().at(-1)?.state === 'catching-up'),
      );
      end();
      await world.ground.start();
      world.notes.push(`a query was refused after ${ms.toFixed(0)} ms`);
    },
  },
  {
    id: 'F23',
    title: 'all connections are taken by slow queries',
    promise: 'probes answer, queries are refused or served, events go on',
    async strike(world) {
      const pod = await world.usual();
      await transaction(world.owner, async (connection) => {
        await connection.query('lock table model_version in access exclusive mode');
        const answers = Array.from({ length: 40 }, () => pod.query('{ models { nodes { id } } }'));
        const live = await pod.status('/livez');
        world.expect(live === 200, `/livez answered ${live} meanwhile`);
        const codes = (await Promise.all(answers)).map(({ code, status }) => code ?? String(status));
        world.notes.push(`40 queries: ${[...new Set(codes)].join(', ')}`);
        const known = ['UNAVAILABLE', 'TIMEOUT', 'RATE_LIMITED', '200', '503'];
        world.expect(
          codes.every((code) => known.includes(code)),
          `answers were ${[...new Set(codes)].join(', ')}`,
        );
      });
    },
  },
  {
    id: 'F24',
    title: 'sessions of the service ended (pg_terminate_backend)',
    promise: 'goes on within 2 s',
    async strike(world) {
      await world.usual();
      const slowest: number[] = [];
      for (let stroke = 0; stroke < STROKES; stroke += 1) {
        await endSessions(world);
        const begun = Date.now();
        await world.flows(world.followers, 1);
        slowest.push(Date.now() - begun);
        await sleep(500);
      }
      const most = Math.max(...slowest);
      world.notes.push(`the next event came within ${most} ms`);
      world.expect(most <= 2_000 + 1_000, `the next event came only after ${most} ms`);
    },
  },
  {
    id: 'F25',
    title: 'a writer idles in its transaction, with the head of the stream locked',
    promise: 'other streams go on; the server ends it after 10 s',
    async strike(world) {
      await world.usual();
      const idle = poolOf(world);
      const begun = Date.now();
      const connection = await idle.connect();
      connection.on('error', () => undefined);
      await connection.query('begin');
      await appendEvents(executeOn(connection), PUBLIC_STREAM, [eventOf(world, 'never committed')]);
      await transaction(idle, (other) => appendEvents(executeOn(other), 'audit', [eventOf(world, 'other stream')]));
      world.notes.push(`another stream took an event after ${Date.now() - begun} ms`);
      const head = world.writer.head;
      await world.until('the writer goes on', () => world.writer.head > head + 10);
      const stood = Date.now() - begun;
      world.notes.push(`the stream stood for ${stood} ms`);
      world.expect(stood < 20_000, `the stream stood for ${stood} ms, expected about 10 s`);
      connection.release(true);
      await idle.end();
    },
  },
  {
    id: 'F26',
    title: 'ALTER TABLE waits behind a long query',
    promise: 'gives up after its lock_timeout; nobody queues behind it for longer',
    async strike(world) {
      await world.usual();
      const reading = transaction(world.owner, (connection) =>
        connection.query('select pg_sleep(6), count(*) from signal'),
      );
      await sleep(500);
      const changed = await transaction(world.owner, async (connection) => {
        await connection.query(`set local lock_timeout = '2s'`);
        await connection.query('alter table signal add column never text');
      }).then(
        () => 'done',
        (error: { code?: string }) => error.code ?? 'failed',
      );
      world.expect(changed === '55P03', `the change ended with ${changed}, expected lock_timeout (55P03)`);
      await world.flows();
      await reading;
    },
  },
  {
    id: 'F27',
    title: 'transactions that deadlock',
    promise: 'the one that loses is done again, once in effect',
    async strike(world) {
      await world.usual();
      const pool = poolOf(world);
      const { LONG, SHORT } = world.ground.facts;
      let again = 0;
      const cross = async (id: string, order: readonly string[]): Promise<void> => {
        for (;;) {
          try {
            await transaction(pool, async (connection) => {
              for (const signalId of order) {
                await connection.query('update signal set state_since = state_since where id = $1', [signalId]);
                await sleep(50);
              }
              await appendEvents(executeOn(connection), PUBLIC_STREAM, [eventOf(world, id)]);
            });
            return;
          } catch (error) {
            if (!isTransient(error)) throw error;
            again += 1;
          }
        }
      };
      for (let round = 0; round < STROKES; round += 1)
        await Promise.all([
          cross(`cross-${round}-a`, [LONG.signalId, SHORT.signalId]),
          cross(`cross-${round}-b`, [SHORT.signalId, LONG.signalId]),
        ]);
      await pool.end();
      await world.flows();
      const crossed = world.writer.sent.filter(({ id }) => id.startsWith('cross-'));
      world.notes.push(`${again} done again, ${crossed.length} of ${2 * STROKES} events`);
      world.expect(crossed.length === 2 * STROKES, `${crossed.length} events of ${2 * STROKES} transactions`);
      world.expect(again > 0, 'nothing ever deadlocked');
    },
  },
  {
    id: 'F49',
    title: 'the service is cut off from PostgreSQL alone, from Redis alone, from both',
    promise: 'subscriptions stay open; without PostgreSQL they say that they are not live',
    async strike(world) {
      const pod = await world.usual();
      const redis = world.lane.redis === null ? [] : [pod.redis];
      for (const ways of [[pod.database], redis, [pod.database, ...redis]]) {
        const end = ways.includes(pod.database) ? world.silence(world.followers) : () => undefined;
        for (const way of ways) for (const one of ['up', 'down'] as const) way[one].blackhole = true;
        if (ways.includes(pod.database)) await world.wait(60);
        else await world.flows();
        end();
        for (const way of ways) {
          way.mend();
          way.reset();
        }
        await world.flows();
      }
    },
  },
  {
    id: 'F50',
    title: 'slow ways: 500 ms more to clients, 100 ms more to the database, 64 kbit/s',
    promise: 'everything arrives',
    async strike(world) {
      const pod = await world.usual();
      for (const way of ['up', 'down'] as const) pod.database[way].latencyMs = 100;
      pod.front.down.latencyMs = 500;
      await world.wait(30);
      pod.front.down.latencyMs = 0;
      pod.front.down.bytesPerSecond = 8_000;
      await world.wait(30);
      pod.front.mend();
      pod.database.mend();
    },
  },
];

/** As the service writes. */
function poolOf({ database }: World): Pool {
  const { url } = database;
  return createPool({ url, name: 'faults-other', size: 4, statementTimeoutMs: 30_000, onError: () => undefined });
}

function eventOf({ ground }: World, reason: string) {
  const facts = ground.facts.LONG;
  return changeEvent(facts, { signalId: facts.signalId, type: 'TRIGGERED', occurredAt: Date.now(), reason });
}

/** Those of the service, whatever they are for; as its own role, which may. */
async function endSessions(world: World): Promise<void> {
  const pool = poolOf(world);
  await pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
       and usename = current_user and application_name not like 'heliograph-faults%' and pid <> pg_backend_pid()`,
  );
  await pool.end();
}

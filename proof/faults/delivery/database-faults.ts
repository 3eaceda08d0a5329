import { setTimeout as sleep } from 'node:timers/promises';
import { appendEvents, executeOn } from '../../../backend/log/append.ts';
import { PUBLIC_STREAM } from '../../../backend/log/event.ts';
import { isTransient, transaction } from '../../../backend/platform/database/pool.ts';
import { sendKill } from '../../common/processes.ts';
import { type Asker, countsOf } from './asker.ts';
import { refusesMeanwhile, wasToldSince } from './away.ts';
import type { Fault } from './fault.ts';
import { atMost, delayAtMost } from './limits.ts';
import { eventOf, poolOf } from './other-writer.ts';
import type { Pod } from './pod.ts';
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
    promise:
      'mutations get 503 with Retry-After, queries are refused, within 7 s; subscriptions stay open and say within a checkpoint that they are not live',
    async strike(world) {
      const pod = await world.usual();
      const end = world.silence(world.followers);
      await world.ground.stop();
      const { heartbeatMs: checkpointMs, scale } = world.pace;
      await refusesMeanwhile(world, pod, { seconds: Math.max(1, 30 * scale), checkpointMs });
      end();
      await world.ground.start();
      await goesOn(world, Date.now());
    },
  },
  {
    id: 'F23',
    title: 'all connections for requests are taken by slow queries',
    promise:
      'probes answer, queries are refused or served, 99 % of events take 1.5 s at most meanwhile: their reader has its own',
    async strike(world) {
      const pod = await world.usual();
      const from = Date.now();
      // The reader of the log needs no instruments; each question is another one, or one answer would do for all.
      await transaction(world.owner, async (connection) => {
        await connection.query('lock table instrument in access exclusive mode');
        const questions = Array.from(
          { length: AT_ONCE },
          (_, index) => `{ instruments(first: ${index + 1}) { nodes { id } } }`,
        );
        const asker = world.ask(pod.port, { questions, atOnce: AT_ONCE, pauseMs: 50 });
        await world.until('they wait', async () => (await waiting(world)) > 0);
        for (let looks = 0; looks < 4; looks += 1) {
          // Who idles in a transaction is ended.
          await connection.query('select 1');
          for (const probe of ['/livez', '/readyz']) {
            const status = await pod.status(probe);
            world.expect(status === 200, `${probe} answered ${status ?? 'nothing within 2 s'}, expected 200`);
          }
          world.expect((await waiting(world)) > 0, 'no query waits, so nothing is shown');
          await sleep(500);
        }
        await world.flows();
        await connection.query('select 1');
        await world.until('they are answered', () => asker.answers().length >= AT_ONCE, 9);
        asker.kill();
        const answers = asker.answers();
        world.notes.push(`${answers.length} queries: ${countsOf(answers)}`);
        const bad = answers.filter(({ code }) => !EXPECTED.includes(code));
        world.expect(bad.length === 0, `queries were answered with ${countsOf(bad)}`);
      });
      const until = Date.now();
      await world.flows();
      delayAtMost(world, POLLED_MS, { from, until });
    },
  },
  {
    id: 'F24',
    title: 'sessions of the service ended (pg_terminate_backend)',
    promise: 'goes on within 2 s',
    async strike(world) {
      await world.usual();
      for (let stroke = 0; stroke < STROKES; stroke += 1) {
        const from = Date.now();
        await endSessions(world);
        await world.flows(world.followers, 1);
        const until = Date.now();
        atMost(world, {
          what: 'the next event came after',
          ms: until - from,
          limitMs: 2_000,
          span: { from, until },
          rank: 'most',
        });
        await sleep(500);
      }
    },
  },
  {
    id: 'F25',
    title: 'a writer idles in its transaction, with the head of the stream locked',
    promise:
      'other streams go on; the server ends it after 10 s, and whoever waits for the lock looks again within its 2 s',
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
      const until = Date.now();
      const span = { from: begun, until };
      atMost(world, {
        what: 'the stream stood for',
        ms: until - begun,
        limitMs: IDLE_MS + LOCK_MS,
        span,
        rank: 'most',
      });
      connection.release(true);
      await idle.end();
    },
  },
  {
    id: 'F26',
    title: 'ALTER TABLE waits behind a long query',
    promise:
      'gives up after its lock_timeout of 2 s; nobody queues behind it for longer: the next event comes 2 s later at most',
    scaled:
      'gives up after its lock_timeout of 2 s; nobody queues behind it for longer: the next event comes 2 s later at most (2 s are two heartbeats here, so a stall may be told)',
    async strike(world) {
      await world.usual();
      const end = world.pace.scale === 1 ? () => undefined : world.mayStall();
      const reading = transaction(world.owner, (connection) =>
        connection.query('select pg_sleep(6), count(*) from signal'),
      );
      await world.until('the long query holds its lock', () => isRead(world, 'signal'));
      const from = Date.now();
      const changed = await transaction(world.owner, async (connection) => {
        await connection.query(`set local lock_timeout = '${LOCK_MS}ms'`);
        await connection.query('alter table signal add column never text');
      }).then(
        () => 'done',
        (error: { code?: string }) => error.code ?? 'failed',
      );
      const freed = Date.now();
      world.expect(changed === '55P03', `the change ended with ${changed}, expected lock_timeout (55P03)`);
      await world.flows(world.followers, 1);
      const until = Date.now();
      end();
      atMost(world, {
        what: 'the change waited for',
        ms: freed - from,
        limitMs: LOCK_MS + 500,
        span: { from, until: freed },
        rank: 'most',
      });
      atMost(world, {
        what: 'the next event came after another',
        ms: until - freed,
        limitMs: LOCK_MS,
        span: { from: freed, until },
        rank: 'most',
      });
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
      // Not those of a strike before on the same database.
      const crossed = world.writer.sent.filter(({ id, at }) => at > 0 && id.startsWith('cross-'));
      world.notes.push(`${again} done again, ${crossed.length} of ${2 * STROKES} events`);
      world.expect(crossed.length === 2 * STROKES, `${crossed.length} events of ${2 * STROKES} transactions`);
      world.expect(again > 0, 'nothing ever deadlocked');
    },
  },
  {
    id: 'F49',
    title: 'the service is cut off from PostgreSQL alone, from Redis alone, from both, without a word',
    promise:
      'without Redis 99 % of events take 1.5 s at most; without PostgreSQL as F21; events come again within 10 s of the end, with old connections or new ones',
    isLong: true,
    async strike(world) {
      // Heartbeats as stated: that a database hangs is found out by time-outs, which are not scaled.
      const pod = await world.startPod({ settings: { SUBSCRIPTION_CHECKPOINT_MS: String(CHECKPOINT_MS) } });
      await world.startWriter();
      const patience = { stallAfterMs: 2 * CHECKPOINT_MS };
      world.follow('all', pod.front.port, patience);
      world.follow('longs', pod.front.port, { side: 'LONG', ...patience });
      await world.flows();
      const seconds = Math.max(2 * (CHECKPOINT_MS / 1_000), 60 * world.pace.scale);
      const redis = world.lane.redis === null ? [] : [pod.redis];
      for (const { ways, resets } of [
        { ways: [pod.database], resets: false },
        { ways: redis, resets: false },
        { ways: [pod.database, ...redis], resets: false },
        { ways: [pod.database, ...redis], resets: true },
      ]) {
        await world.until('they are live', () => world.followers.every((one) => one.told().at(-1)?.state === 'live'));
        const from = Date.now();
        for (const way of ways) for (const one of ['up', 'down'] as const) way[one].blackhole = true;
        if (ways.includes(pod.database)) {
          await refusesMeanwhile(world, pod, { seconds, checkpointMs: CHECKPOINT_MS });
        } else {
          await sleep(seconds * 1_000);
          const until = Date.now();
          await world.flows();
          delayAtMost(world, POLLED_MS, { from, until }, 'without Redis');
        }
        const mended = Date.now();
        for (const way of ways) way.mend();
        // Where it is not cut off too, what was under way comes through: nobody tells either side that anything was wrong.
        if (resets) for (const way of ways) way.reset();
        await goesOn(world, mended);
        await world.flows();
      }
    },
  },
  {
    id: 'F50',
    title: 'slow ways: 500 ms more to clients and to the database, 1 % of pieces lost, then 64 kbit/s',
    promise:
      'everything arrives, nobody is cut off; requests end before a client gives up (10 s), and no more than a tenth of the connections are tried again',
    scaled:
      'everything arrives; requests end before a client gives up (10 s). That nobody is cut off and nothing is tried again is judged with --full: heartbeats of 1 s are too short for a way of that length',
    async strike(world) {
      // What 64 kbit/s can carry, or a client falls behind by itself.
      const pod = await world.usual({}, { pauseMs: 500 });
      const asker = world.ask(pod.front.port, { pauseMs: 200, patienceMs: PATIENCE_MS });
      await world.until('it is answered', () => asker.answers().length > 0);
      const before = attemptsAt(pod);
      const end = world.pace.scale === 1 ? () => undefined : world.mayStall();
      const from = Date.now();
      for (const way of ['up', 'down'] as const) Object.assign(pod.database[way], { latencyMs: 250, lossShare: 0.01 });
      Object.assign(pod.front.down, { latencyMs: 500, lossShare: 0.01 });
      await world.wait(30);
      Object.assign(pod.front.down, { latencyMs: 0, lossShare: 0, bytesPerSecond: 8_000 });
      await world.wait(30);
      await world.until('requests are answered', () => asker.answers().filter(({ at }) => at >= from).length >= 3);
      const after = attemptsAt(pod);
      world.notes.push(`${pod.database.lost} pieces from or to the database were lost, ${pod.front.lost} to clients`);
      pod.front.mend();
      pod.database.mend();
      await world.flows();
      end();
      judgeSlowness(world, { from, asker, before, after });
    },
  },
];

const AT_ONCE = 40;
const EXPECTED: readonly (string | null)[] = [null, 'UNAVAILABLE', 'TIMEOUT', 'RATE_LIMITED'];
/** R3: what it is where nobody wakes readers. */
const POLLED_MS = 1_500;
/** Of the database, by the settings of every connection of the service. */
const [IDLE_MS, LOCK_MS] = [10_000, 2_000];
const GOES_ON_MS = 10_000;
const CHECKPOINT_MS = 5_000;
const PATIENCE_MS = 10_000;

/** Waits until everybody has heard something that was written after this moment. */
async function goesOn(world: World, from: number): Promise<void> {
  const { head } = world.writer;
  await world.until('events come again', () => world.followers.every(({ newest }) => newest > head));
  const until = Date.now();
  const span = { from, until };
  atMost(world, { what: 'events came again after', ms: until - from, limitMs: GOES_ON_MS, span, rank: 'most' });
}

/** Sessions that wait for a lock; what they do is for their own role to see, that they wait is not. */
async function waiting({ owner }: World): Promise<number> {
  const { rows } = await owner.query<{ count: number }>('select count(*) as count from pg_locks where not granted');
  return rows[0]?.count ?? 0;
}

/** Of all attempts, so many may be made again. */
const EXTRA = 0.1;
/** Connections of the pools for requests and of the reader of the log: each may be opened anew when it was not used for 30 s. */
const POOLED = 8 + 2;

type Attempts = { readonly front: number; readonly database: number };

function attemptsAt({ front, database }: Pod): Attempts {
  return { front: front.opened, database: database.opened };
}

type Slowness = { readonly from: number; readonly asker: Asker; readonly before: Attempts; readonly after: Attempts };

function judgeSlowness(world: World, { from, asker, before, after }: Slowness): void {
  const answers = asker.answers().filter(({ at }) => at >= from);
  const bad = answers.filter(({ status }) => status === null);
  world.notes.push(`${answers.length} requests: ${countsOf(answers)}`);
  world.expect(answers.length > 0, 'nothing was answered');
  world.expect(bad.length === 0, `${bad.length} of ${answers.length} requests were given up: ${countsOf(bad)}`);
  if (world.pace.scale < 1) return;
  const cut = world.followers.filter((follower) => wasToldSince(follower, 'disconnected', from));
  world.expect(cut.length === 0, `${cut.map(({ name }) => name).join(', ')} lost the connection`);
  const limits = { front: Math.ceil(EXTRA * (world.followers.length + 1)), database: Math.ceil((1 + EXTRA) * POOLED) };
  for (const name of ['front', 'database'] as const) {
    const more = after[name] - before[name];
    world.notes.push(`${more} new connections to the ${name}`);
    world.expect(more <= limits[name], `${more} new connections to the ${name}, expected ${limits[name]} at most`);
  }
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

/** Whether somebody else reads a table in a transaction that goes on. */
async function isRead({ owner }: World, table: string): Promise<boolean> {
  const { rowCount } = await owner.query(
    `select from pg_locks where relation = $1::regclass and mode = 'AccessShareLock' and pid <> pg_backend_pid()`,
    [table],
  );
  return rowCount !== 0;
}

import { createHash } from 'node:crypto';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../platform/database/pool.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { appendEvents, executeOn } from './append.ts';
import { PUBLIC_STREAM } from './event.ts';
import { readEventsAfter, readStreamState } from './read.ts';
import { appendBodies, eventOf, openStream } from './testing.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore('append');
});
afterAll(() => store.dispose());

describe('appendEvents', () => {
  it('gives events their places in order and keeps every byte of their bodies', async () => {
    const bodies = ['{"b":1,"a":2}', '{"price":"167.650"}', '"\\u0000 line\\n \u{1F4C8} ü \\" \\\\ ? $1"', ''];
    const first = await appendBodies(store.pool, PUBLIC_STREAM, bodies);
    const second = await appendBodies(store.pool, PUBLIC_STREAM, ['{}']);

    const { head } = await readStreamState(store.pool, PUBLIC_STREAM);
    expect(first).toEqual({ epoch: head.epoch, firstSeq: 1, lastSeq: 4 });
    expect(second).toEqual({ epoch: head.epoch, firstSeq: 5, lastSeq: 5 });
    const events = await readEventsAfter(store.pool, PUBLIC_STREAM, 0, 10);
    expect(events.map(({ seq, body }) => [seq, body])).toEqual(
      [...bodies, '{}'].map((body, index) => [index + 1, body]),
    );
    expect(events[0]).toMatchObject({ ...eventOf('{"b":1,"a":2}'), stream: PUBLIC_STREAM, epoch: head.epoch });
    expect(Math.abs((events[0]?.recordedAt ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('chains hash = sha256(previous hash, seq as 8 bytes, body), the first to 32 zero bytes', async () => {
    await openStream(store.owner, 'chain');
    await appendBodies(store.pool, 'chain', ['one', 'zwei ü']);
    await appendBodies(store.pool, 'chain', ['three']);

    const place = (seq: number): Buffer => Buffer.from(seq.toString(16).padStart(16, '0'), 'hex');
    let hash: Buffer = Buffer.alloc(32);
    const expected = ['one', 'zwei ü', 'three'].map((body, index) => {
      hash = createHash('sha256')
        .update(Buffer.concat([hash, place(index + 1), Buffer.from(body)]))
        .digest();
      return hash.toString('hex');
    });
    const events = await readEventsAfter(store.pool, 'chain', 0, 10);
    expect(events.map((event) => event.hash)).toEqual(expected);
    expect(events.map((event) => event.prevHash)).toEqual(['00'.repeat(32), ...expected.slice(0, -1)]);
    const { rows: heads } = await store.pool.query(
      `select encode(last_hash, 'hex') as hash from stream_head where stream = 'chain'`,
    );
    expect(heads[0].hash).toBe(expected.at(-1));
  });

  it('refuses a stream that nobody opened', async () => {
    await expect(appendBodies(store.pool, 'unheard', ['{}'])).rejects.toThrow('there is no stream "unheard"');
  });

  it('takes back its numbers when the transaction is rolled back', async () => {
    await openStream(store.owner, 'rollback');
    const failing = transaction(store.pool, async (connection) => {
      await appendEvents(executeOn(connection), 'rollback', [eventOf('lost')]);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await appendBodies(store.pool, 'rollback', ['kept'])).toMatchObject({ firstSeq: 1, lastSeq: 1 });
  });

  it('keeps one stream open for others while a transaction holds another', async () => {
    await openStream(store.owner, 'held');
    await openStream(store.owner, 'free');
    await transaction(store.pool, async (connection) => {
      await appendEvents(executeOn(connection), 'held', [eventOf('mine')]);
      await appendBodies(store.pool, 'free', ['not kept waiting']);
    });
    expect((await readStreamState(store.pool, 'free')).head.seq).toBe(1);
  });

  it('writes across the border of two partitions, and finds the next one made', async () => {
    await openStream(store.owner, 'long');
    await store.owner.query(`update stream_head set last_seq = 999997 where stream = 'long'`);
    await appendBodies(store.pool, 'long', ['a', 'b', 'c', 'd']);
    await store.pool.query('select ensure_partitions(now())');

    const { rows } = await store.pool.query(
      `select seq, tableoid::regclass::text as place from event_log where stream = 'long' order by seq`,
    );
    expect(rows.map((row) => [row.seq, row.place])).toEqual([
      [999_998, 'event_log_0'],
      [999_999, 'event_log_0'],
      [1_000_000, 'event_log_1'],
      [1_000_001, 'event_log_1'],
    ]);
    const { rows: next } = await store.pool.query(`select to_regclass('event_log_2')::text as name`);
    expect(next).toEqual([{ name: 'event_log_2' }]);
  });
});

/** One transaction of a writer: how many events it appends, whether it commits, and how long it dawdles. */
const attempt = fc.record({
  events: fc.integer({ min: 1, max: 4 }),
  commits: fc.boolean(),
  pauseMs: fc.nat({ max: 2 }),
});
const writers = fc.array(fc.array(attempt, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 5 });

describe('many writers at once', () => {
  it('leave a gapless log in the order of their commits, and no reader ever meets a gap', {
    timeout: 60_000,
  }, async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(writers, async (plans) => {
        const stream = `writers-${++run}`;
        await openStream(store.owner, stream);
        const done = new AbortController();
        const reading = readAlong(stream, done.signal);
        const commits = (await Promise.all(plans.map((plan, writer) => write(stream, writer, plan)))).flat();
        done.abort();
        const read = await reading;

        const ordered = commits.sort((a, b) => a.firstSeq - b.firstSeq);
        const bodies = ordered.flatMap((commit) => commit.bodies);
        expect(ordered.map((commit) => commit.firstSeq)).toEqual(
          ordered.map(
            (_, index) => 1 + ordered.slice(0, index).reduce((sum, { bodies: { length } }) => sum + length, 0),
          ),
        );
        expect(read).toEqual(bodies.map((body, index) => ({ seq: index + 1, body })));
        // Each writer's own commits come in its own order.
        for (const [writer] of plans.entries()) {
          const own = ordered.filter((commit) => commit.writer === writer).map((commit) => commit.attempt);
          expect(own).toEqual([...own].sort((a, b) => a - b));
        }
        expect((await readStreamState(store.pool, stream)).head.seq).toBe(bodies.length);
      }),
      { numRuns: 12 },
    );
  });
});

type Commit = { writer: number; attempt: number; firstSeq: number; bodies: readonly string[] };

async function write(
  stream: string,
  writer: number,
  plan: readonly { events: number; commits: boolean; pauseMs: number }[],
): Promise<Commit[]> {
  const commits: Commit[] = [];
  for (const [index, { events, commits: keep, pauseMs }] of plan.entries()) {
    const bodies = Array.from({ length: events }, (_, place) => `${writer}.${index}.${place}`);
    await transaction(store.pool, async (connection) => {
      const { firstSeq } = await appendEvents(executeOn(connection), stream, bodies.map(eventOf));
      await sleep(pauseMs);
      if (!keep) throw new Error('rolled back on purpose');
      commits.push({ writer, attempt: index, firstSeq, bodies });
    }).catch((error: Error) => {
      if (error.message !== 'rolled back on purpose') throw error;
    });
  }
  return commits;
}

/** Follows the stream while it is written, page by page, and stops at its end once nobody writes any more. */
async function readAlong(stream: string, done: AbortSignal): Promise<{ seq: number; body: string }[]> {
  const read: { seq: number; body: string }[] = [];
  for (;;) {
    const wasDone = done.aborted;
    const page = await readEventsAfter(store.pool, stream, read.at(-1)?.seq ?? 0, 3);
    read.push(...page.map(({ seq, body }) => ({ seq, body })));
    if (page.length === 0 && wasDone) return read;
    await setImmediate();
  }
}

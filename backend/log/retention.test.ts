import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { readStreamState } from './read.ts';
import { resolvePosition } from './resolve-position.ts';
import { archiveOldEvents } from './retention.ts';
import { appendBodies } from './testing.ts';
import { verifyLedger } from './verify.ts';

const run = { suffix: 'partial', signal: new AbortController().signal };
const STREAMS = ['audit', 'public'] as const;
const bodiesOf = (stream: string, count: number) =>
  Array.from({ length: count }, (_, index) => `{"${stream}":${index + 1},"text":"ü \\n ' \u{1F4C8}"}`);

let store: TestStore;
let directory: string;
beforeEach(async () => {
  // Partitions of ten events; seq 0 is in the first, as in those of a million.
  store = await openTestStore('log_retention', async ({ owner }) => {
    await owner.query('drop table event_log_0, event_log_1');
    for (const [number, end] of [10, 20, 30, 1_000].entries())
      await owner.query(
        `create table event_log_${number} partition of event_log for values from (${number * 10}) to (${end})`,
      );
    for (const stream of STREAMS) await appendBodies(owner, stream, bodiesOf(stream, 35));
  });
  directory = await mkdtemp(join(tmpdir(), 'archive-'));
  return async () => {
    await store.dispose();
    await rm(directory, { recursive: true });
  };
});

/** Events up to a seq were recorded so many days ago. */
const age = (upTo: number, days: number) =>
  store.owner.query(`update event_log set recorded_at = now() - make_interval(days => $2) where seq <= $1`, [
    upTo,
    days,
  ]);
const archive = (days = 40) => archiveOldEvents(store.pool, { days, directory }, run);
const verify = (stream: string, archives: string | null = null) => verifyLedger(store.pool, stream, archives);
const partitions = async () =>
  (await store.pool.query(`select name from event_log_partition order by first_seq`)).rows.map(({ name }) => name);
const ALL = ['event_log_0', 'event_log_1', 'event_log_2', 'event_log_3'];

describe('retention of the event log', () => {
  it('archives and drops whole partitions that are old in every stream, and the chain goes on from an anchor', async () => {
    const before = await Promise.all(STREAMS.map((stream) => verify(stream)));
    await age(25, 41);
    expect(await archive()).toEqual(['event_log_0', 'event_log_1']);
    expect(await partitions()).toEqual(ALL.slice(2));
    expect(await readdir(directory)).toEqual(['event_log_0.jsonl.gz', 'event_log_1.jsonl.gz']);
    expect(await archive()).toEqual([]);

    for (const [index, stream] of STREAMS.entries()) {
      expect(await verify(stream)).toMatchObject({ events: 16, startsAfter: 19, lastSeq: 35, fault: null });
      // From the first event that there ever was, through the archives: as if nothing had been dropped.
      expect(await verify(stream, directory)).toEqual(before[index]);
    }
  });

  it('keeps every column of every event in its archive, a line each', async () => {
    const { rows } = await store.pool.query(
      `select stream, seq, kind, body, to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "recordedAt", encode(hash, 'hex') as hash
         from event_log where seq < 10 order by stream, seq`,
    );
    await age(9, 41);
    const { rows: aged } = await store.pool.query(
      `select distinct to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from event_log where seq < 10`,
    );
    expect(await archive()).toEqual(['event_log_0']);
    const text = gunzipSync(await readFile(join(directory, 'event_log_0.jsonl.gz'))).toString();
    const events = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events).toMatchObject(rows.map((row) => ({ ...row, recordedAt: aged[0].at })));
    expect(Object.keys(events[0]).sort()).toEqual(
      [
        'body',
        'epoch',
        'hash',
        'kind',
        'occurredAt',
        'prevHash',
        'recordedAt',
        'schemaVersion',
        'seq',
        'stream',
      ].sort(),
    );
  });

  it('tells a cursor from before what is the earliest that is still held', async () => {
    await age(25, 41);
    await archive();
    const state = await readStreamState(store.pool, 'public');
    expect(state.firstSeq).toBe(20);
    const { epoch } = state.head;
    expect(resolvePosition(state, { epoch, seq: 18 })).toMatchObject({ code: 'OUTDATED_CURSOR' });
    expect(resolvePosition(state, { epoch, seq: 19 })).toBe(19);
  });

  it('keeps a partition that one of the streams has not gone beyond, or in which one event is younger', async () => {
    await age(1_000, 41);
    await store.owner.query(`delete from event_log where stream = 'audit' and seq > 15`);
    await store.owner.query(
      `update stream_head set last_seq = 15, last_hash = (select hash from event_log where stream = 'audit' and seq = 15) where stream = 'audit'`,
    );
    await store.owner.query(`update event_log set recorded_at = now() where stream = 'public' and seq = 9`);
    expect(await archive()).toEqual([]);
    await age(1_000, 41);
    expect(await archive()).toEqual(['event_log_0']);
    expect(await partitions()).toEqual(ALL.slice(1));
  });

  it('finishes what a run has left half done, with the same file', async () => {
    await age(9, 41);
    const stopped = new AbortController();
    stopped.abort(new Error('given up'));
    await expect(
      archiveOldEvents(store.pool, { days: 40, directory }, { ...run, signal: stopped.signal }),
    ).rejects.toThrow('given up');
    // The file and the anchors are there, the partition still is, too.
    await expect(archiveOldEvents(refusing('drop_archived_partition'), { days: 40, directory }, run)).rejects.toThrow(
      'refused',
    );
    const file = await readFile(join(directory, 'event_log_0.jsonl.gz'));
    await rm(join(directory, 'event_log_0.jsonl.gz'));
    expect(await partitions()).toEqual(ALL);
    expect(await archive()).toEqual(['event_log_0']);
    expect(await readFile(join(directory, 'event_log_0.jsonl.gz'))).toEqual(file);
    expect(await verify('public', directory)).toMatchObject({ events: 35, fault: null });
  });

  it('drops nothing that it cannot read back, and nothing whose chain is broken', async () => {
    await age(9, 41);
    await expect(archiveOldEvents(refusing('drop_archived_partition'), { days: 40, directory }, run)).rejects.toThrow(
      'refused',
    );
    const path = join(directory, 'event_log_0.jsonl.gz');
    const text = gunzipSync(await readFile(path)).toString();
    await writeFile(path, gzipSync(text.replace('"audit\\":3', '"audit\\":4')));
    await expect(archive()).rejects.toThrow('does not hold stream audit: the hash of seq 3 does not match');
    await writeFile(path, gzipSync(text, { level: 1 }));
    await expect(archive()).rejects.toThrow('but was archived with');
    expect(await partitions()).toEqual(ALL);
  });

  it('says why it cannot write to a folder that is not there', async () => {
    await age(9, 41);
    await expect(archiveOldEvents(store.pool, { days: 40, directory: join(directory, 'none') }, run)).rejects.toThrow(
      'ENOENT',
    );
    expect(await partitions()).toEqual(ALL);
  });
});

/** Connections that do not let a statement through. */
function refusing(word: string): TestStore['pool'] {
  return Object.assign(Object.create(store.pool), {
    query: (...args: [string]): unknown => store.pool.query(...args),
    connect: async () => {
      const connection = await store.pool.connect();
      const query = (...args: [string]): unknown =>
        args[0].includes(word) ? Promise.reject(new Error('refused')) : connection.query(...args);
      return Object.assign(Object.create(connection), { query, release: () => connection.release() });
    },
  });
}

describe('the database', () => {
  const drop = (name: string) => store.pool.query('select drop_archived_partition($1)', [name]);

  it.each([
    ['one that is not there', 'event_log_9', '22023', 'has no partition "event_log_9"'],
    ['a table that is no partition of the log', 'signal', '22023', 'has no partition "signal"'],
    ['one in the middle', 'event_log_1', '55006', 'an older one is still there'],
    ['one without an anchor', 'event_log_0', '55006', 'stream "audit" has no anchor at 9 that fits its 9 events'],
  ])('does not drop %s, whoever asks', async (_what, name, code, message) => {
    await age(25, 41);
    await expect(drop(name)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(await partitions()).toEqual(ALL);
  });

  it('drops nothing that is younger than 30 days, or that is being written', async () => {
    await age(9, 41);
    await expect(archiveOldEvents(refusing('drop_archived_partition'), { days: 40, directory }, run)).rejects.toThrow(
      'refused',
    );
    await store.owner.query(
      `update event_log set recorded_at = now() - interval '29 days' where stream = 'public' and seq = 4`,
    );
    await expect(drop('event_log_0')).rejects.toMatchObject({
      code: '55006',
      message: expect.stringContaining('younger than 30 days'),
    });
    await store.owner.query(`update stream_head set last_seq = 9 where stream = 'audit'`);
    await expect(drop('event_log_0')).rejects.toMatchObject({
      message: expect.stringContaining('stream "audit" has only come to 9'),
    });
  });

  it('drops nothing under an anchor that does not fit what it holds', async () => {
    await age(9, 41);
    await expect(archiveOldEvents(refusing('drop_archived_partition'), { days: 40, directory }, run)).rejects.toThrow(
      'refused',
    );
    for (const change of [`hash = sha256('x')`, `epoch = 'other'`, 'rows = 8']) {
      const { rows } = await store.owner.query(`select * from event_log_anchor where stream = 'public'`);
      await store.owner.query(`update event_log_anchor set ${change} where stream = 'public'`);
      await expect(drop('event_log_0')).rejects.toMatchObject({
        message: expect.stringContaining('stream "public" has no anchor at 9'),
      });
      const { hash, epoch, rows: held } = rows[0];
      await store.owner.query(`update event_log_anchor set hash = $1, epoch = $2, rows = $3 where stream = 'public'`, [
        hash,
        epoch,
        held,
      ]);
    }
    await drop('event_log_0');
    expect(await partitions()).toEqual(ALL.slice(1));
  });

  it('lets the service neither change nor remove an anchor, nor an event, nor a partition', async () => {
    for (const sql of [
      'delete from event_log_anchor',
      'update event_log_anchor set rows = 1',
      'delete from event_log',
      'drop table event_log_0',
      `select missing_anchor('event_log_0', 10)`,
    ])
      await expect(store.pool.query(sql)).rejects.toMatchObject({ code: '42501' });
  });
});

describe('verifyLedger, once partitions are gone', () => {
  beforeEach(async () => {
    await age(25, 41);
    await archive();
  });
  const path = (number: number) => join(directory, `event_log_${number}.jsonl.gz`);
  const rewrite = async (number: number, change: (text: string) => string) =>
    writeFile(path(number), gzipSync(change(gunzipSync(await readFile(path(number))).toString())));

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'a tampered archive',
      () => rewrite(0, (text) => text.replace('"public\\":5', '"public\\":6')),
      'the hash of seq 5 does not match',
    ],
    [
      'an archive that was packed anew',
      async () => writeFile(path(1), gzipSync(gunzipSync(await readFile(path(1))), { level: 1 })),
      'but was archived with',
    ],
    [
      'an archive without its last event',
      () => rewrite(1, (text) => text.trimEnd().split('\n').slice(0, -1).join('\n').concat('\n')),
      'but was archived with',
    ],
    [
      'an archive that is cut off',
      async () => writeFile(path(1), (await readFile(path(1))).subarray(0, 200)),
      'cannot be read',
    ],
    ['a missing archive', () => rm(path(0)), 'cannot be read'],
  ])('finds %s', async (_what, tamper, fault) => {
    await tamper();
    expect((await verify('public', directory)).fault).toContain(fault);
    // What is in the database is whole all the same.
    expect(await verify('public')).toMatchObject({ fault: null });
  });

  it.each([
    [
      'a wrong anchor',
      `update event_log_anchor set hash = sha256('x') where seq = 19`,
      'the hash of seq 20 does not match',
    ],
    ['an anchor that is gone', 'delete from event_log_anchor where seq = 19', 'seq 10 is missing: 9 is followed by 20'],
    [
      'an anchor in the middle that is gone',
      'delete from event_log_anchor where seq = 9',
      'seq 1 is missing: the archive event_log_1.jsonl.gz begins at 10',
    ],
    ['a missing partition in the middle', 'drop table event_log_2', 'seq 20 is missing: 19 is followed by 30'],
    ['no anchors at all', 'truncate event_log_anchor', 'seq 1 is missing: 0 is followed by 20'],
    [
      'a forged event after the anchor',
      `update event_log set body = 'x' where seq = 20`,
      'the hash of seq 20 does not match',
    ],
  ])('finds %s, with and without the archives', async (_what, sql, fault) => {
    await store.owner.query(sql);
    expect((await verify('public')).fault).toContain(fault);
    expect((await verify('public', directory)).fault).not.toBeNull();
  });
});

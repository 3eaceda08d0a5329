import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { appendBodies, openStream } from './testing.ts';
import { verifyLedger } from './verify.ts';

const BODIES = ['one', 'two', 'three', 'four', 'five'];
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

let store: TestStore;
let stream: string;
let epoch: string;
let opened = 0;
beforeAll(async () => {
  store = await openTestStore('verify');
});
afterAll(() => store.dispose());
beforeEach(async () => {
  stream = `ledger-${++opened}`;
  epoch = await openStream(store.owner, stream);
  await appendBodies(store.pool, stream, BODIES.slice(0, 2));
  await appendBodies(store.pool, stream, BODIES.slice(2));
});

const verify = () => verifyLedger(store.pool, stream);
/** As somebody who owns the tables can. */
const tamper = (sql: string) => store.owner.query(sql, [stream]);

describe('verifyLedger', () => {
  it('finds no fault in what was appended, and names it by its bodies alone', async () => {
    expect(await verify()).toEqual({
      stream,
      epoch,
      events: 5,
      startsAfter: 0,
      lastSeq: 5,
      bodiesSha256: sha256(BODIES.join('')),
      fault: null,
    });
    await openStream(store.owner, `${stream}-again`);
    for (const body of BODIES) await appendBodies(store.pool, `${stream}-again`, [body]);
    const again = await verifyLedger(store.pool, `${stream}-again`);
    expect(again).toMatchObject({ bodiesSha256: sha256(BODIES.join('')), fault: null });
  });

  it('finds no fault in an empty stream', async () => {
    await openStream(store.owner, `${stream}-empty`);
    expect(await verifyLedger(store.pool, `${stream}-empty`)).toMatchObject({
      events: 0,
      lastSeq: 0,
      bodiesSha256: sha256(''),
      fault: null,
    });
  });

  it('reads a log of several pages', async () => {
    const many = Array.from({ length: 4_100 }, (_, index) => `event ${index}`);
    await appendBodies(store.pool, stream, many);
    expect(await verify()).toMatchObject({
      events: 4_105,
      bodiesSha256: sha256([...BODIES, ...many].join('')),
      fault: null,
    });
    await tamper(`update event_log set body = 'forged' where stream = $1 and seq = 4003`);
    expect(await verify()).toMatchObject({
      fault: 'the hash of seq 4003 does not match its body and the event before',
    });
  });

  it.each([
    [
      'a changed body',
      `update event_log set body = 'THREE' where stream = $1 and seq = 3`,
      'the hash of seq 3 does not match its body and the event before',
    ],
    [
      'a changed hash',
      `update event_log set hash = sha256('x') where stream = $1 and seq = 2`,
      'the hash of seq 2 does not match its body and the event before',
    ],
    [
      'a changed name of the event before',
      `update event_log set prev_hash = sha256('x') where stream = $1 and seq = 2`,
      'seq 2 names another hash than that of the event before',
    ],
    [
      'a changed body whose own hash was made to fit',
      `update event_log l set body = 'THREE', hash = sha256((select hash from event_log p where p.stream = l.stream and p.seq = 2) || int8send(3) || 'THREE'::bytea)
        where stream = $1 and seq = 3`,
      'the hash of seq 4 does not match its body and the event before',
    ],
    [
      'two events that changed places',
      `update event_log l set body = (select body from event_log o where o.stream = l.stream and o.seq = 7 - l.seq) where stream = $1 and seq in (3, 4)`,
      'the hash of seq 3 does not match its body and the event before',
    ],
    ['a missing event', `delete from event_log where stream = $1 and seq = 3`, 'seq 3 is missing: 2 is followed by 4'],
    [
      'a missing first event',
      `delete from event_log where stream = $1 and seq = 1`,
      'seq 1 is missing: 0 is followed by 2',
    ],
    [
      'a missing last event',
      `delete from event_log where stream = $1 and seq = 5`,
      'the head says 5, the last event is 4',
    ],
    ['nothing left at all', `delete from event_log where stream = $1`, 'the head says 5, the last event is 0'],
    [
      'a head that is behind',
      `update stream_head set last_seq = 4 where stream = $1`,
      `the head's hash is not that of event 4`,
    ],
    [
      'a head that is ahead',
      `update stream_head set last_seq = 6 where stream = $1`,
      'the head says 6, the last event is 5',
    ],
    [
      'a head with another hash',
      `update stream_head set last_hash = sha256('x') where stream = $1`,
      `the head's hash is not that of event 5`,
    ],
  ])('finds %s', async (_what, sql, fault) => {
    await tamper(sql);
    expect(await verify()).toMatchObject({ fault });
  });

  it('tells the first fault of several', async () => {
    await tamper(`update event_log set body = 'x' where stream = $1 and seq in (2, 4)`);
    expect((await verify()).fault).toContain('seq 2');
  });

  it('does not take a stream that is not there for an empty one', async () => {
    await expect(verifyLedger(store.pool, 'unheard')).rejects.toThrow('There is no stream unheard');
  });
});

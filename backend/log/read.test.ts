import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { readEventsAfter, readEventsBefore, readStreamState } from './read.ts';
import { appendBodies, openEpoch, openStream } from './testing.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore('read');
  await openStream(store.owner, 'notes');
  await appendBodies(store.pool, 'notes', ['a', 'b', 'c', 'd', 'e']);
  await openStream(store.owner, 'others');
  await appendBodies(store.pool, 'others', ['not mine']);
});
afterAll(() => store.dispose());

const bodies = (events: readonly { body: string }[]): string => events.map(({ body }) => body).join('');

describe('reading a stream', () => {
  it('goes on after a seq, oldest first, a page at a time', async () => {
    expect(bodies(await readEventsAfter(store.pool, 'notes', 0, 2))).toBe('ab');
    expect(bodies(await readEventsAfter(store.pool, 'notes', 2, 10))).toBe('cde');
    expect(await readEventsAfter(store.pool, 'notes', 5, 10)).toEqual([]);
  });

  it('goes back from a seq, newest first', async () => {
    expect(bodies(await readEventsBefore(store.pool, 'notes', 6, 2))).toBe('ed');
    expect(bodies(await readEventsBefore(store.pool, 'notes', 4, 10))).toBe('cba');
    expect(await readEventsBefore(store.pool, 'notes', 1, 10)).toEqual([]);
  });

  it('tells where a stream begins and ends: an empty one begins after its head', async () => {
    await openStream(store.owner, 'empty');
    const first = { epoch: 'empty-first', previousEpoch: null, lastCommonSeq: 0 };
    expect(await readStreamState(store.pool, 'empty')).toEqual({
      head: { epoch: 'empty-first', seq: 0 },
      firstSeq: 1,
      epochs: [first],
    });
    expect(await readStreamState(store.pool, 'notes')).toMatchObject({ head: { seq: 5 }, firstSeq: 1 });
  });

  it('begins with the oldest event that is still held', async () => {
    await store.owner.query(`delete from event_log where stream = 'notes' and seq <= 2`);
    expect((await readStreamState(store.pool, 'notes')).firstSeq).toBe(3);
    const [oldest, next] = await readEventsAfter(store.pool, 'notes', 0, 10);
    expect([oldest?.body, next?.body]).toEqual(['c', 'd']);
    // The chain goes on over the edge of what is held.
    expect(oldest?.prevHash).toMatch(/^(?!0{64})[0-9a-f]{64}$/);
    expect(next?.prevHash).toBe(oldest?.hash);
  });

  it('knows every incarnation in its order, and counts on from what two of them share', async () => {
    await openEpoch(store.owner, 'notes', 'notes-second', 4);
    expect(await appendBodies(store.pool, 'notes', ['E'])).toEqual({ epoch: 'notes-second', firstSeq: 5, lastSeq: 5 });
    await openEpoch(store.owner, 'notes', 'notes-third', 5);
    expect(await readStreamState(store.pool, 'notes')).toEqual({
      head: { epoch: 'notes-third', seq: 5 },
      firstSeq: 3,
      epochs: [
        { epoch: 'notes-first', previousEpoch: null, lastCommonSeq: 0 },
        { epoch: 'notes-second', previousEpoch: 'notes-first', lastCommonSeq: 4 },
        { epoch: 'notes-third', previousEpoch: 'notes-second', lastCommonSeq: 5 },
      ],
    });
    const events = await readEventsAfter(store.pool, 'notes', 3, 10);
    expect(events.map(({ epoch, seq }) => [epoch, seq])).toEqual([
      ['notes-first', 4],
      ['notes-second', 5],
    ]);
  });

  it('does not take a stream that is not there for an empty one', async () => {
    await expect(readStreamState(store.pool, 'unheard')).rejects.toThrow('There is no stream unheard');
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Asking } from '../access/api-keys.ts';
import { DEVELOPER } from '../access/development.ts';
import { CursorCodec } from '../log/cursor.ts';
import { readStreamState } from '../log/read.ts';
import { appendBodies, openEpoch } from '../log/testing.ts';
import { ManualClock } from '../platform/clock.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { Acknowledgements } from './acknowledgements.ts';

const NOW = Date.parse('2026-11-20T15:00:00Z');
const codec = new CursorCodec('a-key-of-these-tests-alone');

let store: TestStore;
let epoch: string;
beforeAll(async () => {
  store = await openTestStore('acknowledged');
  await appendBodies(store.pool, 'public', ['1', '2', '3', '4', '5', '6']);
  epoch = (await readStreamState(store.pool, 'public')).head.epoch;
});
afterAll(() => store.dispose());

let clock: ManualClock;
let acknowledgements: Acknowledgements;
beforeEach(async () => {
  await store.owner.query('truncate signal_acknowledgement');
  clock = new ManualClock(NOW);
  acknowledgements = new Acknowledgements(store.pool, codec, clock);
});

const asking = (id: string, tenant = 'acme'): Asking => ({ principal: { ...DEVELOPER, id, tenant }, requestId: 'r' });
const cursorAt = (seq: number, at = epoch, filterHash = 'any') =>
  codec.encode({ positions: { public: { epoch: at, seq } }, filterHash });
const held = async () =>
  (await store.pool.query('select tenant, principal, seq from signal_acknowledgement order by 1, 2')).rows;
const audited = async (): Promise<number> =>
  (await store.pool.query(`select last_seq from stream_head where stream = 'audit'`)).rows[0].last_seq;

describe('an acknowledgement', () => {
  it('moves forward only, and tells what is held', async () => {
    const ada = asking('user:ada');
    expect(await acknowledgements.acknowledge(ada, cursorAt(3))).toEqual({ cursor: cursorAt(3), acknowledgedAt: NOW });
    const before = await audited();
    clock.advanceTo(NOW + 1_000);
    for (const seq of [3, 1, 0])
      expect(await acknowledgements.acknowledge(ada, cursorAt(seq))).toEqual({
        cursor: cursorAt(3),
        acknowledgedAt: NOW,
      });
    expect(await audited()).toBe(before);
    expect(await acknowledgements.acknowledge(ada, cursorAt(5, epoch, 'other'))).toEqual({
      cursor: cursorAt(5, epoch, 'other'),
      acknowledgedAt: NOW + 1_000,
    });
    expect(await audited()).toBe(before + 1);
  });

  it('is that of one principal of one tenant', async () => {
    await acknowledgements.acknowledge(asking('user:ada'), cursorAt(2));
    await acknowledgements.acknowledge(asking('user:bob'), cursorAt(4));
    await acknowledgements.acknowledge(asking('user:ada', 'other'), cursorAt(6));
    expect(await held()).toEqual([
      { tenant: 'acme', principal: 'user:ada', seq: 2 },
      { tenant: 'acme', principal: 'user:bob', seq: 4 },
      { tenant: 'other', principal: 'user:ada', seq: 6 },
    ]);
  });

  it('is not of a place that there never was, or of another list', async () => {
    const refusals = [
      [cursorAt(7), 'FUTURE_CURSOR'],
      [cursorAt(1, 'never'), 'EPOCH_CHANGED'],
      [codec.encode({ positions: { 'bars x': { epoch, seq: 1 } }, filterHash: 'any' }), 'BAD_CURSOR'],
      ['made-up.cursor', 'BAD_CURSOR'],
    ] as const;
    for (const [cursor, code] of refusals)
      await expect(acknowledgements.acknowledge(asking('user:ada'), cursor)).rejects.toMatchObject({ code });
    expect(await held()).toEqual([]);
  });

  it('ends up at the furthest of many that come at once', async () => {
    const places = [4, 2, 6, 1, 5, 3];
    await Promise.all(places.map((seq) => acknowledgements.acknowledge(asking('user:ada'), cursorAt(seq))));
    expect(await held()).toEqual([{ tenant: 'acme', principal: 'user:ada', seq: 6 }]);
  });

  it('goes back only after a restore that lost what was acknowledged', async () => {
    await acknowledgements.acknowledge(asking('user:ada'), cursorAt(6));
    await openEpoch(store.owner, 'public', 'second', 4);
    expect(await acknowledgements.acknowledge(asking('user:ada'), cursorAt(4, 'second'))).toMatchObject({
      cursor: cursorAt(4, 'second'),
    });
    await expect(acknowledgements.acknowledge(asking('user:ada'), cursorAt(6))).rejects.toMatchObject({
      code: 'EPOCH_CHANGED',
    });
  });
});

import { describe, expect, it } from 'vitest';
import { BadCursor, CursorCodec } from '../../log/cursor.ts';
import { filterHash } from '../../signals/signal-filter.ts';
import { openStage, upTo } from './stage.fixture.ts';
import { expectChain } from './subscriber.fixture.ts';

const stage = openStage();

describe('where a subscription begins', () => {
  it('is the first event that is held, when it asks for the BEGINNING', async () => {
    await stage.put(1, 5);
    const subscriber = stage.subscribe();
    await subscriber.untilLive();
    expect(subscriber.seqs).toEqual([1, 2, 3, 4, 5]);
    expectChain(subscriber.items, null);

    await stage.store.owner.query('delete from event_log where stream = $1 and seq <= 2', [stage.stream]);
    const later = stage.subscribe();
    await later.untilLive();
    expect(later.seqs).toEqual([3, 4, 5]);
  });

  it('is the present, when it asks for LIVE: it is told where that is before anything happens', async () => {
    await stage.put(1, 5);
    const subscriber = stage.subscribe({ from: 'LIVE' });
    const first = await subscriber.take();
    expect(first).toMatchObject({
      kind: 'checkpoint',
      live: true,
      previousCursor: null,
      cursor: stage.cursorAt(5),
      headCursor: stage.cursorAt(5),
    });
    await stage.put(6, 7);
    await subscriber.until(({ kind }) => kind === 'batch');
    expect(subscriber.seqs).toEqual([6, 7]);
    expectChain(subscriber.items, null);
  });

  it('is right after its cursor, whatever from says', async () => {
    await stage.put(1, 5);
    const subscriber = stage.subscribe({ after: stage.cursorAt(3), from: 'BEGINNING' });
    await subscriber.untilLive();
    expect(subscriber.seqs).toEqual([4, 5]);
    expectChain(subscriber.items, stage.cursorAt(3));
  });

  it('is an empty stream as well', async () => {
    for (const from of ['BEGINNING', 'LIVE'] as const) {
      const subscriber = stage.subscribe({ from });
      expect(await subscriber.take()).toMatchObject({ kind: 'checkpoint', live: true, cursor: stage.cursorAt(0) });
    }
  });
});

describe('a cursor that cannot go on', () => {
  it('is OUTDATED when what follows it is no longer held, and is told the earliest place', async () => {
    await stage.put(1, 9);
    await stage.store.owner.query('delete from event_log where stream = $1 and seq <= 5', [stage.stream]);
    const old = stage.subscribe({ after: stage.cursorAt(4) });
    const problem = await old.take();
    expect(problem).toMatchObject({
      kind: 'problem',
      code: 'OUTDATED_CURSOR',
      earliestCursor: stage.cursorAt(5),
      headCursor: stage.cursorAt(9),
    });
    expect(await old.take()).toBeNull();

    const again = stage.subscribe({ after: stage.cursorAt(5) });
    await again.untilLive();
    expect(again.seqs).toEqual([6, 7, 8, 9]);
  });

  it('is from the FUTURE when the stream has not come so far', async () => {
    await stage.put(1, 3);
    const subscriber = stage.subscribe({ after: stage.cursorAt(4) });
    expect(await subscriber.take()).toMatchObject({
      kind: 'problem',
      code: 'FUTURE_CURSOR',
      headCursor: stage.cursorAt(3),
    });
    expect(await subscriber.take()).toBeNull();
  });

  it('is of a changed EPOCH when a restore lost what it had seen, and is told the last place that both have in common', async () => {
    await stage.put(1, 9);
    await stage.openEpoch('second', 6);
    await stage.put(7, 8);
    const lost = stage.subscribe({ after: stage.cursorAt(7) });
    const problem = await lost.take();
    const second = { epoch: 'second' };
    expect(problem).toMatchObject({
      kind: 'problem',
      code: 'EPOCH_CHANGED',
      lastCommonCursor: stage.cursorAt(6, second),
      headCursor: stage.cursorAt(8, second),
    });

    for (const after of [stage.cursorAt(6), stage.cursorAt(6, second), stage.cursorAt(2)]) {
      const kept = stage.subscribe({ after });
      await kept.untilLive();
      expect(kept.seqs).toEqual(upTo(8, (stage.placeOf(after)?.seq ?? 0) + 1));
      expectChain(kept.items, after);
    }
    const stranger = stage.subscribe({ after: stage.cursorAt(2, { epoch: 'never was' }) });
    expect(await stranger.take()).toMatchObject({ code: 'EPOCH_CHANGED', lastCommonCursor: null });
  });

  it('of the first of three epochs shares what the third and the second share', async () => {
    await stage.put(1, 9);
    await stage.openEpoch('second', 8);
    await stage.put(9, 12);
    await stage.openEpoch('third', 5);
    await stage.put(6, 20);
    const problem = await stage.subscribe({ after: stage.cursorAt(7) }).take();
    expect(problem).toMatchObject({ code: 'EPOCH_CHANGED', lastCommonCursor: stage.cursorAt(5, { epoch: 'third' }) });
    expect(await stage.subscribe({ after: stage.cursorAt(10, { epoch: 'second' }) }).take()).toMatchObject({
      code: 'EPOCH_CHANGED',
    });
    const kept = stage.subscribe({ after: stage.cursorAt(5) });
    await kept.untilLive();
    expect(kept.seqs).toEqual(upTo(20, 6));
  });

  it('is not a cursor at all when somebody else made it', async () => {
    const other = new CursorCodec('another secret of at least 32 characters');
    const after = other.encode({
      positions: { [stage.stream]: { epoch: `${stage.stream}-first`, seq: 0 } },
      filterHash: filterHash({}),
    });
    expect(() => stage.subscribe({ after })).toThrow(BadCursor);
  });
});

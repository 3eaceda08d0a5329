import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { InProcessWakeUp } from '../wake-up.ts';
import { CHECKPOINT_MS, openStage, POLL_MS, upTo } from './stage.fixture.ts';
import { expectChain } from './subscriber.fixture.ts';
import { watched } from './watched.fixture.ts';

const stage = openStage();

describe('a live subscription', () => {
  it('gets what is written at once when it is woken, long before it would look', async () => {
    const wakeUp = new InProcessWakeUp();
    const subscriber = stage.subscribe({ from: 'LIVE' }, { wakeUp, pollMs: 60_000, checkpointMs: 120_000 });
    await subscriber.take();
    const batch = subscriber.until(({ kind }) => kind === 'batch');
    const { lastSeq } = await stage.put(1, 2);
    wakeUp.notify(stage.stream, lastSeq);
    await batch;
    expect(subscriber.seqs).toEqual([1, 2]);
  });

  it('finds what is written when nobody wakes it', async () => {
    const subscriber = stage.subscribe({ from: 'LIVE' });
    await subscriber.take();
    await stage.put(1, 2);
    await subscriber.until(({ kind }) => kind === 'batch');
    expect(subscriber.seqs).toEqual([1, 2]);
  });

  it('is never silent for longer than it said', async () => {
    const subscriber = stage.subscribe({ from: 'LIVE' });
    await subscriber.take();
    const times: number[] = [performance.now()];
    for (let count = 0; count < 4; count += 1) {
      expect(await subscriber.take()).toMatchObject({ kind: 'checkpoint', live: true, cursor: stage.cursorAt(0) });
      times.push(performance.now());
    }
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    // A loaded machine is late; it is never early.
    for (const gap of gaps) expect(gap).toBeGreaterThan(CHECKPOINT_MS - 2 * POLL_MS);
    expect(Math.min(...gaps)).toBeLessThan(CHECKPOINT_MS + 100);
    expectChain(subscriber.items, null);
  });

  it('speaks as often as it said also where it looks less often', async () => {
    const subscriber = stage.subscribe({ from: 'LIVE' }, { pollMs: 60_000, checkpointMs: 50 });
    for (let count = 0; count < 3; count += 1)
      expect(await subscriber.take()).toMatchObject({ kind: 'checkpoint', live: true });
  });

  it('reads nothing ahead of a client that takes nothing', async () => {
    await stage.put(1, 1_600);
    let reads = 0;
    const pool = watched(stage.store.pool, () => {
      reads += 1;
    });
    const subscriber = stage.subscribe({ maxBatch: 100 }, { pool, pollMs: 10_000, checkpointMs: 20_000 });
    subscriber.waiting = 300 * 1024;
    let before = -1;
    while (before !== reads) {
      before = reads;
      await sleep(500);
    }
    await sleep(3 * POLL_MS);
    expect([reads, subscriber.seqs]).toEqual([before, []]);

    subscriber.drain();
    await subscriber.untilLive();
    expect(subscriber.seqs).toEqual(upTo(1_600));
  });

  it('ends when the client leaves, and leaves nothing behind', async () => {
    const wakeUp = new InProcessWakeUp();
    const subscriber = stage.subscribe({ from: 'LIVE' }, { wakeUp });
    await subscriber.take();
    expect(subscriber.gateway.groups).toBe(1);
    subscriber.leave();
    subscriber.leave();
    expect([subscriber.gateway.groups, subscriber.gateway.scanned]).toEqual([0, 0]);
    await stage.put(1, 1);
    await sleep(3 * POLL_MS);
    expect(subscriber.items).toHaveLength(1);
  });

  it.each([
    ['SHUTTING_DOWN', 1_000],
    ['REAUTHENTICATE', 0],
  ] as const)('is told of %s, and hears nothing more, and is not completed', async (code, retryAfterMs) => {
    await stage.put(1, 3);
    const subscriber = stage.subscribe();
    await subscriber.untilLive();
    const told = subscriber.subscription.farewell(code, retryAfterMs);
    await stage.put(4, 5);
    await told;
    const problem = await subscriber.until(({ kind }) => kind === 'problem');
    expect(problem).toMatchObject({ code, headCursor: stage.cursorAt(3), retryAfterMs });
    // A completed subscription would not be opened again by a client that follows the protocol.
    const more = subscriber.take();
    expect(await Promise.race([more, sleep(5 * POLL_MS, 'nothing')])).toBe('nothing');
    expect([subscriber.completed, subscriber.seqs]).toEqual([false, [1, 2, 3]]);
  });

  it('is told of a restore that lost what it has seen, though it was connected all the time', async () => {
    await stage.put(1, 6);
    const subscriber = stage.subscribe();
    await subscriber.untilLive();
    await stage.openEpoch('second', 4);
    await stage.put(5, 9);
    const problem = await subscriber.until(({ kind }) => kind === 'problem');
    expect(problem).toMatchObject({ code: 'EPOCH_CHANGED', lastCommonCursor: stage.cursorAt(4, { epoch: 'second' }) });
    expect(subscriber.seqs).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await subscriber.take()).toBeNull();
  });

  it('goes on over a restore that lost nothing which it has seen', async () => {
    await stage.put(1, 6);
    const subscriber = stage.subscribe();
    await subscriber.untilLive();
    await stage.openEpoch('second', 6);
    await stage.put(7, 8);
    await subscriber.until((item) => item.kind === 'batch' && item.events.at(-1)?.event.seq === 8);
    expect(subscriber.seqs).toEqual(upTo(8));
    expectChain(subscriber.items, null);
  });
});

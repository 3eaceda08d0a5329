import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseFilter, type SignalFilter } from '../../signals/signal-filter.ts';
import type { SubscribeRequest } from './gateway.ts';
import { openStage, upTo } from './stage.fixture.ts';
import { expectChain } from './subscriber.fixture.ts';

const stage = openStage();

describe('a batch', () => {
  it('holds as many events as the client takes at most, and the last one moves the cursor to the end of the page', async () => {
    await stage.put(1, 7);
    const filter = normaliseFilter({ not: { instruments: ['other-1'] } });
    const subscriber = stage.subscribe({ maxBatch: 3, filter });
    await subscriber.untilLive();
    const batches = subscriber.items.filter((item) => item.kind === 'batch');
    expect(batches.map((batch) => batch.events.map(({ event }) => event.seq))).toEqual([[2, 3, 5], [6]]);
    expect(batches.map(({ cursor }) => stage.placeOf(cursor)?.seq)).toEqual([5, 7]);
    expectChain(subscriber.items, null);
  });

  it('carries each event with its own cursor and its signal, and how long it lay', async () => {
    await stage.put(1, 2);
    const subscriber = stage.subscribe();
    const batch = await subscriber.until(({ kind }) => kind === 'batch');
    if (batch.kind !== 'batch') throw new Error('no batch');
    expect(batch.events.map(({ event }) => event.cursor)).toEqual([stage.cursorAt(1), stage.cursorAt(2)]);
    expect(batch.events[0]).toMatchObject({
      event: { body: JSON.parse(stage.body(1)) },
      signal: { signal: { id: stage.signal.id }, state: 'PUBLISHED' },
    });
    expect(batch.lagMs).toBeGreaterThanOrEqual(0);
    expect(batch.lagMs).toBeLessThan(20_000);
  });
});

describe('a filter', () => {
  const filter = normaliseFilter({ instruments: ['spy-us'] });

  it('moves the cursor over what does not match: a checkpoint a page, until it is live', async () => {
    await stage.put(1, 1_100);
    const nothing = stage.subscribe({ filter: normaliseFilter({ mic: ['NONE'] }) });
    await nothing.untilLive();
    expect(
      nothing.items.map((item) => [
        item.kind,
        'cursor' in item ? stage.placeOf(item.cursor)?.seq : null,
        'live' in item && item.live,
      ]),
    ).toEqual([
      ['checkpoint', 500, false],
      ['checkpoint', 1_000, false],
      ['checkpoint', 1_100, false],
      ['checkpoint', 1_100, true],
    ]);
    expectChain(nothing.items, null);
  });

  it('lets through exactly what matches, in order, and goes on from any of its cursors', async () => {
    await stage.put(1, 20);
    const whole = stage.subscribe({ filter, maxBatch: 2 });
    await whole.untilLive();
    expect(whole.seqs).toEqual([3, 6, 9, 12, 15, 18]);
    for (const item of whole.items) {
      if (item.kind === 'problem') continue;
      const at = stage.placeOf(item.cursor)?.seq ?? 0;
      const resumed = stage.subscribe({ filter, after: item.cursor });
      await resumed.untilLive();
      expect(resumed.seqs).toEqual([3, 6, 9, 12, 15, 18].filter((seq) => seq > at));
    }
  });

  it('is part of its cursors: one of another filter does not go on', async () => {
    await stage.put(1, 3);
    for (const [after, asked] of [
      [stage.cursorAt(1), filter],
      [stage.cursorAt(1, { filter }), {}],
    ] as const) {
      const subscriber = stage.subscribe({ after, filter: asked });
      expect(await subscriber.take()).toMatchObject({ kind: 'problem', code: 'FILTER_CHANGED', retryAfterMs: null });
      expect(await subscriber.take()).toBeNull();
    }
  });
});

describe('a subscriber who leaves and comes back at any moment', () => {
  const wishes: readonly { wish: SignalFilter; wants: (n: number) => boolean }[] = [
    { wish: {}, wants: () => true },
    { wish: { instruments: ['spy-us'] }, wants: (n) => n % 3 === 0 },
    { wish: { eventTypes: ['STOP_HIT'] }, wants: (n) => n % 2 === 1 },
    { wish: { mic: ['NONE'] }, wants: () => false },
  ];
  const plan = fc.record({
    maxBatch: fc.integer({ min: 1, max: 7 }),
    asked: fc.constantFrom(...wishes),
    /** How many items are taken before each leave. */
    stays: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 6 }),
    writes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }),
  });

  it('has seen every event that matches once and in order, while others write', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ maxBatch, asked, stays, writes }) => {
        await stage.nextStream();
        const total = writes.reduce((sum, count) => sum + count, 0);
        const writing = writeSlowly(writes);
        const request = { filter: normaliseFilter(asked.wish), maxBatch };

        const seen: number[] = [];
        let after: string | null = null;
        for (const stay of stays) after = await visit({ ...request, after }, seen, (taken) => taken === stay);
        await writing;
        await visit({ ...request, after }, seen, (_taken, last) => stage.placeOf(last)?.seq === total);
        expect(seen).toEqual(upTo(total).filter(asked.wants));
      }),
      { numRuns: 15 },
    );
  });

  async function writeSlowly(counts: readonly number[]): Promise<void> {
    let at = 0;
    for (const count of counts) {
      await stage.put(at + 1, at + count);
      at += count;
      await sleep(1);
    }
  }

  /** Takes items until it has enough; answers the cursor to come back with. */
  async function visit(
    request: Partial<SubscribeRequest> & { readonly filter: SignalFilter; after: string | null },
    seen: number[],
    enough: (taken: number, cursor: string | null) => boolean,
  ): Promise<string | null> {
    const subscriber = stage.subscribe(request, { pollMs: 5, checkpointMs: 10 });
    let cursor = request.after;
    for (let taken = 0; !enough(taken, cursor); taken += 1) {
      const item = await subscriber.take();
      if (item === null || item.kind === 'problem') throw new Error(`unexpected ${JSON.stringify(item)}`);
      cursor = item.cursor;
    }
    seen.push(...subscriber.seqs);
    expectChain(subscriber.items, request.after);
    subscriber.leave();
    return cursor;
  }
});

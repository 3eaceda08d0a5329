import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CursorStore } from './cursor-store.ts';
import { type Delivery, follow } from './follow.ts';
import type { Status } from './status.ts';
import { eventBody, instruments } from './testing/events.ts';
import { logServerPerTest, until, upTo } from './testing/following.ts';

const fixture = logServerPerTest();

describe('where following begins', () => {
  it('delivers the whole log from the beginning, in batches of the size asked for', async () => {
    fixture.append(7);
    const sizes: number[] = [];
    expect(
      await fixture.seqs(7, { from: 'BEGINNING', maxBatch: 3 }, ({ events }) => sizes.push(events.length)),
    ).toEqual(upTo(7));
    expect(sizes).toEqual([3, 3, 1]);
  });

  it('delivers only what is new when nothing else is said', async () => {
    fixture.append(3);
    const following = fixture.seqs(1);
    await until(() => fixture.server.requests.length > 0);
    fixture.append(1);
    expect(await following).toEqual([4]);
  });

  it('continues after a given cursor', async () => {
    fixture.append(5);
    expect(await fixture.seqs(2, { after: fixture.server.log.cursor(3) })).toEqual([4, 5]);
  });

  it('moves the cursor over events that the filter leaves out', async () => {
    const filter = { instruments: ['qqq-us'] };
    fixture.append(4);
    const deliveries = follow({ url: fixture.server.url, from: 'BEGINNING', filter });
    const first = await deliveries.next();
    await deliveries.return?.();
    expect(first.value).toMatchObject({ events: [], cursor: fixture.server.log.cursor(4, filter) });
  });

  it('waits for a server that is not there yet', async () => {
    await fixture.server.stop();
    const states: Status[] = [];
    const following = fixture.seqs(1, { from: 'BEGINNING', onStatus: (status) => states.push(status) });
    await until(() => states.length > 4);
    fixture.append(1);
    await fixture.server.start();
    expect(await following).toEqual([1]);
    expect(states.slice(0, 3)).toMatchObject([
      { state: 'connecting' },
      { state: 'disconnected', reason: 'the server is away' },
      { state: 'connecting' },
    ]);
  });

  it.each(['ftp://127.0.0.1/graphql', 'nonsense', 'ws://127.0.0.1/#here'])('refuses the address %s at once', (url) => {
    expect(() => follow({ url })).toThrow(`url is "${url}", expected an address such as`);
  });
});

describe('a reader that is busy', () => {
  it('holds a bounded number of batches, closes the socket, and later misses nothing', async () => {
    fixture.append(60);
    const states: Status[] = [];
    const seen: number[] = [];
    for await (const { events } of follow({
      url: fixture.server.url,
      from: 'BEGINNING',
      maxBatch: 1,
      maxBuffered: 8,
      onStatus: (status) => states.push(status),
    })) {
      seen.push(...events.map((event) => event.seq));
      if (seen.length === 1)
        await until(() => states.at(-1)?.state === 'paused' && fixture.server.connections.length === 0);
      if (seen.length >= 60) break;
    }
    expect(seen).toEqual(upTo(60));
    expect(states).toContainEqual({ state: 'paused', buffered: 8 });
  });
});

describe('the end', () => {
  it('ends quietly when the signal is aborted while it waits, and leaves no socket', async () => {
    const abort = new AbortController();
    const deliveries = follow({ url: fixture.server.url, signal: abort.signal });
    await deliveries.next();
    const waiting = deliveries.next();
    abort.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await until(() => fixture.server.connections.length === 0);
  });

  it('delivers nothing more after the signal, whatever is buffered', async () => {
    fixture.append(20);
    const abort = new AbortController();
    const seen = await fixture.seqs(20, { from: 'BEGINNING', maxBatch: 1, signal: abort.signal }, async () => {
      await wait(30);
      abort.abort();
    });
    expect(seen).toEqual([1]);
  });

  it('ends while it waits for the next attempt', async () => {
    await fixture.server.stop();
    const abort = new AbortController();
    const following = fixture.seqs(1, { signal: abort.signal, retry: { firstMs: 60_000, maxMs: 60_000 } });
    await wait(50);
    abort.abort();
    expect(await following).toEqual([]);
  });

  it('hears return() although it waits for an event', async () => {
    const deliveries = follow({ url: fixture.server.url });
    await deliveries.next();
    const waiting = deliveries.next();
    await deliveries.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await until(() => fixture.server.connections.length === 0);
  });
});

describe('acknowledging', () => {
  const memoryStore = (): CursorStore & { saved: string[] } => {
    const saved: string[] = [];
    return {
      saved,
      load: async () => saved.at(-1) ?? null,
      save: async (cursor) => {
        await wait(5);
        saved.push(cursor);
      },
    };
  };

  it('goes on in the next run after what was acknowledged', async () => {
    fixture.append(6);
    const store = memoryStore();
    const options = { from: 'BEGINNING', maxBatch: 2, store } as const;
    await fixture.seqs(4, options, ({ ack, events }) => events[0]?.seq === 1 && ack());
    expect(store.saved).toEqual([fixture.server.log.cursor(2)]);
    expect(await fixture.seqs(4, options)).toEqual([3, 4, 5, 6]);
    expect(store.saved).toHaveLength(1);
  });

  it('never moves the stored cursor back', async () => {
    fixture.append(3);
    const store = memoryStore();
    const acks: Delivery['ack'][] = [];
    await fixture.seqs(3, { from: 'BEGINNING', maxBatch: 1, store }, ({ ack }) => acks.push(ack));
    await Promise.all([acks[2]?.(), acks[0]?.(), acks[1]?.()]);
    expect(store.saved).toEqual([fixture.server.log.cursor(3)]);
  });

  it('rejects an acknowledgement that was not stored, and stores the next one', async () => {
    fixture.append(2);
    const store = memoryStore();
    const save = store.save;
    store.save = async () => {
      store.save = save;
      throw new Error('disk full');
    };
    const results: unknown[] = [];
    await fixture.seqs(2, { from: 'BEGINNING', maxBatch: 1, store }, async ({ ack }) =>
      results.push(await ack().catch((error: Error) => error.message)),
    );
    expect(results).toEqual(['disk full', undefined]);
    expect(store.saved).toEqual([fixture.server.log.cursor(2)]);
  });
});

it('delivers everything that the document names', async () => {
  const signal = { instrument: instruments[1], side: 'SHORT' } as const;
  const outcome = {
    label: -1,
    exitReason: 'STOP_HIT',
    entryFill: '10',
    exitFill: '11',
    grossR: '-1',
    netR: '-1.02',
    ambiguous: true,
  };
  const body = eventBody('STOP_HIT', { signal, outcome, fill: '11', reason: 'gap' });
  fixture.server.append(body);
  const { value } = await follow({ url: fixture.server.url, from: 'BEGINNING' }).next();
  expect(value?.events).toEqual([
    {
      ...body,

      stream: 'public',
      epoch: 'epoch-1',
      seq: 1,
      cursor: fixture.server.log.cursor(1),
    },
  ]);
});

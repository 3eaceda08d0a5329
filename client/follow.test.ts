import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket as WsWebSocket } from 'ws';
import type { CursorStore } from './cursor-store.ts';
import { FollowError, GapError, RefusedError, StreamProblemError } from './errors.ts';
import { type Delivery, type FollowOptions, follow } from './follow.ts';
import type { Status } from './status.ts';
import { eventBody, instruments } from './testing/events.ts';
import { LogServer } from './testing/log-server.ts';

const quick = { firstMs: 10, maxMs: 40 };
let server: LogServer;

beforeEach(async () => {
  server = await LogServer.start();
});
afterEach(() => server.stop());

/** Follows until `count` events have come; returns their seqs. */
async function seqs(
  count: number,
  options: Partial<FollowOptions> = {},
  onDelivery: (delivery: Delivery) => unknown = () => {},
): Promise<number[]> {
  const seen: number[] = [];
  for await (const delivery of follow({ url: server.url, retry: quick, ...options })) {
    seen.push(...delivery.events.map((event) => event.seq));
    await onDelivery(delivery);
    if (seen.length >= count) break;
  }
  return seen;
}

async function failure(options: Partial<FollowOptions> = {}): Promise<unknown> {
  return await seqs(1, options).then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

function append(count: number): void {
  for (let n = 0; n < count; n++) server.append(eventBody());
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Still not so after 5 s: ${condition}`);
    await wait(2);
  }
}

describe('where following begins', () => {
  it('delivers the whole log from the beginning, in batches of the size asked for', async () => {
    append(7);
    const sizes: number[] = [];
    expect(await seqs(7, { from: 'BEGINNING', maxBatch: 3 }, ({ events }) => sizes.push(events.length))).toEqual(
      upTo(7),
    );
    expect(sizes).toEqual([3, 3, 1]);
  });

  it('delivers only what is new when nothing else is said', async () => {
    append(3);
    const following = seqs(1);
    await until(() => server.requests.length > 0);
    append(1);
    expect(await following).toEqual([4]);
  });

  it('continues after a given cursor', async () => {
    append(5);
    expect(await seqs(2, { after: server.log.cursor(3) })).toEqual([4, 5]);
  });

  it('moves the cursor over events that the filter leaves out', async () => {
    const filter = { instruments: ['qqq-us'] };
    append(4);
    const deliveries = follow({ url: server.url, from: 'BEGINNING', filter });
    const first = await deliveries.next();
    await deliveries.return?.();
    expect(first.value).toMatchObject({ events: [], cursor: server.log.cursor(4, filter) });
  });

  it('waits for a server that is not there yet', async () => {
    await server.stop();
    const states: Status[] = [];
    const following = seqs(1, { from: 'BEGINNING', onStatus: (status) => states.push(status) });
    await until(() => states.length > 4);
    append(1);
    await server.start();
    expect(await following).toEqual([1]);
    expect(states.slice(0, 3)).toMatchObject([
      { state: 'connecting' },
      { state: 'disconnected', reason: 'the server is away' },
      { state: 'connecting' },
    ]);
  });

  it.each(['http://127.0.0.1/graphql', 'nonsense', 'ws://127.0.0.1/#here'])('refuses the address %s at once', (url) => {
    expect(() => follow({ url })).toThrow(`url is "${url}", expected an address such as`);
  });
});

describe('after a disconnect', () => {
  it('goes on without a gap when sockets are dropped again and again', async () => {
    const dropping = (async () => {
      for (let round = 0; round < 20; round++) {
        append(10);
        await wait(5);
        for (const socket of server.connections) socket.terminate();
      }
    })();
    expect(await seqs(200, { from: 'BEGINNING', maxBatch: 4 })).toEqual(upTo(200));
    await dropping;
  });

  it.each([undefined, 1000, 1001, 1011, 1012, 1013, 4408, 4429, 4500])(
    'goes on from the last cursor after a restart (close code %s)',
    async (code) => {
      append(3);
      const restart = async ({ events }: Delivery) => {
        if (events.at(-1)?.seq !== 3) return;
        await server.stop(code);
        append(3);
        await server.start();
      };
      expect(await seqs(6, { from: 'BEGINNING' }, restart)).toEqual(upTo(6));
      expect(server.requests.map(({ after }) => after)).toEqual([undefined, server.log.cursor(3)]);
    },
  );

  it('tells each change once, and how long it waits', async () => {
    append(1);
    const states: Status[] = [];
    const onStatus = (status: Status) => states.push(status);
    const following = seqs(2, { from: 'BEGINNING', onStatus, retry: { firstMs: 20, random: () => 0.5 } });
    await until(() => states.at(-1)?.state === 'live');
    await wait(3 * server.checkpointMs);
    for (const socket of server.connections) socket.close(1012);
    await until(() => states.filter(({ state }) => state === 'live').length === 2);
    append(1);
    await following;
    expect(states).toEqual([
      { state: 'connecting' },
      { state: 'live' },
      { state: 'disconnected', reason: 'the server is restarting', retryInMs: 15 },
      { state: 'connecting' },
      { state: 'live' },
    ]);
  });

  it('waits longer after each failure, and anew after progress', async () => {
    const waits: number[] = [];
    const onStatus = (status: Status) => status.state === 'disconnected' && waits.push(status.retryInMs);
    append(1);
    server.failures = [1, 2, 3, 4].map((n) => new Error(`database is starting, ${n}`));
    const following = seqs(2, { from: 'BEGINNING', onStatus, retry: { firstMs: 4, maxMs: 16, random: () => 0 } });
    await until(() => waits.length === 4);
    await wait(50);
    for (const socket of server.connections) socket.terminate();
    append(1);
    expect(await following).toEqual([1, 2]);
    expect(waits).toEqual([2, 4, 8, 8, 2]);
  });

  it('gives up only when told after how many failures', async () => {
    await server.stop();
    const error = await failure({ retry: { ...quick, attempts: 3 } });
    expect(error).toBeInstanceOf(FollowError);
    expect(error).toMatchObject({ code: 'GAVE_UP', message: 'Gave up after 3 retries: the server is away' });
  });

  it('notices a connection that says nothing', async () => {
    append(1);
    const states: Status[] = [];
    const onStatus = (status: Status) => states.push(status);
    const following = seqs(2, { from: 'BEGINNING', stallAfterMs: 3 * server.checkpointMs, onStatus });
    await until(() => states.at(-1)?.state === 'live');
    server.silent = true;
    append(1);
    await until(() => states.some(({ state }) => state === 'disconnected'));
    server.silent = false;
    expect(await following).toEqual([1, 2]);
    expect(states).toContainEqual({ state: 'stalled', silentForMs: 300 });
    expect(states).toContainEqual({
      state: 'disconnected',
      reason: 'the server fell silent',
      retryInMs: expect.any(Number),
    });
  });

  it('stays connected as long as checkpoints come', async () => {
    const states: Status[] = [];
    const following = seqs(1, { stallAfterMs: 4 * server.checkpointMs, onStatus: (status) => states.push(status) });
    await wait(10 * server.checkpointMs);
    append(1);
    await following;
    expect(states.map(({ state }) => state)).toEqual(['connecting', 'live']);
  });

  it('works with the sockets of the package ws, also while they connect', async () => {
    await server.stop();
    const states: Status[] = [];
    const following = seqs(3, {
      from: 'BEGINNING',
      webSocket: WsWebSocket,
      stallAfterMs: 250,
      onStatus: (status) => states.push(status),
    });
    await until(() => states.length > 3);
    append(2);
    await server.start();
    await until(() => states.at(-1)?.state === 'live');
    server.silent = true;
    await until(() => states.filter(({ state }) => state === 'stalled').length > 1);
    server.silent = false;
    append(1);
    expect(await following).toEqual([1, 2, 3]);
  });
});

describe('the chain', () => {
  it('fetches a lost batch again', async () => {
    append(6);
    server.losses.set(3, 1);
    expect(await seqs(6, { from: 'BEGINNING', maxBatch: 2 })).toEqual(upTo(6));
    expect(server.requests.map(({ after }) => after)).toEqual([undefined, server.log.cursor(2)]);
  });

  it('notices a lost batch although a checkpoint follows it', async () => {
    append(2);
    server.losses.set(3, 1);
    const following = seqs(3, { from: 'BEGINNING' }, ({ events }) => events.length === 2 && append(1));
    expect(await following).toEqual([1, 2, 3]);
    expect(server.requests.at(-1)).toMatchObject({ after: server.log.cursor(2) });
  });

  it('tells a gap that stays, with the cursors on both sides', async () => {
    append(5);
    server.losses.set(3, 2);
    const seen: number[] = [];
    const error = await seqs(5, { from: 'BEGINNING', maxBatch: 1 }, ({ events }) =>
      seen.push(...events.map(({ seq }) => seq)),
    ).catch((reason: unknown) => reason);
    expect(seen).toEqual([1, 2]);
    expect(error).toBeInstanceOf(GapError);
    expect(error).toMatchObject({ code: 'GAP', lastCursor: server.log.cursor(2), nextCursor: server.log.cursor(3) });
    expect(await seqs(2, { after: server.log.cursor(3) })).toEqual([4, 5]);
  });

  it('drops what comes twice', async () => {
    server.batchesToRepeat = 3;
    append(5);
    expect(await seqs(5, { from: 'BEGINNING', maxBatch: 1 })).toEqual(upTo(5));
    expect(server.requests).toHaveLength(1);
  });
});

describe('problems', () => {
  it('throws the problem when the cursor is too old', async () => {
    append(9);
    server.log.retainFrom(6);
    const error = await failure({ after: server.log.cursor(2) });
    expect(error).toBeInstanceOf(StreamProblemError);
    expect(error).toMatchObject({ code: 'OUTDATED_CURSOR', problem: { earliestCursor: server.log.cursor(5) } });
  });

  it('throws when the cursor lies ahead of the log, or belongs to another filter', async () => {
    append(2);
    expect(await failure({ after: server.log.cursor(9) })).toMatchObject({ code: 'FUTURE_CURSOR' });
    expect(await failure({ after: server.log.cursor(1, { sides: ['SHORT'] }) })).toMatchObject({
      code: 'FILTER_CHANGED',
    });
  });

  it('goes on from the cursor that the caller chooses', async () => {
    append(9);
    server.log.retainFrom(6);
    const seen = await seqs(4, { after: server.log.cursor(2), onProblem: ({ earliestCursor }) => earliestCursor });
    expect(seen).toEqual([6, 7, 8, 9]);
  });

  it('delivers the events of a new epoch although their seqs were used before', async () => {
    append(4);
    const places: string[] = [];
    const onProblem = ({ lastCommonCursor }: { lastCommonCursor: string | null }) => lastCommonCursor;
    await seqs(7, { from: 'BEGINNING', onProblem }, async ({ events }) => {
      places.push(...events.map(({ epoch, seq }) => `${epoch}:${seq}`));
      if (places.length !== 4) return;
      await server.stop();
      server.log.restoreTo(2);
      append(3);
      await server.start();
    });
    expect(places).toEqual(['epoch-1:1', 'epoch-1:2', 'epoch-1:3', 'epoch-1:4', 'epoch-2:3', 'epoch-2:4', 'epoch-2:5']);
  });

  it('throws when the chosen cursor meets the same problem', async () => {
    append(2);
    const asked: string[] = [];
    const onProblem = ({ code }: { code: string }) => {
      asked.push(code);
      return server.log.cursor(50);
    };
    expect(await failure({ after: server.log.cursor(40), onProblem })).toMatchObject({ code: 'FUTURE_CURSOR' });
    expect(asked).toHaveLength(2);
  });

  it.each(['SHUTTING_DOWN', 'CONSUMER_TOO_SLOW', 'REAUTHENTICATE'] as const)(
    'comes back after %s when the server asked for it',
    async (code) => {
      append(1);
      const states: Status[] = [];
      const following = seqs(2, { from: 'BEGINNING', onStatus: (status) => states.push(status) });
      await until(() => states.at(-1)?.state === 'live');
      server.problems.push({ code, retryAfterMs: 77 });
      await until(() => states.some(({ state }) => state === 'disconnected'));
      append(1);
      expect(await following).toEqual([1, 2]);
      expect(states).toContainEqual({ state: 'disconnected', reason: `told as ${code}`, retryInMs: 77 });
    },
  );
});

describe('what a reconnect cannot heal', () => {
  it('throws when the server refuses the variables', async () => {
    const error = await failure({ filter: { sides: ['UP' as 'LONG'] } });
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toMatch(/^The server refused the subscription: .*"UP"/);
    expect(server.requests).toEqual([]);
  });

  it.each([4400, 4401, 4403, 1008])('throws on the close code %i', async (code) => {
    const following = failure();
    await until(() => server.connections.length > 0 && server.requests.length > 0);
    server.connections[0]?.close(code, 'because');
    expect(await following).toMatchObject({
      code: 'REFUSED',
      message: `The server refused the subscription: because (close code ${code})`,
    });
  });
});

describe('a reader that is busy', () => {
  it('holds a bounded number of batches, closes the socket, and later misses nothing', async () => {
    append(60);
    const states: Status[] = [];
    const seen: number[] = [];
    for await (const { events } of follow({
      url: server.url,
      from: 'BEGINNING',
      maxBatch: 1,
      maxBuffered: 8,
      onStatus: (status) => states.push(status),
    })) {
      seen.push(...events.map((event) => event.seq));
      if (seen.length === 1) await until(() => states.at(-1)?.state === 'paused' && server.connections.length === 0);
      if (seen.length >= 60) break;
    }
    expect(seen).toEqual(upTo(60));
    expect(states).toContainEqual({ state: 'paused', buffered: 8 });
  });
});

describe('the end', () => {
  it('ends quietly when the signal is aborted while it waits, and leaves no socket', async () => {
    const abort = new AbortController();
    const deliveries = follow({ url: server.url, signal: abort.signal });
    await deliveries.next();
    const waiting = deliveries.next();
    abort.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await until(() => server.connections.length === 0);
  });

  it('delivers nothing more after the signal, whatever is buffered', async () => {
    append(20);
    const abort = new AbortController();
    const seen = await seqs(20, { from: 'BEGINNING', maxBatch: 1, signal: abort.signal }, async () => {
      await wait(30);
      abort.abort();
    });
    expect(seen).toEqual([1]);
  });

  it('ends while it waits for the next attempt', async () => {
    await server.stop();
    const abort = new AbortController();
    const following = seqs(1, { signal: abort.signal, retry: { firstMs: 60_000, maxMs: 60_000 } });
    await wait(50);
    abort.abort();
    expect(await following).toEqual([]);
  });

  it('hears return() although it waits for an event', async () => {
    const deliveries = follow({ url: server.url });
    await deliveries.next();
    const waiting = deliveries.next();
    await deliveries.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await until(() => server.connections.length === 0);
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
    append(6);
    const store = memoryStore();
    const options = { from: 'BEGINNING', maxBatch: 2, store } as const;
    await seqs(4, options, ({ ack, events }) => events[0]?.seq === 1 && ack());
    expect(store.saved).toEqual([server.log.cursor(2)]);
    expect(await seqs(4, options)).toEqual([3, 4, 5, 6]);
    expect(store.saved).toHaveLength(1);
  });

  it('never moves the stored cursor back', async () => {
    append(3);
    const store = memoryStore();
    const acks: Delivery['ack'][] = [];
    await seqs(3, { from: 'BEGINNING', maxBatch: 1, store }, ({ ack }) => acks.push(ack));
    await Promise.all([acks[2]?.(), acks[0]?.(), acks[1]?.()]);
    expect(store.saved).toEqual([server.log.cursor(3)]);
  });

  it('rejects an acknowledgement that was not stored, and stores the next one', async () => {
    append(2);
    const store = memoryStore();
    const save = store.save;
    store.save = async () => {
      store.save = save;
      throw new Error('disk full');
    };
    const results: unknown[] = [];
    await seqs(2, { from: 'BEGINNING', maxBatch: 1, store }, async ({ ack }) =>
      results.push(await ack().catch((error: Error) => error.message)),
    );
    expect(results).toEqual(['disk full', undefined]);
    expect(store.saved).toEqual([server.log.cursor(2)]);
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
  server.append(body);
  const { value } = await follow({ url: server.url, from: 'BEGINNING' }).next();
  expect(value?.events).toEqual([
    {
      ...body,

      stream: 'public',
      epoch: 'epoch-1',
      seq: 1,
      cursor: server.log.cursor(1),
    },
  ]);
});

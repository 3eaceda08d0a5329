import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { describe, expect, it } from 'vitest';
import { resumable } from './graphql-ws.ts';
import { logServerPerTest, upTo } from './testing/following.ts';
import { describeResumableClient, type Result } from './testing/resumable.contract.ts';

const retry = { retryAttempts: 400, retryWait: () => wait(10), shouldRetry: () => true };

describeResumableClient('graphql-ws', ({ url }, request, sink, options) => {
  const published = createClient({ url, ...retry });
  const client = options === 'as published' ? published : resumable(published, options);
  return client.subscribe<Result['data']>(request, {
    ...sink,
    next: ({ data }) => (data ? sink.next({ data }) : undefined),
  });
});

describe('the wrapped client of graphql-ws', () => {
  const fixture = logServerPerTest();
  const query = `subscription ($after: Cursor) { signalEvents(after: $after, from: BEGINNING, maxBatch: 1) {
    ... on SignalEventBatch { cursor previousCursor events { seq } } ... on StreamCheckpoint { cursor previousCursor } } }`;

  it('iterates over a restart, and closes its socket when the loop is left', async () => {
    fixture.append(3);
    const client = resumable(createClient({ url: fixture.server.url, ...retry }));
    const seqs: number[] = [];
    for await (const { data } of client.iterate<{ signalEvents: { events?: { seq: number }[] } }>({ query })) {
      seqs.push(...(data?.signalEvents.events ?? []).map(({ seq }) => seq));
      if (seqs.length === 2) {
        fixture.server.dropAll(1012);
        fixture.append(3);
      }
      if (seqs.length >= 6) break;
    }
    expect(seqs).toEqual(upTo(6));
    await expect.poll(() => fixture.server.connections).toEqual([]);
  });

  it('throws out of the loop what ends the subscription', async () => {
    const client = resumable(createClient({ url: fixture.server.url, ...retry }));
    const iteration = client.iterate({ query: 'subscription ($after: Cursor) { nope(after: $after) }' });
    await expect(iteration.next()).rejects.toMatchObject([
      { message: 'Cannot query field "nope" on type "Subscription".' },
    ]);
    expect(await iteration.next()).toEqual({ done: true, value: undefined });
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { follow } from '../../../client/follow.ts';
import { playService } from './service.fixture.ts';

const played = playService();
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('lists', () => {
  it.each([7, 100])('of signals come newest first, whole in either direction, %i at a time', async (size) => {
    const selection = '{ id publishedAt }';
    type Row = { id: string; publishedAt: string };
    const forward = await played.allPages<Row>('signals', '', size, selection);
    const { rows } = await played.store.pool.query<{ id: string }>(
      'select id from signal order by published_at desc, id desc',
    );
    expect(forward.map(({ id }) => id)).toEqual(rows.map(({ id }) => `sig_${id}`));
    expect(rows.length).toBeGreaterThan(20);
    expect(await played.allPages<Row>('signals', '', size, selection, true)).toEqual(forward);
  });

  it('of signals can be of one instrument and of some states', async () => {
    type Row = { instrument: { id: string }; state: string };
    const found = await played.allPages<Row>(
      'signals',
      'instruments: ["ins_sim-a"], states: [STOP_HIT, TIME_EXIT]',
      5,
      '{ instrument { id } state }',
    );
    expect(found.length).toBeGreaterThan(3);
    expect(found.every(({ instrument }) => instrument.id === 'ins_sim-a')).toBe(true);
    expect(new Set(found.map(({ state }) => state))).toEqual(
      new Set(['STOP_HIT', 'TIME_EXIT'].filter((state) => found.some((row) => row.state === state))),
    );
  });

  it('of what happened to signals are the log, and their cursors those of the subscription', async () => {
    type Row = { seq: number; cursor: string; type: string };
    const last = await played.head();
    const forward = await played.allPages<Row>('signalEvents', '', 40, '{ seq cursor type }');
    expect(forward.map(({ seq }) => seq)).toEqual(upTo(last));
    expect(await played.allPages<Row>('signalEvents', '', 40, '{ seq cursor type }', true)).toEqual(forward);
    const published = await played.allPages<Row>(
      'signalEvents',
      'filter: { eventTypes: [PUBLISHED] },',
      10,
      '{ seq cursor type }',
    );
    expect(published.map(({ seq }) => seq)).toEqual(
      forward.filter(({ type }) => type === 'PUBLISHED').map(({ seq }) => seq),
    );

    const from = forward[last - 4];
    const leave = new AbortController();
    const seqs: number[] = [];
    for await (const { events } of follow({
      url: played.service.webSocketUrl,
      after: from?.cursor,
      signal: leave.signal,
    })) {
      seqs.push(...events.map(({ seq }) => seq));
      if (seqs.includes(last)) leave.abort();
    }
    expect(seqs).toEqual([last - 2, last - 1, last]);
  });

  it('of what happened to signals can be held to the chain of the log', async () => {
    type Row = { seq: number; prevHash: string; hash: string };
    const events = await played.allPages<Row>('signalEvents', '', 40, '{ seq prevHash hash }');
    const { rows: stored } = await played.store.pool.query<{ seq: number; body: string }>(
      'select seq, body from event_log order by seq',
    );
    let before: Buffer = Buffer.alloc(32);
    for (const [index, { seq, prevHash, hash }] of events.entries()) {
      const place = Buffer.alloc(8);
      place.writeBigInt64BE(BigInt(seq));
      const expected = createHash('sha256')
        .update(before)
        .update(place)
        .update(stored[index]?.body ?? '');
      expect(prevHash).toBe(before.toString('hex'));
      before = expected.digest();
      expect(hash).toBe(before.toString('hex'));
    }
    expect(events).toHaveLength(await played.head());
  });

  it('of bars go through a session, as of any moment', async () => {
    const first = played.market.live[0]?.bars[0];
    const from = new Date(first?.barStart ?? 0).toISOString();
    const args = `instrument: "ins_${first?.instrumentId}", from: "${from}",`;
    type Row = { barStart: string; close: string };
    const all = await played.allPages<Row>('bars', args, 300, '{ barStart close }');
    expect(await played.allPages<Row>('bars', args, 300, '{ barStart close }', true)).toEqual(all);
    expect(all[0]).toEqual({ barStart: from, close: first?.close });
    const asOf = new Date((first?.barStart ?? 0) + 10 * 60_000).toISOString();
    const known = await played.allPages<Row>('bars', `${args} asOf: "${asOf}",`, 100, '{ barStart close }');
    expect(known).toEqual(all.slice(0, known.length));
    expect(known.length).toBeLessThanOrEqual(10);
    expect(known.length).toBeGreaterThan(5);
  });

  it('find one thing by its id, and nothing by the id of nothing', async () => {
    const { signals } = await played.ask<{ signals: { nodes: { id: string; dedupKey: string }[] } }>(
      '{ signals(first: 1) { nodes { id dedupKey } } }',
    );
    const [signal] = signals.nodes;
    const found = await played.ask(
      'query ($id: ID!) { node(id: $id) { __typename id } signal(id: $id) { dedupKey } }',
      {
        id: signal?.id,
      },
    );
    expect(found).toEqual({ node: { __typename: 'Signal', id: signal?.id }, signal: { dedupKey: signal?.dedupKey } });
    const nothing = 'sig_00000000-0000-8000-8000-000000000000';
    expect(
      await played.ask(
        'query ($id: ID!) { node(id: $id) { id } signal(id: $id) { id } modelVersion(id: "mod_none@1") { id } }',
        { id: nothing },
      ),
    ).toEqual({
      node: null,
      signal: null,
      modelVersion: null,
    });
  });
});

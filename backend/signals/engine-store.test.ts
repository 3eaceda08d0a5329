import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PUBLIC_STREAM } from '../log/event.ts';
import { readStreamState } from '../log/read.ts';
import { shardOf } from '../market-data/store/ingest.ts';
import type { StoredModel } from '../models/registry.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { eventfulTicks, inventMarket, storeMarket, type TestMarket, trainOn } from '../testing/market.ts';
import { readOpenSignals, readPosition, writeStep } from './engine-store.ts';
import { publishing } from './publishing.fixture.ts';
import type { Signal } from './signal.ts';
import type { TickResult } from './tick.ts';

let market: TestMarket;
let model: StoredModel;
let ticks: TickResult[];
let signal: Signal;
let store: TestStore;
beforeAll(async () => {
  market = await inventMarket({ historySessions: 4, liveSessions: 1 });
  model = await trainOn(market);
  ticks = eventfulTicks(market, model);
  signal = ticks[0]?.published[0] as Signal;
});
beforeEach(async () => {
  store = await openTestStore('steps', (connections) => storeMarket(connections, market, model));
  return () => store.dispose();
});

const noHooks = { beforeCommit: () => undefined };
const write = async (results: readonly TickResult[], upToSeq = 99, fromSeq = 0) =>
  writeStep(
    await store.em(),
    { shard: shardOf(market.source), fromSeq, upToSeq, cancellations: 0, ticks: results },
    noHooks,
  );
const count = async (table: string): Promise<number> =>
  (await store.pool.query(`select count(*) as n from ${table}`)).rows[0].n;
const remains = async () => ({
  signals: await count('signal'),
  events: await count('event_log'),
  head: (await readStreamState(store.pool, PUBLIC_STREAM)).head.seq,
  position: (await readPosition(store.pool, shardOf(market.source))).ingestSeq,
});

describe('writeStep', () => {
  it('writes signals, their ends, outcomes, the position and the events, all of them or none', async () => {
    const events = ticks.flatMap((result) => result.events).length;
    expect(await write(ticks, 3_000)).toBe(events);
    const published = ticks.flatMap((result) => result.published);
    expect(await remains()).toEqual({ signals: published.length, events, head: events, position: 3_000 });
    const outcomes = ticks.flatMap((result) => result.changes).filter(({ outcome }) => outcome !== undefined);
    expect(await count('outcome')).toBe(outcomes.length);

    const { rows } = await store.pool.query<{ id: string; state: string; body: string }>(
      'select id::text, state, body from signal',
    );
    const last = new Map(ticks.flatMap((result) => result.changes).map((change) => [change.signalId, change.type]));
    for (const row of rows) expect(row.state).toBe(last.get(row.id));
    const bodies = new Map(published.map((one) => [one.id, one]));
    for (const row of rows) expect(JSON.parse(row.body)).toEqual(bodies.get(row.id));
  });

  it('moves the position though nothing was said, and tells that no event was written', async () => {
    expect(await write([], 12)).toBeNull();
    expect(await remains()).toEqual({ signals: 0, events: 0, head: 0, position: 12 });
    expect(await write([], 13, 12)).toBeNull();
    expect(await remains()).toMatchObject({ position: 13 });
  });

  it('writes nothing of an engine that was overtaken, however the two meet', async () => {
    await write([], 12);
    await expect(write(ticks, 20, 0)).rejects.toThrow('another one has gone on from there');
    expect(await remains()).toEqual({ signals: 0, events: 0, head: 0, position: 12 });

    const together = await Promise.allSettled([
      write([publishing([signal])], 30, 12),
      write([publishing([signal])], 31, 12),
    ]);
    expect(together.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await remains()).toMatchObject({ signals: 1, events: 1, head: 1 });
  });

  it('leaves nothing behind when it fails just before the commit', async () => {
    const failing = writeStep(
      await store.em(),
      { shard: shardOf(market.source), fromSeq: 0, upToSeq: 99, cancellations: 0, ticks },
      {
        beforeCommit: () => {
          throw new Error('cut off');
        },
      },
    );
    await expect(failing).rejects.toThrow('cut off');
    expect(await remains()).toEqual({ signals: 0, events: 0, head: 0, position: 0 });
    expect(await write(ticks)).toBe(ticks.flatMap((result) => result.events).length);
  });

  it('does not write one logical signal twice, whatever else is in the step', async () => {
    await write([publishing([signal])]);
    await expect(write([publishing([signal])], 100, 99)).rejects.toMatchObject({ code: '23505' });
    const otherSide = {
      ...signal,
      id: 'b0000000-0000-8000-8000-000000000000',
      side: signal.side === 'LONG' ? 'SHORT' : 'LONG',
    } as const;
    await expect(write([publishing([otherSide])], 100, 99)).rejects.toMatchObject({ code: '23505' });
    expect(await remains()).toEqual({ signals: 1, events: 1, head: 1, position: 99 });
  });

  it('finds again what is open, in the order of publication', async () => {
    const first = { ...signal, id: 'b0000000-0000-8000-8000-000000000001', dedupKey: 'one' };
    const second = { ...signal, id: 'a0000000-0000-8000-8000-000000000002', dedupKey: 'two' };
    const third = { ...signal, id: 'c0000000-0000-8000-8000-000000000003', dedupKey: 'three' };
    await write([publishing([first], 7), publishing([second], 9), publishing([third], 8)]);
    const change = (signalId: string, type: 'TRIGGERED' | 'EXPIRED_UNTRIGGERED') => ({
      signalId,
      type,
      occurredAt: model.eligibleFrom,
    });
    await write(
      [
        {
          ingestSeq: 10,
          market: 'XNYS',
          published: [],
          withheld: null,
          events: [],
          changes: [change(second.id, 'TRIGGERED'), change(third.id, 'EXPIRED_UNTRIGGERED')],
        },
      ],
      100,
      99,
    );
    const open = await readOpenSignals(store.pool, market.source.sourceId);
    expect(open).toEqual([
      { signal: first, state: 'PUBLISHED', decisionIngestSeq: 7 },
      { signal: second, state: 'TRIGGERED', decisionIngestSeq: 9 },
    ]);
    expect(await readOpenSignals(store.pool, 'another feed')).toEqual([]);
  });
});

describe('a decision inside the windows of its own model', () => {
  const momentBefore = () => new Date(model.eligibleFrom - 1).toISOString();

  it('is refused by the database when the engine writes it, and nothing of its step is kept', async () => {
    const { trainingFrom, trainingTo, calibrationFrom, calibrationTo, eligibleFrom } = model;
    for (const moment of [trainingFrom, trainingTo, calibrationFrom, calibrationTo, eligibleFrom - 1]) {
      const early = { ...signal, decisionTime: new Date(moment).toISOString() };
      await expect(write([publishing([early])])).rejects.toThrow('signal_outside_training');
    }
    expect(await remains()).toEqual({ signals: 0, events: 0, head: 0, position: 0 });
  });

  it('is accepted from the first ms after the embargo on', async () => {
    const first = { ...signal, decisionTime: new Date(model.eligibleFrom).toISOString() };
    expect(await write([publishing([first])])).toBe(1);
  });

  it('is refused by the database when somebody inserts it as the service', async () => {
    await write([publishing([signal])]);
    const copy = (decisionTime: string, eligibleFrom: string) =>
      store.pool.query(
        `insert into signal (id, dedup_key, source_id, instrument_id, model_version_id, model_eligible_from, side, timeframe, decision_bar_start, decision_ingest_seq, decision_time, published_at, expires_at, confidence, baseline_probability, state_since, body)
         select gen_random_uuid(), 'another', source_id, instrument_id, model_version_id, $2, side, timeframe, decision_bar_start, decision_ingest_seq, $1, published_at, expires_at, confidence, baseline_probability, state_since, body from signal`,
        [decisionTime, eligibleFrom],
      );
    const eligibleFrom = new Date(model.eligibleFrom).toISOString();
    await expect(copy(momentBefore(), eligibleFrom)).rejects.toMatchObject({
      code: '23514',
      constraint: 'signal_outside_training',
    });
    // An earlier moment that the model does not have is no way round it,
    await expect(copy(momentBefore(), momentBefore())).rejects.toMatchObject({ code: '23503' });
    // nor is moving what is there.
    await expect(store.pool.query('update signal set decision_time = $1', [momentBefore()])).rejects.toMatchObject({
      code: '42501',
    });
    await expect(
      store.pool.query('update model_version set eligible_from = $1', [momentBefore()]),
    ).rejects.toMatchObject({ code: '42501' });
    expect(await count('signal')).toBe(1);
  });
});

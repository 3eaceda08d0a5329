import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Asking } from '../access/api-keys.ts';
import { AUDIT_STREAM } from '../access/audit-log.ts';
import { DEVELOPER } from '../access/development.ts';
import { PUBLIC_STREAM } from '../log/event.ts';
import { verifyLedger } from '../log/verify.ts';
import { BarIngest, shardOf } from '../market-data/store/ingest.ts';
import type { StoredModel } from '../models/registry.ts';
import { ManualClock } from '../platform/clock.ts';
import type { Pool } from '../platform/database/pool.ts';
import { noFaults } from '../platform/fault-point.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { contextOf, inventMarket, storeMarket, type TestMarket, trainOn } from '../testing/market.ts';
import { Cancellations } from './cancellations.ts';
import { toDecisionModel } from './decision-model.ts';
import { EngineRunner } from './engine-runner.ts';

const NOW = Date.parse('2026-11-20T15:00:00Z');
const ASKING: Asking = { principal: { ...DEVELOPER, id: 'user:ada', tenant: 'acme' }, requestId: 'r' };
const PIECE = 7;

let market: TestMarket;
let model: StoredModel;
beforeAll(async () => {
  market = await inventMarket({ historySessions: 4, liveSessions: 1 });
  model = await trainOn(market);
});

let store: TestStore;
let cancellations: Cancellations;
async function openMarket(): Promise<void> {
  store = await openTestStore('cancelled', async (connections) => {
    await storeMarket(connections, market, model);
    await new BarIngest(connections.pool).store(market.source, market.history);
  });
  cancellations = new Cancellations(store.pool, new ManualClock(NOW));
}
beforeEach(async () => {
  await openMarket();
  return () => store.dispose();
});

async function runnerOn(pool: Pool = store.pool, overtaken: Error[] = []): Promise<EngineRunner> {
  return new EngineRunner({
    ...{ pool, em: await store.em(), context: contextOf(market.source), faults: noFaults },
    models: new Map([['XNYS', toDecisionModel(model)]]),
    ...{ onDecided: () => undefined, onStep: () => undefined, onOvertaken: (error) => void overtaken.push(error) },
  });
}

type Row = { id: string; state: string };
const signals = async (state: string): Promise<Row[]> =>
  (await store.pool.query<Row>('select id, state from signal where state = $1 order by decision_ingest_seq', [state]))
    .rows;
const logOf = async (stream: string): Promise<{ seq: number; kind: string; occurred_at: number; body: string }[]> =>
  (
    await store.pool.query('select seq, kind, occurred_at, body from event_log where stream = $1 order by seq', [
      stream,
    ])
  ).rows;
const bodyOf = (event: { body: string } | undefined) => JSON.parse(event?.body ?? 'null');

/** Plays bars until a signal waits to be filled; answers its id. */
async function playUntilOneWaits(runner: EngineRunner): Promise<string> {
  const ingest = new BarIngest(store.pool);
  for (let at = 0; at < market.live.length; at += 1) {
    await ingest.store(market.source, market.live.slice(at, at + 1));
    await runner.catchUp();
    const [waiting] = await signals('PUBLISHED');
    if (waiting !== undefined) return waiting.id;
  }
  throw new Error('no signal of this market ever waits');
}

describe('a cancellation', () => {
  it('ends a signal that waits, with an event and an entry in the audit log, once', async () => {
    const runner = await runnerOn();
    const id = await playUntilOneWaits(runner);
    const [before, audited] = [(await logOf(PUBLIC_STREAM)).length, (await logOf(AUDIT_STREAM)).length];
    expect(await cancellations.cancel(ASKING, id, 'trading was halted by the venue')).toBe(before + 1);

    const [event] = (await logOf(PUBLIC_STREAM)).slice(before);
    expect(event).toMatchObject({ kind: 'CANCELLED', seq: before + 1 });
    expect(bodyOf(event)).toMatchObject({
      type: 'CANCELLED',
      facts: { signalId: id },
      change: { reason: 'trading was halted by the venue' },
    });
    const { rows } = await store.pool.query('select state, state_since, published_at from signal where id = $1', [id]);
    expect(rows[0]).toMatchObject({ state: 'CANCELLED', state_since: event?.occurred_at });
    // The time of the data, and never before the signal itself.
    expect(event?.occurred_at).toBeGreaterThanOrEqual(rows[0].published_at);
    expect((await logOf(AUDIT_STREAM)).slice(audited).map(bodyOf)).toMatchObject([
      { actor: 'user:ada', tenant: 'acme', action: 'cancelSignal', target: id, outcome: 'done' },
    ]);

    expect(await cancellations.cancel(ASKING, id, 'said again')).toBeNull();
    expect(await logOf(PUBLIC_STREAM)).toHaveLength(before + 1);
    expect(await logOf(AUDIT_STREAM)).toHaveLength(audited + 1);
  });

  it('is asked for by many at once and happens once', async () => {
    const id = await playUntilOneWaits(await runnerOn());
    const before = (await logOf(PUBLIC_STREAM)).length;
    const answers = await Promise.all(Array.from({ length: 6 }, () => cancellations.cancel(ASKING, id, 'why not')));
    expect(answers.filter((seq) => seq !== null)).toEqual([before + 1]);
  });

  it('is refused for what was filled or has ended, for what is not there, and without a reason', async () => {
    const runner = await runnerOn();
    const waiting = await playUntilOneWaits(runner);
    await new BarIngest(store.pool).store(market.source, market.live);
    await runner.catchUp();
    const ended = [...(await signals('TARGET_HIT')), ...(await signals('STOP_HIT'))];
    expect(ended.length).toBeGreaterThan(0);
    const before = await logOf(PUBLIC_STREAM);
    for (const { id } of ended)
      await expect(cancellations.cancel(ASKING, id, 'late')).rejects.toMatchObject({ code: 'NOT_CANCELLABLE' });
    await expect(cancellations.cancel(ASKING, '00000000-0000-8000-8000-000000000000', 'none')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    for (const reason of ['', ' ', 'a\nb', 'x'.repeat(201)])
      await expect(cancellations.cancel(ASKING, waiting, reason)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(await logOf(PUBLIC_STREAM)).toEqual(before);
  });
});

type How = { readonly restart: boolean; readonly within: boolean };

/** Plays the session in pieces and cancels the first signal that waits after each; answers the log, and how often a step was overtaken. */
async function play({ restart, within }: How) {
  const overtaken: Error[] = [];
  let cancel: (() => Promise<unknown>) | null = null;
  // A cancellation that comes after the bars of a step were read and before it is written.
  const query = async (...args: [never]): Promise<unknown> => {
    const result: unknown = await store.pool.query(...args);
    const { name } = args[0] as { readonly name?: string };
    const now = name === 'bars-after' ? cancel : null;
    if (now !== null) cancel = null;
    await now?.();
    return result;
  };
  const pool: Pool = within ? Object.assign(Object.create(store.pool), { query }) : store.pool;
  const ingest = new BarIngest(store.pool);
  let runner = await runnerOn(pool, overtaken);
  let cancelled = 0;
  for (let at = 0; at < market.live.length; at += PIECE) {
    await ingest.store(market.source, market.live.slice(at, at + PIECE));
    if (restart) runner = await runnerOn(pool, overtaken);
    const [first] = await signals('PUBLISHED');
    if (first !== undefined && cancelled < 5) {
      cancelled += 1;
      cancel = () => cancellations.cancel(ASKING, first.id, `number ${cancelled}`);
      if (!within) await cancel();
    }
    await runner.catchUp();
  }
  expect(await verifyLedger(store.pool, PUBLIC_STREAM)).toMatchObject({ fault: null });
  return { log: await logOf(PUBLIC_STREAM), overtaken: overtaken.length };
}

describe('an engine under cancellations', () => {
  it('says the same bytes whether it lived through them, was built anew, or was caught in the middle of a step', async () => {
    const { log, overtaken } = await play({ restart: false, within: false });
    expect(overtaken).toBe(0);
    const kinds = log.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'CANCELLED')).toHaveLength(5);
    // Nothing is said of a signal after its cancellation.
    for (const [index, event] of log.entries()) {
      if (event.kind !== 'CANCELLED') continue;
      const { signalId } = bodyOf(event).facts;
      expect(log.slice(index + 1).filter((later) => bodyOf(later).facts.signalId === signalId)).toEqual([]);
    }

    for (const how of [
      { restart: true, within: false },
      { restart: false, within: true },
      { restart: true, within: true },
    ]) {
      await store.dispose();
      await openMarket();
      const again = await play(how);
      expect(again.log).toEqual(log);
      expect(again.overtaken).toBe(how.within ? 5 : 0);
    }
  });

  it('knows how many there were, so that an engine that does not cannot write', async () => {
    const runner = await runnerOn();
    const id = await playUntilOneWaits(runner);
    await cancellations.cancel(ASKING, id, 'once');
    const { rows } = await store.pool.query('select shard, cancellations from engine_position');
    expect(rows).toEqual([{ shard: shardOf(market.source), cancellations: 1 }]);
    await expect(store.pool.query('delete from signal_cancellation')).rejects.toMatchObject({ code: '42501' });
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { PUBLIC_STREAM } from '../log/event.ts';
import { verifyLedger } from '../log/verify.ts';
import type { SourceBar } from '../market-data/bar.ts';
import type { SourceBatch } from '../market-data/source.ts';
import { BarIngest, shardOf } from '../market-data/store/ingest.ts';
import type { StoredModel } from '../models/registry.ts';
import { noFaults } from '../platform/fault-point.ts';
import { openTestStore, type TestConnections, type TestStore } from '../testing/database.ts';
import { contextOf, inventMarket, storeMarket, type TestMarket, trainOn } from '../testing/market.ts';
import { toDecisionModel } from './decision-model.ts';
import { EngineRunner, type EngineRunnerOptions } from './engine-runner.ts';
import { readPosition } from './engine-store.ts';
import type { SignalProvenance } from './signal.ts';

let market: TestMarket;
let model: StoredModel;
let live: SourceBatch[];
beforeAll(async () => {
  market = await inventMarket({ historySessions: 4, liveSessions: 1 });
  model = await trainOn(market);
  live = withTrouble(market.live);
});

/** What real feeds do: a bar is corrected minutes later, another comes late, another twice. */
function withTrouble(batches: readonly SourceBatch[]): SourceBatch[] {
  const moved = new Map<number, SourceBar[]>();
  const put = (index: number, bar: SourceBar | undefined, change: Partial<SourceBar> = {}): void => {
    const knownTime = batches[index]?.knownTime ?? 0;
    if (bar !== undefined) moved.set(index, [...(moved.get(index) ?? []), { ...bar, ...change, knownTime }]);
  };
  const late = new Set<SourceBar>();
  for (const index of [40, 95, 150, 203, 260, 310]) {
    const bars = batches[index]?.bars ?? [];
    put(index + 3, bars[0], { volume: '77' });
    const second = bars[1];
    if (second !== undefined) late.add(second);
    put(index + 2, second);
    put(index + 5, batches[index + 4]?.bars[0]);
  }
  return batches.map((batch, index) => ({
    ...batch,
    bars: [...batch.bars.filter((bar) => !late.has(bar)), ...(moved.get(index) ?? [])],
  }));
}

async function storeHistory(connections: TestConnections): Promise<void> {
  await storeMarket(connections, market, model);
  await new BarIngest(connections.pool).store(market.source, market.history);
}

const openMarket = (): Promise<TestStore> => openTestStore('engine', storeHistory);

async function runnerOf(store: TestStore, other: Partial<EngineRunnerOptions> = {}): Promise<EngineRunner> {
  return new EngineRunner({
    pool: store.pool,
    em: await store.em(),
    context: contextOf(market.source),
    models: new Map([['XNYS', toDecisionModel(model)]]),
    faults: noFaults,
    onDecided: () => undefined,
    onStep: () => undefined,
    ...other,
  });
}

/** Everything that a run leaves behind, as text: the log, and the rows that were derived with it. */
async function remainsOf(store: TestStore) {
  const { rows: log } = await store.pool.query(
    'select seq, kind, schema_version, occurred_at, body from event_log order by seq',
  );
  const { rows: signals } = await store.pool.query(
    'select id, state, state_since, decision_ingest_seq, body from signal order by decision_ingest_seq, id',
  );
  const { rows: outcomes } = await store.pool.query('select signal_id, body from outcome order by signal_id');
  return { log, signals, outcomes };
}

type Cut = { readonly batches: (index: number) => number; readonly restart: boolean };

/** Takes in the live session a few batches at a time, the engine after each, with another engine each time where it restarts. */
async function runThrough({ batches, restart }: Cut) {
  await using store = await openMarket();
  const ingest = new BarIngest(store.pool);
  let runner = await runnerOf(store);
  await runner.catchUp();
  for (let at = 0, index = 0; at < live.length; index += 1) {
    const size = batches(index);
    await ingest.store(market.source, live.slice(at, at + size));
    if (restart) runner = await runnerOf(store);
    await runner.catchUp();
    at += size;
  }
  expect(await verifyLedger(store.pool, PUBLIC_STREAM)).toMatchObject({ fault: null });
  return await remainsOf(store);
}

/** The bars of the window with the values that they had when it was decided; hashed as DataContents says. */
const CONTENTS = `
  select count(*) as bars, s.body::json -> 'provenance' -> 0 as provenance,
         encode(sha256(string_agg(sha256(convert_to(concat_ws(' ', (extract(epoch from b.bar_start) * 1000)::bigint,
           b.open, b.high, b.low, b.close, b.volume), 'UTF8')), ''::bytea order by b.bar_start)), 'hex') as hash
    from signal s join bar b on b.instrument_id = s.instrument_id and b.timeframe = s.timeframe and b.segment = 'REGULAR'
     and b.bar_start between (s.body::json -> 'provenance' -> 0 ->> 'firstBarStart')::timestamptz and s.decision_bar_start
     and b.ingest_seq <= s.decision_ingest_seq
     and not exists (select from bar newer where newer.instrument_id = b.instrument_id and newer.timeframe = b.timeframe
       and newer.bar_start = b.bar_start and newer.revision > b.revision and newer.ingest_seq <= s.decision_ingest_seq)
   group by s.id order by s.id`;

describe('EngineRunner', () => {
  let reference: Awaited<ReturnType<typeof runThrough>>;
  beforeAll(async () => {
    reference = await runThrough({ batches: () => live.length, restart: false });
  });

  it('names the content of the bars that each signal rests on, as SQL finds it in the stored bars', async () => {
    await using store = await openMarket();
    const runner = await runnerOf(store);
    await new BarIngest(store.pool).store(market.source, live);
    await runner.catchUp();
    const { rows } = await store.pool.query<{ bars: number; hash: string; provenance: SignalProvenance }>(CONTENTS);
    expect(rows.length).toBeGreaterThan(10);
    for (const { bars, hash, provenance } of rows)
      expect({ bars, hash }).toEqual({ bars: provenance.bars, hash: provenance.contentHash });
    expect(new Set(rows.map(({ hash }) => hash)).size).toBe(rows.length);
  });

  it('has something to say about the session, and about the bars that were corrected and came late', () => {
    const kinds = new Set(reference.log.map(({ kind }) => kind));
    expect([...kinds]).toEqual(
      expect.arrayContaining(['PUBLISHED', 'TRIGGERED', 'STOP_HIT', 'TARGET_HIT', 'VOID_DATA']),
    );
    expect(reference.log.map(({ seq }) => seq)).toEqual(reference.log.map((_, index) => index + 1));
    const published = reference.log.filter(({ kind }) => kind === 'PUBLISHED');
    expect(reference.signals).toHaveLength(published.length);
    const settled = reference.log.filter(({ body }) => 'outcome' in (JSON.parse(body).change ?? {}));
    expect(reference.outcomes).toHaveLength(settled.length);
  });

  // One bar at a time is how a session comes; the rest of it in one go keeps the test short.
  it.each([
    ['a minute at a time', { batches: (index: number) => (index < 60 ? 1 : live.length), restart: false }],
    ['in pieces of every size', { batches: (index: number) => 1 + ((index * index * 31) % 60), restart: false }],
    [
      'in pieces of every size, by another engine each time',
      { batches: (index: number) => 1 + ((index * 11) % 47), restart: true },
    ],
  ] as const)('leaves the same bytes when the bars come %s', async (_how, cut) => {
    expect(await runThrough(cut)).toEqual(reference);
  });

  it('says nothing again to bars that it has seen', async () => {
    await using store = await openMarket();
    const ingest = new BarIngest(store.pool);
    await ingest.store(market.source, live.slice(0, 200));
    const runner = await runnerOf(store);
    await runner.catchUp();
    const before = await remainsOf(store);
    await ingest.store(market.source, live.slice(0, 200));
    await runner.catchUp();
    await (await runnerOf(store)).catchUp();
    expect(before.log.length).toBeGreaterThan(10);
    expect(await remainsOf(store)).toEqual(before);
  });

  it('keeps its position in the transaction of its events, and tells of a step only after the commit', async () => {
    await using store = await openMarket();
    await new BarIngest(store.pool).store(market.source, live.slice(0, 200));
    const steps: { lastSeq: number | null; head: number; position: number }[] = [];
    const waiting: Promise<void>[] = [];
    const look = async (lastSeq: number | null) => {
      const { rows } = await store.pool.query('select last_seq from stream_head where stream = $1', [PUBLIC_STREAM]);
      steps.push({
        lastSeq,
        head: rows[0].last_seq,
        position: (await readPosition(store.pool, shardOf(market.source))).ingestSeq,
      });
    };
    const runner = await runnerOf(store, { onStep: (_ticks, lastSeq) => void waiting.push(look(lastSeq)) });
    await runner.catchUp();
    await Promise.all(waiting);
    const { rows } = await store.pool.query('select last_ingest_seq from ingest_shard');
    expect(steps.at(-1)?.position).toBe(rows[0].last_ingest_seq);
    expect(steps.at(-1)?.lastSeq).toBeGreaterThan(10);
    for (const { lastSeq, head } of steps) expect(head).toBeGreaterThanOrEqual(lastSeq ?? 0);
  });

  it('goes on to the same bytes after it failed at any point of a step, again and again', async () => {
    await using store = await openMarket();
    const ingest = new BarIngest(store.pool);
    const points = ['settlement.changed', 'step.before-append', 'step.before-commit', 'step.committed'];
    const struck: string[] = [];
    const faults = {
      reach(name: string) {
        if (name !== points[struck.length % points.length]) return;
        struck.push(name);
        throw new Error(`struck at ${name}`);
      },
    };
    const runner = await runnerOf(store, { faults });
    for (let at = 0; at < live.length; at += 40) {
      await ingest.store(market.source, live.slice(at, at + 40));
      const failure = await runner.catchUp().catch((error: Error) => error.message);
      if (failure !== undefined) expect(failure).toBe(`struck at ${struck.at(-1)}`);
    }
    const calm = await runnerOf(store);
    await calm.catchUp();
    expect(new Set(struck)).toEqual(new Set(points));
    expect(await remainsOf(store)).toEqual(reference);
  });

  it('waits for nothing and writes nothing more once it is told to stop', async () => {
    await using store = await openMarket();
    await new BarIngest(store.pool).store(market.source, live);
    const stop = new AbortController();
    const runner = await runnerOf(store, { onStep: () => stop.abort() });
    await runner.catchUp(stop.signal);
    const position = (await readPosition(store.pool, shardOf(market.source))).ingestSeq;
    const { rows } = await store.pool.query('select last_ingest_seq from ingest_shard');
    expect(position).toBeGreaterThan(0);
    expect(position).toBeLessThan(rows[0].last_ingest_seq);
    await runner.catchUp();
    expect(await remainsOf(store)).toEqual(reference);
  });
});

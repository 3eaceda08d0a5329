import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { FeedClock } from '../market-data/feed-clock.ts';
import type { MarketDataSource, SourceBatch } from '../market-data/source.ts';
import { sealArtifact } from '../models/artifact.ts';
import { ModelRegistry } from '../models/registry.ts';
import { wallClock } from '../platform/clock.ts';
import { noFaults } from '../platform/fault-point.ts';
import { silentLogger } from '../platform/telemetry/logger.ts';
import { openTestStore, type TestStore, testPool } from '../testing/database.ts';
import { inventMarket, storeMarket, type TestMarket, trainOn } from '../testing/market.ts';
import type { ChosenModel } from './choose-models.ts';
import { type PipelineObserver, runPipeline } from './pipeline.ts';

/** Bars of the live session before the other version is there. */
const MEANWHILE = 100;
const HOUR = 3_600_000;

let market: TestMarket;
let model: Awaited<ReturnType<typeof trainOn>>;
let store: TestStore;
beforeAll(async () => {
  market = await inventMarket({ historySessions: 6, liveSessions: 1 });
  model = await trainOn(market);
}, 60_000);
beforeEach(async () => {
  store = await openTestStore('pipeline', (connections) => storeMarket(connections, market, model));
});
afterEach(() => store?.dispose());

/** The market as a feed, which somebody trains a model for while it runs. */
function feedOf({ source, history, live }: TestMarket, meanwhile: () => Promise<void>): MarketDataSource {
  return {
    describe: async () => source,
    async *batches(): AsyncGenerator<SourceBatch> {
      yield* history;
      for (const [index, batch] of live.entries()) {
        if (index === MEANWHILE) await meanwhile();
        yield batch;
      }
    },
  };
}

it('takes up a version that was trained while it runs, within an hour, and each signal names the one that it is of', async () => {
  const registry = new ModelRegistry(store.pool);
  const chosen: string[] = [];
  const store2 = async (): Promise<void> => {
    const { artifact, name, sourceId } = await trainOn({ ...market, history: market.history.slice(390) });
    const { text, sha256 } = sealArtifact(artifact);
    expect((await registry.store(await store.em(), { name, sourceId, text, sha256 })).version).toBe(2);
  };
  await run(store2, (models) => chosen.push(...models.map((one) => one.model?.id ?? 'none')));
  expect(chosen).toEqual([1, 2].map((version) => expect.stringMatching(new RegExp(`@${version}$`))));
  const { rows } = await store.pool.query<{ at: number; version: string }>(
    `select extract(epoch from (body->>'decisionTime')::timestamptz) * 1000 as at, body->'modelVersion'->>'id' as version
       from (select body::jsonb as body, decision_ingest_seq from signal) s order by decision_ingest_seq`,
  );
  const trainedAt = market.live[MEANWHILE]?.knownTime ?? 0;
  const versions = (from: number, until: number): string[] => [
    ...new Set(rows.filter(({ at }) => at >= from && at < until).map(({ version }) => version)),
  ];
  expect(versions(0, trainedAt)).toEqual([chosen[0]]);
  expect(versions(trainedAt + HOUR, Infinity)).toEqual([chosen[1]]);
});

it('asks again where the server gave up a statement, and loses no bar', async () => {
  let givenUp = false;
  const whole = { lock: Promise.resolve() };
  await run(async () => {
    const owner = await store.owner.connect();
    await owner.query('begin; lock table bar in access exclusive mode');
    whole.lock = cancelOneThatWaits()
      .then(() => {
        givenUp = true;
      })
      .finally(() => owner.query('commit').finally(() => owner.release()));
  });
  await whole.lock;
  expect(givenUp).toBe(true);
  const { rows } = await store.pool.query<{ bars: number }>('select count(*)::int as bars from bar');
  const given = [...market.history, ...market.live].reduce((sum, { bars }) => sum + bars.length, 0);
  expect(rows[0]?.bars).toBe(given);
});

/** As a time-out does it: the statement ends with SQLSTATE 57014. A role sees and cancels its own sessions alone. */
async function cancelOneThatWaits(): Promise<void> {
  const pool = testPool(store.database.applicationUrl);
  for (let found = 0; found === 0; await sleep(20)) {
    const { rows } = await pool.query(
      `select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    found = rows.length;
  }
  await pool.end();
}

async function run(meanwhile: () => Promise<void>, chosen = (_: readonly ChosenModel[]): void => undefined) {
  await runPipeline(
    {
      source: feedOf(market, meanwhile),
      ...{ pool: store.pool, em: await store.em(), registry: new ModelRegistry(store.pool) },
      ...{ speed: 0, faults: noFaults, log: silentLogger, clock: new FeedClock(wallClock) },
      policy: { topQuantile: 0.5, requireEdge: false },
      observer: observerOf(chosen),
    },
    new AbortController().signal,
  );
}

function observerOf(modelsChosen: (models: readonly ChosenModel[]) => void): PipelineObserver {
  const nothing = (): void => undefined;
  return {
    ...{ described: nothing, stored: nothing, training: nothing, trainingProgress: nothing },
    ...{ decided: nothing, stepped: nothing, dayChecked: nothing, modelsChosen },
    watched: (model) => model,
  };
}

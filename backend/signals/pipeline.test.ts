import { afterAll, beforeAll, expect, it } from 'vitest';
import { FeedClock } from '../market-data/feed-clock.ts';
import type { MarketDataSource, SourceBatch } from '../market-data/source.ts';
import { sealArtifact } from '../models/artifact.ts';
import { ModelRegistry } from '../models/registry.ts';
import { wallClock } from '../platform/clock.ts';
import { noFaults } from '../platform/fault-point.ts';
import { silentLogger } from '../platform/telemetry/logger.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { inventMarket, storeMarket, type TestMarket, trainOn } from '../testing/market.ts';
import type { ChosenModel } from './choose-models.ts';
import { type PipelineObserver, runPipeline } from './pipeline.ts';

/** Bars of the live session before the other version is there. */
const MEANWHILE = 100;
const HOUR = 3_600_000;

let market: TestMarket;
let store: TestStore;
beforeAll(async () => {
  market = await inventMarket({ historySessions: 6, liveSessions: 1 });
  const model = await trainOn(market);
  store = await openTestStore('pipeline', (connections) => storeMarket(connections, market, model));
}, 60_000);
afterAll(() => store?.dispose());

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
  const em = await store.em();
  const registry = new ModelRegistry(store.pool);
  const chosen: string[] = [];
  const store2 = async (): Promise<void> => {
    const { artifact, name, sourceId } = await trainOn({ ...market, history: market.history.slice(390) });
    const { text, sha256 } = sealArtifact(artifact);
    expect((await registry.store(em, { name, sourceId, text, sha256 })).version).toBe(2);
  };
  await runPipeline(
    {
      source: feedOf(market, store2),
      ...{ pool: store.pool, em, registry, speed: 0, faults: noFaults, log: silentLogger },
      clock: new FeedClock(wallClock),
      policy: { topQuantile: 0.5, requireEdge: false },
      observer: observerOf((models) => chosen.push(...models.map(({ model }) => model?.id ?? 'none'))),
    },
    new AbortController().signal,
  );
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

function observerOf(modelsChosen: (models: readonly ChosenModel[]) => void): PipelineObserver {
  const nothing = (): void => undefined;
  return {
    ...{ described: nothing, stored: nothing, training: nothing, trainingProgress: nothing },
    ...{ decided: nothing, stepped: nothing, dayChecked: nothing, modelsChosen },
    watched: (model) => model,
  };
}

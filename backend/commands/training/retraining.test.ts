import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BarIngest } from '../../market-data/store/ingest.ts';
import { createMetrics, type Metrics } from '../../metrics/registry.ts';
import { ModelRegistry, modelName } from '../../models/registry.ts';
import type { JobRun } from '../../platform/job-queue/job-queue.ts';
import { silentLogger } from '../../platform/telemetry/logger.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import { inventMarket } from '../../testing/market.ts';
import { retraining } from './retraining.ts';

const MAIN = join(import.meta.dirname, '../../main.ts');

let store: TestStore;
let metrics: Metrics;
beforeEach(async () => {
  store = await openTestStore('retraining');
  metrics = createMetrics();
}, 60_000);
afterEach(() => store.dispose());

/** As the job runs it, the program with a database of its own. */
async function retrain(url = store.database.applicationUrl): Promise<void> {
  const program = ['env', `DATABASE_URL=${url}`, process.execPath, '--import', 'tsx', MAIN];
  const runtime = { pools: { work: store.pool }, database: { folder: null }, metrics, log: silentLogger };
  const run: Partial<JobRun> = { signal: new AbortController().signal };
  await retraining(runtime as unknown as Parameters<typeof retraining>[0], program)(run as JobRun);
}

async function storeHistory(provenance: 'LIVE' | 'SYNTHETIC', sessions: number): Promise<void> {
  const { source, history } = await inventMarket({ historySessions: sessions });
  const feed = { ...source, sourceId: 'venue', provenance };
  const ingest = new BarIngest(store.pool);
  await ingest.register(feed);
  await ingest.store(feed, history);
}

const runs = async (): Promise<string[]> =>
  (await metrics.render()).split('\n').filter((line) => line.startsWith('model_training_runs_total{'));

describe('training anew', () => {
  it('makes a version of the stored bars of a feed of real data, and counts it', async () => {
    await storeHistory('LIVE', 6);
    await retrain();
    const model = await new ModelRegistry(store.pool).byId(`${modelName('1m', 'XNYS', 'LIVE')}@1`);
    expect([model?.sourceId, model?.calendar]).toEqual(['venue', 'XNYS']);
    expect(await runs()).toContain('model_training_runs_total{result="succeeded"} 1');
  }, 120_000);

  it('does nothing for invented data, and does not fail for too little history', async () => {
    await storeHistory('SYNTHETIC', 1);
    await retrain();
    expect(await runs()).toContain('model_training_runs_total{result="succeeded"} 0');
    await storeHistory('LIVE', 1).catch(() => undefined);
    await retrain();
    expect(await runs()).toContain('model_training_runs_total{result="failed"} 0');
  }, 120_000);

  it('says what the program said when it fails, and counts that', async () => {
    await storeHistory('LIVE', 1);
    await expect(retrain('postgres://nobody@127.0.0.1:1/none')).rejects.toThrow(
      /^the training ended with exit code 1: .*127\.0\.0\.1/s,
    );
    expect(await runs()).toContain('model_training_runs_total{result="failed"} 1');
  }, 120_000);
});

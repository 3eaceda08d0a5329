import { afterEach, beforeEach, expect, it } from 'vitest';
import { calendarById } from '../../calendar/index.ts';
import type { SourceBar } from '../../market-data/bar.ts';
import type { SourceDescription } from '../../market-data/source.ts';
import { BarIngest } from '../../market-data/store/ingest.ts';
import { createMetrics, type Metrics } from '../../metrics/registry.ts';
import { wallClock } from '../../platform/clock.ts';
import { noFaults } from '../../platform/fault-point.ts';
import { Lifecycle } from '../../platform/lifecycle.ts';
import { createLogger, silentLogger } from '../../platform/telemetry/logger.ts';
import { feedNamed, minuteBar } from '../../testing/bars.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import { startJobs } from './jobs.ts';

const within = { timeout: 40_000, interval: 100 };
const session = calendarById('XNYS').previousSession(Date.now() - 20 * 60_000);
const feed: SourceDescription = { ...feedNamed('real'), provenance: 'LIVE' };

let store: TestStore;
let logged: Record<string, unknown>[];
let lifecycle: Lifecycle;
let metrics: Metrics;
beforeEach(async () => {
  store = await openTestStore('jobs');
  logged = [];
  lifecycle = new Lifecycle(silentLogger, 15_000);
  metrics = createMetrics();
});
afterEach(async () => {
  await lifecycle.stop();
  await store.dispose();
});

async function start(): Promise<void> {
  const log = createLogger({
    level: 'debug',
    clock: wallClock,
    destination: { write: (line) => void logged.push(JSON.parse(line)) },
  });
  const database = {
    ...{
      url: store.database.applicationUrl,
      ownerUrl: null,
      description: [],
      folder: null,
      beside: null,
      faults: noFaults,
    },
    ...{ restarts: () => 0, stop: async () => undefined },
  };
  const runtime = {
    log,
    logPlace: '',
    lifecycle,
    metrics,
    tracing: null,
    database,
    migrated: null,
    pool: store.pool,
    pools: { requests: store.pool, health: store.pool, tailer: store.pool, work: store.pool },
    em: () => store.em(),
  };
  await startJobs(runtime, {
    role: 'pipeline',
    retentionDays: null,
    eventLog: null,
    vault: null,
    sources: [],
    cloudSql: null,
    common: { DATABASE_URL: null },
  });
}

/** The session that closed last, whole or without its second half. */
async function put(share: 1 | 0.5): Promise<void> {
  const ingest = new BarIngest(store.pool);
  await ingest.register(feed);
  const minutes = ((session.close - session.open) / 60_000) * share;
  const bars: SourceBar[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    const barStart = session.open + minute * 60_000;
    const times = { barStart, barEnd: barStart + 60_000, knownTime: session.close };
    for (const { id } of feed.instruments) bars.push(minuteBar(0, '100', { instrumentId: id, ...times }));
  }
  await ingest.store(feed, [{ knownTime: session.close, bars, quarantined: [] }]);
}
const said = (message: string) => logged.filter((line) => line['message'] === message);

it('tells once that the last session of a real feed is in, and the metric says when', async () => {
  await put(1);
  await start();
  await expect.poll(() => said('daily ingestion complete').length, within).toBe(1);
  expect(said('daily ingestion complete')[0]).toMatchObject({
    ...{ level: 'info', source: 'real', calendar: 'XNYS', session: session.sessionDate, missing_bars: 0 },
  });
  const page = await metrics.render();
  expect(page).toContain('market_data_gap_bars_total{feed="replay"} 0');
  expect(page).toContain('job_items_total{job_name="daily-ingestion-xnys",result="done"} 1');
  const succeeded = /^job_last_success_timestamp_seconds\{job_name="daily-ingestion-xnys"\} \d+/m;
  await expect.poll(() => metrics.render(), within).toMatch(succeeded);
});

it('tries again when a session is not in: no success, and what is missing is counted once', async () => {
  await put(0.5);
  await start();
  await expect.poll(() => said('a job failed and is tried again, up to its limit').length, within).toBe(1);
  expect(said('daily ingestion is not complete')[0]).toMatchObject({
    level: 'warn',
    session: session.sessionDate,
    stored_bars: Number(said('daily ingestion is not complete')[0]?.['expected_bars']) / 2,
  });
  const page = await metrics.render();
  expect(page).toMatch(/^market_data_gap_bars_total\{feed="replay"\} [1-9]\d*$/m);
  expect(page).toContain('job_items_total{job_name="daily-ingestion-xnys",result="failed"} 1');
});

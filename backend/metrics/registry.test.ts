import { describe, expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import { type Family, seriesAtMost } from './family.ts';
import { libraryFamilies } from './library.ts';
import { createMetrics } from './registry.ts';

const families: readonly Family[] = Object.values(catalogue);

describe('createMetrics', () => {
  it('emits what was counted under the names and labels of the catalogue', async () => {
    const metrics = createMetrics();
    metrics.httpRequests.inc({ method: 'GET', endpoint: '/graphql', status: '200' });
    metrics.httpRequests.inc({ method: 'GET', endpoint: '/graphql', status: '200' }, 2);
    metrics.poolInUse.set({ pool: 'requests' }, 3);
    metrics.signalOutcomeR.observe(-0.7);
    metrics.modelVersion.set({ model: 'trend', version: '3', sha256: 'ab' }, 1);

    const lines = (await metrics.render()).split('\n');
    expect(lines).toContain('http_requests_total{method="GET",endpoint="/graphql",status="200"} 3');
    expect(lines).toContain('db_pool_in_use{pool="requests"} 3');
    expect(lines).toContain('signal_outcome_r_multiple_bucket{le="-0.5"} 1');
    expect(lines).toContain('signal_outcome_r_multiple_bucket{le="-1"} 0');
    expect(lines).toContain('model_version_info{model="trend",version="3",sha256="ab"} 1');
  });

  it('has every family of the catalogue on the page, with its type, from the first scrape', async () => {
    const page = await createMetrics().render();
    for (const family of families) expect(page).toContain(`# TYPE ${family.name} ${family.type}\n`);
    expect(page.match(/^# TYPE /gm)).toHaveLength(families.length);
  });

  it('starts closed label sets at zero, in every combination', async () => {
    const page = await createMetrics().render();
    const { feed, timeframe, result } = catalogue.bars.labels;
    const combinations = feed.length * timeframe.length * result.length;
    expect(page.match(/^market_data_bars_total\{.*\} 0$/gm)).toHaveLength(combinations);
    expect(page).toContain('graphql_requests_total{operation="other",kind="query",outcome="server_error"} 0\n');
    expect(page).toContain('signal_pipeline_stage_duration_seconds_count{stage="step"} 0\n');
    expect(page).toContain('event_log_appends_total 0\n');
  });

  it('says nothing about an instant, a version or a dependency that it does not know yet', async () => {
    const page = await createMetrics().render();
    expect(page).not.toMatch(/^(market_data_last_bar_timestamp_seconds|model_version_info|build_info|redis_up)[{ ]/m);
  });

  it('looks up the gauges of a refresher at each scrape', async () => {
    const metrics = createMetrics();
    let inUse = 1;
    metrics.beforeScrape(async () => metrics.poolInUse.set({ pool: 'work' }, inUse));
    expect(await metrics.render()).toContain('\ndb_pool_in_use{pool="work"} 1\n');
    inUse = 5;
    expect(await metrics.render()).toContain('\ndb_pool_in_use{pool="work"} 5\n');
  });

  it('says in OpenMetrics, and there alone, which trace an observation was of, where there are traces', async () => {
    expect(createMetrics().openMetrics).toBeNull();
    let traceId: string | undefined;
    const metrics = createMetrics({ traceId: () => traceId });
    metrics.subscriptionLag.observe({ operation: 'other' }, 0.2);
    traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    metrics.subscriptionLag.observe({ operation: 'other' }, 0.02);
    metrics.queryDuration.observe({ query_type: 'select' }, 0.02);
    const page = (await metrics.openMetrics?.render()) ?? '';
    expect(metrics.openMetrics?.contentType).toContain('application/openmetrics-text');
    expect(page.match(/^.*trace_id.*$/gm)).toEqual([
      expect.stringMatching(
        /^graphql_subscription_lag_seconds_bucket\{le="0.025",operation="other"\} 1 # \{trace_id="4bf92f3577b34da6a3ce929d0e0e4736"\} 0.02 [\d.]+$/,
      ),
    ]);
    expect(page).toMatch(/# EOF\n$/);
    const plain = await metrics.render();
    expect(plain).not.toContain('trace_id');
    expect(plain).toContain('graphql_subscription_lag_seconds_count{operation="other"} 2\n');
    for (const text of [page, plain, await metrics.openMetrics?.render()])
      expect(text).toContain('event_log_appends_total 0\n');
  });

  it('keeps two registries apart', async () => {
    const one = createMetrics();
    one.eventLogAppends.inc();
    expect(await createMetrics().render()).toContain('event_log_appends_total 0\n');
  });

  it('does not compile with an unknown metric, label or label value, nor with a label left out', () => {
    const metrics = createMetrics();
    const never = (): void => {
      // @ts-expect-error no such family
      metrics.httpRequestz.inc();
      // @ts-expect-error no such label
      metrics.signalOutcomes.inc({ outcome: 'TARGET_HIT' });
      // @ts-expect-error no such value
      metrics.signalOutcomes.inc({ result: 'TARGET_HITS' });
      // @ts-expect-error a label is missing
      metrics.bars.inc({ feed: 'replay', timeframe: '1m' });
      // @ts-expect-error a counter does not go down
      metrics.eventLogAppends.dec();
      // @ts-expect-error a family without labels takes none
      metrics.eventLogAppends.inc({ model: 'trend' });
    };
    expect(never).toBeTypeOf('function');
  });

  it.runIf(process.platform === 'linux')('emits exactly the listed process metrics beside its own', async () => {
    const page = await createMetrics({ withProcess: true }).render();
    const emitted = [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    const listed = [...families, ...libraryFamilies].map(({ name, type }) => `${name} ${type}`);
    expect(emitted.sort()).toEqual(listed.sort());
  });
});

describe('the catalogue', () => {
  it('says how many series of each family there can be, and they are few', () => {
    const most = families.map((family) => ({ name: family.name, series: seriesAtMost(family) }));
    expect(most.filter(({ series }) => !(series <= 2_500))).toEqual([]);
    expect(most.reduce((sum, { series }) => sum + series, 0)).toBeLessThan(10_000);
  });

  it('names each family once', () => {
    const names = [...families, ...libraryFamilies].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('keeps to the naming rules of Prometheus', () => {
    for (const { name, type, labels, help } of families) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      // prom-client gives no unit or total by itself; a counter without _total is a gauge to everybody who reads a query.
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      for (const label of Object.keys(labels))
        expect(label).toMatch(/^(?!le$|quantile$|job$|instance$)[a-z][a-z0-9_]*$/);
      expect(help, name).toMatch(/\.$/);
    }
  });

  it('sorts the buckets of each histogram, with the edges that the targets name', () => {
    for (const family of families) {
      if (family.type === 'histogram')
        expect(family.buckets).toEqual([...new Set(family.buckets)].sort((a, b) => a - b));
    }
    expect(catalogue.httpRequestDuration.buckets).toEqual([
      0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 10,
    ]);
    expect(catalogue.queryDuration.buckets).toContain(0.1);
    expect(catalogue.inferenceDuration.buckets).toContain(0.5);
  });
});

import { describe, expect, it } from 'vitest';
import {
  above,
  absent,
  atLeast,
  both,
  divided,
  earlier,
  either,
  increase,
  max,
  metric,
  now,
  observations,
  outside,
  overTime,
  predicted,
  print,
  quantile,
  rate,
  ratio,
  recorded,
  since,
  sum,
  times,
  upTo,
  type Vector,
  without,
} from './index.ts';

const text = ({ node }: Vector<string>): string => print(node);
const failed = metric('httpRequests', { status: { pattern: '5..' } });
const all = metric('httpRequests');

describe('the builder', () => {
  it('writes selectors, functions, sums and arithmetic', () => {
    expect(text(sum(rate(failed, '5m'), 'method'))).toBe(
      'sum by (method) (rate(http_requests_total{status=~"5.."}[5m]))',
    );
    expect(text(divided(sum(rate(failed, '5m')), sum(rate(all, '5m'))))).toBe(
      'sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))',
    );
    expect(text(above(since(metric('lastBar', { feed: { not: 'replay' } })), 120))).toBe(
      '(time() - market_data_last_bar_timestamp_seconds{feed!="replay"}) > 120',
    );
    expect(text(overTime('max', metric('queueDepth'), '10m'))).toBe('max_over_time(queue_depth[10m])');
    expect(text(predicted(outside('sqlDisk'), '6h', '1d'))).toBe(
      'predict_linear(cloudsql_googleapis_com:database_disk_utilization[6h], 86400)',
    );
    expect(text(earlier(metric('buildInfo'), '15m'))).toBe('build_info offset 15m');
    expect(text(absent(metric('lastBar')))).toBe('absent(max(market_data_last_bar_timestamp_seconds))');
    expect(text(either(now(), now()))).toBe('vector(time()) or vector(time())');
  });

  it('writes one, some, all but one and all but some values', () => {
    const bars = (result: Parameters<typeof metric<'bars'>>[1]) => text(increase(metric('bars', result), '1m'));
    expect(bars({ result: 'late' })).toContain('{result="late"}');
    expect(bars({ result: { oneOf: ['late', 'rejected'] } })).toContain('{result=~"late|rejected"}');
    expect(bars({ result: { not: 'stored' } })).toContain('{result!="stored"}');
    expect(bars({ feed: { noneOf: ['replay', 'simulated'] } })).toContain('{feed!~"replay|simulated"}');
  });

  it('takes a value that looks like a pattern as it is', () => {
    expect(text(sum(rate(metric('authentications', { role: { oneOf: ['a.b', 'c'] } }), '1m')))).toContain(
      'role=~"a[.]b|c"',
    );
  });

  it('asks a histogram for quantiles and for what lies below one of its edges', () => {
    const duration = metric('httpRequestDuration', { endpoint: '/graphql' });
    expect(text(quantile(0.95, duration, '5m', 'method'))).toBe(
      'histogram_quantile(0.95, sum by (le, method) (rate(http_request_duration_seconds_bucket{endpoint="/graphql"}[5m])))',
    );
    expect(text(increase(upTo(duration, 0.5), '5m'))).toContain('_bucket{endpoint="/graphql", le="0.5"}[5m]');
    expect(text(increase(observations(duration), '5m'))).toContain('_count{endpoint="/graphql"}[5m]');
  });

  it('finds a whole edge however the scraper writes it', () => {
    const selected = text(increase(upTo(metric('httpRequestDuration'), 1), '5m'));
    const pattern = /le=~"([^"]+)"/.exec(selected)?.[1] ?? '';
    expect(['1', '1.0', '10', '1.05', '0.1'].filter((le) => new RegExp(`^(?:${pattern})$`).test(le))).toEqual([
      '1',
      '1.0',
    ]);
  });

  it('gives a ratio only where there were enough events', () => {
    expect(text(ratio({ part: failed, whole: all, window: '5m', atLeast: 20 }))).toBe(
      '(sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))) and (sum(increase(http_requests_total[5m])) >= 20)',
    );
  });

  it('joins two sides by labels', () => {
    const bar = max(metric('lastBar'), 'feed', 'market');
    const open = recorded({ record: 'market:open_for_seconds', labels: ['market'] });
    expect(text(both(bar, above(open, 180), { on: ['market'] }))).toBe(
      'max by (feed, market) (market_data_last_bar_timestamp_seconds) and on (market) (market:open_for_seconds > 180)',
    );
    expect(text(times(bar, open, { on: ['market'] }))).toContain(' * on (market) group_left () ');
  });

  it('refuses to join sides whose labels differ without being told by which', () => {
    const byMarket = max(metric('lastBar'), 'market');
    expect(() => divided(byMarket, max(metric('lastBar')))).toThrow(
      '/ has market on its left and no labels on its right',
    );
    expect(() => without(byMarket, now(), { on: ['market'] })).toThrow(
      'unless is joined by market, which its right side (no labels) has not',
    );
  });

  it('does not compile with a wrong metric, label, value or edge, nor with a counter taken as it is', () => {
    const never = (): void => {
      // @ts-expect-error no such family
      metric('httpRequestz');
      // @ts-expect-error it waits for an emitter
      metric('telegramMessages');
      // @ts-expect-error nobody is known to emit it
      outside('podRestartz');
      // @ts-expect-error no such label
      metric('bars', { outcome: 'late' });
      // @ts-expect-error no such value
      metric('bars', { result: 'lost' });
      // @ts-expect-error one of them is no value
      metric('bars', { result: { oneOf: ['late', 'lost'] } });
      // @ts-expect-error the values are known, so a pattern could match none
      metric('bars', { result: { pattern: 'la.*' } });
      // @ts-expect-error no such value of a foreign label
      outside('podPhase', { phase: 'Sleeping' });
      // @ts-expect-error 0.6 is no edge
      upTo(metric('httpRequestDuration'), 0.6);
      // @ts-expect-error a gauge has no rate
      rate(metric('queueDepth'), '5m');
      // @ts-expect-error a counter is not a value yet
      above(metric('signalsDue'), 3);
      // @ts-expect-error a counter is no histogram
      quantile(0.95, metric('httpRequests'), '5m');
      // @ts-expect-error the sum has lost that label
      sum(sum(rate(metric('bars'), '5m'), 'feed'), 'timeframe');
      // @ts-expect-error no such label to sum by
      sum(rate(metric('bars'), '5m'), 'symbol');
      // @ts-expect-error joined by a label that the left has not
      both(sum(rate(metric('bars'), '5m'), 'feed'), now(), { on: ['market'] });
      // @ts-expect-error no duration
      rate(metric('bars'), '5 minutes');
      // @ts-expect-error a rule that keeps no such label
      recorded({ record: 'a:b', labels: ['market'] }, { feed: 'alpaca' });
    };
    expect(never).toBeTypeOf('function');
  });

  it('keeps the labels that a result has', () => {
    expect(sum(rate(metric('bars'), '5m'), 'feed').labels).toEqual(['feed']);
    expect(atLeast(max(metric('lastBar'), 'feed', 'market'), 3).labels).toEqual(['feed', 'market']);
    expect(metric('queueDepth').labels).toEqual(['queue', 'job', 'instance', 'role']);
  });
});

import type { Alert } from '../alert.ts';
import { flat, given, rising, stepping, turning } from '../inputs.ts';
import { inSession } from '../market/gate.ts';
import { marketIsOpen } from '../market/rules.ts';
import {
  above,
  absent,
  below,
  divided,
  equal,
  max,
  metric,
  min,
  outside,
  ratio,
  since,
  unequal,
  until,
  without,
} from '../promql/index.ts';
import { SCRAPE_JOB } from '../targets.ts';

const OLDEST_SECONDS = 120;
const MOST_STALE = 0.05;
const MOST_FAILED = 0.2;
const DAY = 86_400;

const place = { feed: 'alpaca_sip', market: 'XNYS' } as const;
const newest = metric('lastBar', { ...place, timeframe: '1m' });
const alwaysOpen = ['market:open_for_seconds{market="24x7"}', flat(100_000)] as const;
const venue = { provider: 'alpaca', endpoint: 'GET /v2/stocks/bars' } as const;
const answered = metric('marketDataApiRequests', { ...venue, outcome: 'ok' });
const failed = metric('marketDataApiRequests', { ...venue, outcome: 'failed' });
const open = (market: string, value: number, instance = 'a') =>
  given(metric('marketOpen', { market, instance }), flat(value));
const up = (role: string, instance: string, job: string = SCRAPE_JOB) => outside('up', { job, role, instance });
const byRule = (market: string, values: string) => [`market:open{market="${market}"}`, values] as const;

export const marketDataAlerts: readonly Alert[] = [
  {
    name: 'PipelineDown',
    summary: 'No process takes bars in: no signal can come, of any market.',
    expr: absent(equal(outside('up', { job: SCRAPE_JOB, role: { oneOf: ['pipeline', 'all'] } }), 1)),
    for: '3m',
    severity: 'page',
    service: 'market-data',
    reason:
      'The age of the newest bar ends with the process that tells it, so MarketDataStale is quiet then; three minutes are its patience. At any hour: which markets are followed only that process tells, coins trade around the clock, and before an open history has to be fetched.',
    panel: 'start/processes',
    tests: {
      every: '30s',
      over: [given(up('pipeline', 'a'), stepping(10, 1, 0)), given(up('pipeline', 'b'), stepping(4, 1, 0))],
      firesAt: '510s',
      under: {
        'one of two answers': [given(up('pipeline', 'a'), flat(0)), given(up('pipeline', 'b'), flat(1))],
        'everything is one process': [given(up('all', 'a'), flat(1))],
      },
      noise: [
        given(up('api', 'c'), flat(1)),
        given(up('worker', 'd'), flat(1)),
        given(up('pipeline', 'e', 'somebody-else'), flat(1)),
      ],
      also: {
        'its targets are gone': { over: [['up{job="heliograph", role="pipeline"}', '1x10 stale']], firesAt: '510s' },
      },
      absent: 'fires',
    },
  },
  {
    name: 'MarketDataStale',
    summary:
      'The newest bar of {{ $labels.market }} from {{ $labels.feed }} is {{ $value | humanizeDuration }} old in session: no signal can come.',
    expr: inSession(
      above(
        since(max(metric('lastBar', { feed: { not: 'replay' }, timeframe: '1m' }), 'feed', 'market')),
        OLDEST_SECONDS,
      ),
      180,
    ),
    for: '1m',
    severity: 'page',
    service: 'market-data',
    limit: { value: OLDEST_SECONDS, unit: 'seconds' },
    reason:
      'Two bars are missing and the third is late. Not before three minutes of the session are over: at the open the newest bar is as old as the night.',
    panel: 'market-data/bar-age',
    tests: {
      every: '30s',
      over: [given(newest, flat(0))],
      firesAt: '210s',
      labels: place,
      under: {
        'just under two bars': [given(newest, '-119+30x400')],
        'two bars': [given(newest, '-120+30x400')],
        'a replay of other days': [
          given(metric('lastBar', { feed: 'replay', market: 'XNYS', timeframe: '1m' }), flat(0)),
        ],
      },
      noise: [alwaysOpen, given(metric('lastBar', { ...place, timeframe: '1d' }), '0+30x400')],
      also: { 'just over two bars': { over: [given(newest, '-121+30x400')], firesAt: '60s', labels: place } },
      gate: { market: 'XNYS', seconds: 180 },
    },
  },
  {
    name: 'MarketDataPartiallyStale',
    summary: '{{ $value | humanizePercentage }} of the instruments of {{ $labels.market }} get no bars.',
    expr: above(
      divided(max(metric('symbolsStale'), 'feed', 'market'), max(metric('symbols'), 'feed', 'market')),
      MOST_STALE,
    ),
    for: '5m',
    severity: 'ticket',
    service: 'market-data',
    limit: { value: MOST_STALE, unit: 'ratio' },
    reason:
      'One instrument in twenty: fewer is a stock that does not trade. The others get their signals, so nobody is woken. Out of session none counts as stale.',
    panel: 'market-data/stale-instruments',
    tests: {
      over: [given(metric('symbolsStale', place), stepping(10, 50, 51)), given(metric('symbols', place), flat(1_000))],
      firesAt: '16m',
      labels: place,
      under: {
        'just under one in twenty': [
          given(metric('symbolsStale', place), flat(49)),
          given(metric('symbols', place), flat(1_000)),
        ],
        'one in twenty': [given(metric('symbolsStale', place), flat(50)), given(metric('symbols', place), flat(1_000))],
      },
    },
  },
  {
    name: 'MarketDataProviderErrors',
    summary: '{{ $value | humanizePercentage }} of the requests to {{ $labels.provider }} fail.',
    expr: above(
      ratio(
        {
          part: metric('marketDataApiRequests', { outcome: 'failed' }),
          whole: metric('marketDataApiRequests'),
          window: '5m',
          atLeast: 20,
        },
        'provider',
      ),
      MOST_FAILED,
    ),
    for: '5m',
    severity: 'ticket',
    service: 'market-data',
    limit: { value: MOST_FAILED, unit: 'ratio' },
    reason:
      'They are tried again, so one in five costs time and no bars. Bars that do not come page by themselves: MarketDataStale.',
    panel: 'market-data/provider',
    tests: {
      over: [given(answered, rising(79.2)), given(failed, turning(10, 0, 20.8))],
      firesAt: '20m',
      labels: { provider: 'alpaca' },
      under: {
        'just under one in five': [given(answered, rising(80.8)), given(failed, rising(19.2))],
        'one in five': [given(answered, rising(240)), given(failed, rising(60))],
        'too few requests': [given(failed, rising(3.9))],
      },
      also: {
        'fewer succeed': {
          over: [given(answered, turning(10, 158.4, 79.2)), given(failed, rising(20.8))],
          firesAt: '20m',
          labels: { provider: 'alpaca' },
        },
        'as few requests as count': {
          over: [given(failed, turning(10, 0, 4))],
          firesAt: '20m',
          labels: { provider: 'alpaca' },
        },
      },
    },
  },
  {
    name: 'MarketDataCircuitOpen',
    summary: 'Nothing is asked of {{ $labels.dependency }} any more: too much had failed. Gaps are not filled.',
    expr: equal(max(metric('dependencyCircuitState'), 'dependency'), 2),
    for: '5m',
    severity: 'ticket',
    service: 'market-data',
    limit: { value: 2, unit: 'state' },
    reason:
      'A breaker closes again by itself within seconds; five minutes mean that the venue is away. The stream may still bring bars.',
    panel: 'market-data/circuit',
    tests: {
      over: [given(metric('dependencyCircuitState', { dependency: 'alpaca' }), stepping(10, 1, 2))],
      firesAt: '16m',
      labels: { dependency: 'alpaca' },
      under: { 'half open': [given(metric('dependencyCircuitState', { dependency: 'alpaca' }), flat(1))] },
    },
  },
  {
    name: 'MarketCalendarExpiring',
    summary:
      'The calendar of {{ $labels.market }} ends in {{ $value | humanizeDuration }}: after that the service does not start.',
    expr: below(until(min(metric('marketCalendarValidUntil'), 'market')), 60 * DAY),
    for: '5m',
    severity: 'ticket',
    service: 'market-data',
    limit: { value: 60 * DAY, unit: 'seconds' },
    reason: 'Exchanges publish their holidays years ahead; two months are time for a release in peace.',
    panel: 'market-data/calendar',
    tests: {
      over: [given(metric('marketCalendarValidUntil', { market: 'XNYS' }), flat(60 * DAY + 600))],
      firesAt: '16m',
      labels: { market: 'XNYS' },
      under: { 'a day more': [given(metric('marketCalendarValidUntil', { market: 'XNYS' }), flat(61 * DAY))] },
    },
  },
  {
    name: 'MarketCalendarDisagrees',
    summary:
      'The service and the rules do not agree whether {{ $labels.market }} is open: one of them has an old calendar.',
    expr: without(
      unequal(max(metric('marketOpen'), 'market'), marketIsOpen, { on: ['market'] }),
      max(metric('lastBar', { feed: 'replay' }), 'market'),
      { on: ['market'] },
    ),
    for: '5m',
    severity: 'ticket',
    service: 'market-data',
    reason:
      'Both are made from the same dates, so they can differ only by an old release. Five minutes, because a process tells its state when it is scraped. A replay has a clock of its own.',
    panel: 'start/market-state',
    tests: {
      over: [open('XNYS', 1), byRule('XNYS', stepping(10, 1, 0))],
      firesAt: '16m',
      labels: { market: 'XNYS' },
      under: {
        'they agree that it is open': [open('XNYS', 1), byRule('XNYS', flat(1))],
        'they agree that it is closed': [open('XNYS', 0), byRule('XNYS', flat(0))],
        'a replay': [
          open('XNYS', 1),
          byRule('XNYS', flat(0)),
          given(metric('lastBar', { feed: 'replay', market: 'XNYS', timeframe: '1m' }), flat(1)),
        ],
      },
      noise: [
        given(newest, flat(1)),
        open('24x7', 1),
        byRule('24x7', flat(1)),
        given(metric('lastBar', { feed: 'replay', market: 'other', timeframe: '1m' }), flat(1)),
      ],
      also: {
        'the other way round': {
          over: [open('XNYS', 0), byRule('XNYS', stepping(10, 0, 1))],
          firesAt: '16m',
          labels: { market: 'XNYS' },
        },
      },
    },
  },
];

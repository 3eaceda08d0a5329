import type { Alert } from '../alert.ts';
import { flat, given, rising, stepping, turning } from '../inputs.ts';
import {
  above,
  absent,
  both,
  type Counter,
  constant,
  either,
  equal,
  increase,
  max,
  metric,
  outside,
  ratio,
  recorded,
  sum,
} from '../promql/index.ts';
import { SCRAPE_JOB } from '../targets.ts';

const MOST_LOST = 0.05;
const ANSWERING = ['api', 'all'] as const;
const WORKING = ['worker', 'pipeline', 'all'] as const;
const running = (roles: readonly string[]) => equal(max(outside('up', { job: SCRAPE_JOB, role: { oneOf: roles } })), 1);
const up = (role: string) => given(outside('up', { job: SCRAPE_JOB, role, instance: 'a' }), flat(1));
const down = (role: string) => given(outside('up', { job: SCRAPE_JOB, role, instance: 'a' }), flat(0));
const strangers = ['api', 'pipeline', 'worker'].map((role) =>
  given(outside('up', { job: 'somebody-else', role, instance: 'x' }), flat(1)),
);
const self = { job: 'rules', instance: 'a' };
const slack = { job: 'alertmanager', instance: 'a', integration: 'slack' };
const seriesEnds = (name: string) => [name, '1x10 stale'] as const;
const nyse = recorded({ record: 'market:open_for_seconds', labels: ['market'] }, { market: 'XNYS' });
const unknown = (market: string) => absent(recorded({ record: 'market:open', labels: ['market'] }, { market }));

export const monitoringAlerts: readonly Alert[] = [
  {
    name: 'Watchdog',
    summary: 'Always firing. Whoever receives it raises the alarm when it stops.',
    expr: constant(1),
    for: '0s',
    severity: 'heartbeat',
    service: 'monitoring',
    reason: 'What watches cannot report its own death; the silence of this one does, outside of the cluster.',
    panel: 'telemetry/rules',
    tests: { over: [], firesAt: '0s', under: {}, absent: 'fires' },
  },
  {
    name: 'MetricsAbsent',
    about: 'requests',
    summary: 'The API answers scrapes and tells nothing of its requests: alerts on them are blind.',
    expr: both(absent(asItIs(metric('graphqlRequests', { role: { oneOf: ANSWERING } }))), running(ANSWERING), {
      on: [],
    }),
    ...absence(
      'api/requests',
      'Every combination starts at zero, so that a family is away only when it was renamed or dropped on the way. The zeros of other roles are not theirs.',
    ),
    tests: {
      over: [seriesEnds('graphql_requests_total{operation="other", role="api"}'), up('api')],
      firesAt: '21m',
      under: {
        'they are told': [['graphql_requests_total{operation="other", role="all"}', flat(0)], up('all')],
        'nothing runs that would': [down('api'), up('pipeline'), ...strangers],
      },
      noise: [['graphql_requests_total{operation="other", role="pipeline"}', flat(0)]],
    },
  },
  {
    name: 'MetricsAbsent',
    about: 'bars',
    summary: 'The pipeline runs, the market is open, and no bar was ever stored: alerts on their age are blind.',
    expr: both(both(absent(metric('lastBar')), running(['pipeline', 'all']), { on: [] }), above(nyse, 900), { on: [] }),
    ...absence(
      'market-data/bar-age',
      'A pipeline that has never had a bar has no age of one to alert on. Out of session it may wait for the first.',
    ),
    tests: {
      over: [seriesEnds('market_data_last_bar_timestamp_seconds{feed="coinbase"}'), up('pipeline')],
      firesAt: '21m',
      under: {
        'there are bars of one market': [
          ['market_data_last_bar_timestamp_seconds{feed="coinbase"}', flat(0)],
          up('pipeline'),
        ],
        'nothing runs that would': [down('pipeline'), up('api'), ...strangers],
      },
      noise: [['market:open_for_seconds{market="24x7"}', flat(100_000)]],
      gate: { market: 'XNYS', seconds: 900 },
    },
  },
  {
    name: 'MetricsAbsent',
    about: 'calendar',
    summary: 'The rules do not say whether a market is open: every alert that asks is blind.',
    expr: either(unknown('XNYS'), unknown('24x7')),
    ...absence(
      'telemetry/rules',
      'They need nothing but the clock, so that this is an evaluator that has lost its rules.',
    ),
    tests: {
      over: [seriesEnds('market:open{market="XNYS"}'), ['market:open{market="24x7"}', flat(1)]],
      firesAt: '21m',
      under: {
        'they say it of each': [
          ['market:open{market="XNYS"}', flat(0)],
          ['market:open{market="24x7"}', flat(1)],
        ],
      },
      also: {
        'of the market that never closes': {
          over: [['market:open{market="XNYS"}', flat(0)], seriesEnds('market:open{market="24x7"}')],
          firesAt: '21m',
        },
      },
      absent: 'fires',
    },
  },
  {
    name: 'MetricsAbsent',
    about: 'jobs',
    summary: 'A worker runs and tells nothing of its queues: alerts on jobs are blind.',
    expr: both(absent(metric('queueDepth', { role: { oneOf: WORKING } })), running(WORKING), { on: [] }),
    ...absence('signals/queues', 'Every queue starts at zero. What asks for them are tickets, so that this is one.'),
    severity: 'ticket',
    tests: {
      over: [seriesEnds('queue_depth{queue="retention", role="worker"}'), up('worker')],
      firesAt: '21m',
      under: {
        'they are told': [['queue_depth{queue="retention", role="worker"}', flat(0)], up('worker')],
        'nothing runs that would': [down('worker'), up('api'), ...strangers],
      },
      noise: [['queue_depth{queue="retention", role="api"}', flat(0)]],
    },
  },
  {
    name: 'RuleEvaluationFailures',
    summary: 'Rules of {{ $labels.rule_group }} cannot be evaluated: what they watch is not watched.',
    expr: above(sum(increase(outside('ruleFailures'), '5m'), 'rule_group'), 0),
    for: '5m',
    severity: 'page',
    service: 'monitoring',
    limit: { value: 0, unit: 'events' },
    reason: 'An alert that cannot be evaluated is an alert that stays quiet. Five minutes outlast a restart.',
    panel: 'telemetry/rules',
    tests: {
      over: [given(outside('ruleFailures', { ...self, rule_group: 'api' }), turning(10, 0, 0.15))],
      firesAt: '16m',
      labels: { rule_group: 'api' },
      under: {
        none: [given(outside('ruleFailures', { ...self, rule_group: 'api' }), flat(0))],
        'one, and none since': [given(outside('ruleFailures', { ...self, rule_group: 'api' }), stepping(0, 0, 1))],
      },
      stops: { over: [given(outside('ruleFailures', { ...self, rule_group: 'api' }), '0 0.1 0.2x400')], at: '12m' },
    },
  },
  {
    name: 'AlertmanagerNotificationsFailing',
    summary: '{{ $value | humanizePercentage }} of the notifications by {{ $labels.integration }} do not arrive.',
    expr: above(
      ratio(
        { part: outside('notificationsFailed'), whole: outside('notifications'), window: '15m', atLeast: 3 },
        'integration',
      ),
      MOST_LOST,
    ),
    for: '5m',
    severity: 'page',
    service: 'monitoring',
    limit: { value: MOST_LOST, unit: 'ratio' },
    reason:
      'It goes out by the other receivers of a page. One in twenty that fails for good is a key that has run out, not a network that blinked.',
    panel: 'telemetry/notifications',
    tests: {
      over: [
        given(outside('notifications', slack), rising(100)),
        given(outside('notificationsFailed', { ...slack, reason: 'other' }), turning(20, 0, 5.3)),
      ],
      firesAt: '40m',
      labels: { integration: 'slack' },
      under: {
        'just under one in twenty': [
          given(outside('notifications', slack), rising(100)),
          given(outside('notificationsFailed', { ...slack, reason: 'other' }), rising(4.8)),
        ],
        'one in twenty': [
          given(outside('notifications', slack), rising(1_200)),
          given(outside('notificationsFailed', { ...slack, reason: 'other' }), rising(60)),
        ],
        'too few': [
          given(outside('notifications', slack), rising(0.19)),
          given(outside('notificationsFailed', { ...slack, reason: 'other' }), rising(0.19)),
        ],
      },
      also: {
        'fewer are tried': {
          over: [
            given(outside('notifications', slack), turning(20, 200, 100)),
            given(outside('notificationsFailed', { ...slack, reason: 'other' }), rising(5.3)),
          ],
          firesAt: '40m',
          labels: { integration: 'slack' },
        },
        'a few, slowly': {
          over: [
            given(outside('notifications', slack), turning(20, 0, 0.21)),
            given(outside('notificationsFailed', { ...slack, reason: 'other' }), turning(20, 0, 0.21)),
          ],
          firesAt: '40m',
          labels: { integration: 'slack' },
        },
        'as few as count': {
          over: [
            given(outside('notifications', slack), '0x20 3x400'),
            given(outside('notificationsFailed', { ...slack, reason: 'other' }), '0x20 3x400'),
          ],
          firesAt: '26m',
          labels: { integration: 'slack' },
        },
      },
    },
  },
];

function absence(
  panel: Alert['panel'],
  reason: string,
): Pick<Alert, 'for' | 'severity' | 'service' | 'panel' | 'reason'> {
  return { for: '10m', severity: 'page', service: 'monitoring', panel, reason };
}

/** That a counter is there says nothing of its rate, so it may be asked for as it is. */
function asItIs<L extends string>({ select, labels }: Counter<L>) {
  return { is: 'vector', node: select, labels } as const;
}

import type { Alert } from '../alert.ts';
import { flat, given, stepping } from '../inputs.ts';
import { closeTimestamp } from '../market/rules.ts';
import {
  above,
  absent,
  below,
  both,
  either,
  equal,
  max,
  metric,
  outside,
  overTime,
  since,
  without,
} from '../promql/index.ts';
import { SCRAPE_JOB } from '../targets.ts';

const OLDEST_SECONDS = 120;
const MOST_DUE = 100;
const HOUR = 3_600;
const AFTER_CLOSE = 2 * HOUR;
const NEVER_CLOSED = 26 * HOUR;
/** A session of New York is in while people work; a day of 24x7 at night, and what is muted then is told once they do. */
const NEWS = 900;
const NEWS_OF_NIGHT = 14 * HOUR;
const real = { feed: { oneOf: ['alpaca_iex', 'alpaca_sip', 'coinbase'] } } as const;

type Ingestion = 'daily-ingestion-xnys' | 'daily-ingestion-24x7';
const done = (job_name: Ingestion) => metric('jobLastSuccess', { job_name });
const bars = (market: string, feed: 'alpaca_sip' | 'coinbase' | 'simulated') =>
  given(metric('lastBar', { feed, market, timeframe: '1m' }), flat(1));
const closed = (values: string) => ['market:close_timestamp_seconds{market="XNYS"}', values] as const;
const lastClose = max(overTime('max', closeTimestamp, '5d'), 'market');
const fed = max(metric('lastBar', real), 'market');

const up = (role: string, instance: string, job: string = SCRAPE_JOB) => outside('up', { job, role, instance });
const complete = (job_name: Ingestion, withinSeconds: number) =>
  below(since(max(done(job_name), 'job_name')), withinSeconds);

export const jobAlerts: readonly Alert[] = [
  {
    name: 'WorkerDown',
    summary:
      'No worker answers: the copies of the platform and the drills of Cloud SQL stand still, and all other jobs fall to the pipeline.',
    expr: absent(equal(outside('up', { job: SCRAPE_JOB, role: { oneOf: ['worker', 'all'] } }), 1)),
    for: '5m',
    severity: 'ticket',
    service: 'jobs',
    reason:
      'Users lose nothing: the pipeline takes the jobs of the hour and of the night, and what it cannot do is done daily or weekly. Without a pipeline nothing is done at all, and PipelineDown pages. Five minutes outlast a pod that moves to another node.',
    panel: 'start/processes',
    tests: {
      every: '30s',
      over: [given(up('worker', 'a'), stepping(10, 1, 0)), given(up('worker', 'b'), stepping(4, 1, 0))],
      firesAt: '630s',
      under: {
        'one of two answers': [given(up('worker', 'a'), flat(0)), given(up('worker', 'b'), flat(1))],
        'everything is one process': [given(up('all', 'a'), flat(1))],
      },
      noise: [
        given(up('api', 'c'), flat(1)),
        given(up('pipeline', 'd'), flat(1)),
        given(up('worker', 'e', 'somebody-else'), flat(1)),
      ],
      also: {
        'its targets are gone': { over: [['up{job="heliograph", role="worker"}', '1x10 stale']], firesAt: '630s' },
      },
      absent: 'fires',
    },
  },
  {
    name: 'QueueBacklog',
    summary: 'The job {{ $labels.queue }} has been due for {{ $value | humanizeDuration }} and nobody has begun it.',
    expr: above(max(metric('queueOldestJobAge'), 'queue'), OLDEST_SECONDS),
    for: '5m',
    severity: 'ticket',
    service: 'jobs',
    limit: { value: OLDEST_SECONDS, unit: 'seconds' },
    reason:
      'A worker looks every few seconds. What it does at night (partitions, retention, the count of a day) can wait until morning, so it pages nobody.',
    panel: 'signals/queues',
    tests: {
      over: [given(metric('queueOldestJobAge', { queue: 'retention' }), stepping(10, 120, 125))],
      firesAt: '16m',
      labels: { queue: 'retention' },
      under: {
        'just under two minutes': [given(metric('queueOldestJobAge', { queue: 'retention' }), flat(115))],
        'two minutes': [given(metric('queueOldestJobAge', { queue: 'retention' }), flat(120))],
      },
    },
  },
  {
    name: 'QueueDepthHigh',
    summary: '{{ $value }} jobs of {{ $labels.queue }} are due and nobody has begun them.',
    expr: above(max(metric('queueDepth'), 'queue'), MOST_DUE),
    for: '5m',
    severity: 'ticket',
    service: 'jobs',
    limit: { value: MOST_DUE, unit: 'count' },
    reason: 'Where the sources say that more workers must come. QueueBacklog tells how long the first has waited.',
    panel: 'signals/queue-depth',
    tests: {
      over: [given(metric('queueDepth', { queue: 'retention' }), stepping(10, 100, 105))],
      firesAt: '16m',
      labels: { queue: 'retention' },
      under: {
        'just under a hundred': [given(metric('queueDepth', { queue: 'retention' }), flat(95))],
        'a hundred': [given(metric('queueDepth', { queue: 'retention' }), flat(100))],
      },
    },
  },
  {
    name: 'DailyIngestionMissing',
    summary:
      'The last session of {{ $labels.market }} is not in, {{ $value | humanizeDuration }} after its close: models and outcomes will miss it.',
    expr: without(
      both(above(since(lastClose), AFTER_CLOSE), fed, { on: ['market'] }),
      above(max(done('daily-ingestion-xnys')), max(overTime('max', closeTimestamp, '5d')), { on: [] }),
      { on: [] },
    ),
    for: '1h',
    severity: 'ticket',
    service: 'jobs',
    limit: { value: AFTER_CLOSE, unit: 'seconds' },
    reason:
      'It begins a quarter of an hour after the close and tries for two hours. By the last close and not by an age, so that a weekend is no failure; nothing ever done counts as missing.',
    panel: 'start/jobs',
    tests: {
      every: '30m',
      over: [closed('3600x400'), given(done('daily-ingestion-xnys'), flat(3_500)), bars('XNYS', 'alpaca_sip')],
      firesAt: '270m',
      labels: { market: 'XNYS' },
      under: {
        'done, and a long weekend since': [
          closed('3600x2 stale'),
          given(done('daily-ingestion-xnys'), flat(3_700)),
          bars('XNYS', 'alpaca_sip'),
        ],
        'done since': [
          closed('3600x400'),
          given(done('daily-ingestion-xnys'), flat(3_700)),
          bars('XNYS', 'alpaca_sip'),
        ],
        'no feed of real data': [closed('3600x400'), bars('XNYS', 'simulated')],
      },
      noise: [bars('other', 'alpaca_sip'), given(done('daily-ingestion-24x7'), flat(9_000))],
      also: {
        'done at the very close, of the day before': {
          over: [closed('3500x400'), given(done('daily-ingestion-xnys'), flat(3_500)), bars('XNYS', 'alpaca_sip')],
          firesAt: '240m',
          labels: { market: 'XNYS' },
        },
      },
      quietUntil: '119h',
      stops: { over: [closed('3600x2 stale'), bars('XNYS', 'alpaca_sip')], at: '7290m' },
    },
  },
  {
    name: 'DailyIngestionMissing',
    about: '24x7',
    summary: 'No day of 24x7 has been found to be in for {{ $value | humanizeDuration }}.',
    expr: both(
      above(since(max(done('daily-ingestion-24x7'))), NEVER_CLOSED),
      max(metric('lastBar', { ...real, market: '24x7' })),
      {
        on: [],
      },
    ),
    for: '15m',
    severity: 'ticket',
    service: 'jobs',
    limit: { value: NEVER_CLOSED, unit: 'seconds' },
    reason: 'A day that ends at midnight is counted a quarter of an hour later and tried for two hours.',
    panel: 'start/jobs',
    tests: {
      every: '10m',
      over: [given(done('daily-ingestion-24x7'), flat(0)), bars('24x7', 'coinbase')],
      firesAt: '1590m',
      under: {
        'a day ago': [given(done('daily-ingestion-24x7'), `-${25 * HOUR}+600x400`), bars('24x7', 'coinbase')],
        'no feed of real data': [given(done('daily-ingestion-24x7'), flat(0)), bars('24x7', 'simulated')],
      },
      noise: [bars('XNYS', 'alpaca_sip'), given(done('daily-ingestion-xnys'), '0+600x400')],
    },
  },
  {
    name: 'DailyIngestionComplete',
    summary: 'A session is in: {{ $labels.job_name }}.',
    expr: either(complete('daily-ingestion-xnys', NEWS), complete('daily-ingestion-24x7', NEWS_OF_NIGHT)),
    for: '0s',
    severity: 'info',
    service: 'jobs',
    reason:
      'The sources want to hear of it. A quarter of an hour, so that one scrape that fails does not lose it; a day of 24x7 is in a quarter of an hour after midnight UTC, and fourteen hours later New York has begun to work. Those of a weekend are not told.',
    panel: 'start/jobs',
    tests: {
      over: [given(done('daily-ingestion-xnys'), '-100000x29 1000x400')],
      firesAt: '30m',
      labels: { job_name: 'daily-ingestion-xnys' },
      under: {
        'a quarter of an hour ago, and fourteen hours': [
          given(done('daily-ingestion-xnys'), '-900+60x400'),
          given(done('daily-ingestion-24x7'), '-50400+60x400'),
        ],
      },
      noise: [given(metric('jobLastSuccess', { job_name: 'partitions' }), '0+60x400')],
      also: {
        'just within a quarter of an hour': {
          over: [given(done('daily-ingestion-xnys'), '-100000x29 910x400')],
          firesAt: '30m',
          labels: { job_name: 'daily-ingestion-xnys' },
        },
        'of the other market, just within fourteen hours': {
          over: [given(done('daily-ingestion-24x7'), '-100000x29 -48590x400')],
          firesAt: '30m',
          labels: { job_name: 'daily-ingestion-24x7' },
        },
      },
    },
  },
];

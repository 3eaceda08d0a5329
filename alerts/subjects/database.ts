import type { Role } from '../../backend/roles.ts';
import type { Alert } from '../alert.ts';
import { flat, given, rising, stepping, turning } from '../inputs.ts';
import { above, both, divided, equal, increase, max, metric, min, outside, predicted, sum } from '../promql/index.ts';
import { PRIMARY, WITH_DATABASE } from '../targets.ts';

const MOST_BUSY = 0.8;
const MOST_IN_POOL = 0.9;
const id = { database_id: 'project:{database}' };
const replica = { database_id: 'project:heliograph-production-replica-0' };
const clone = { database_id: 'project:{database}-drill-0badcafe' };
const errors = (instance: string, kind: 'connection' | 'timeout' = 'connection', role: Role = 'api') =>
  metric('databaseErrors', { class: kind, instance, role });
const failures = increase(metric('databaseErrors', { class: 'connection', role: { oneOf: WITH_DATABASE } }), '5m');
const pool = { pool: 'requests', instance: 'a' } as const;

export const databaseAlerts: readonly Alert[] = [
  {
    name: 'DatabaseDown',
    summary: 'The database {{ $labels.database_id }} is down: nothing is answered and nothing is published.',
    expr: equal(max(outside('sqlUp', PRIMARY), 'database_id'), 0),
    for: '2m',
    severity: 'page',
    service: 'database',
    reason:
      'A failover takes one minute. By then nobody gets an answer. Of a replica or of what a drill has made nobody asks anything.',
    panel: 'database/state',
    tests: {
      over: [given(outside('sqlUp', id), stepping(10, 1, 0))],
      firesAt: '13m',
      labels: id,
      under: {
        'it is up': [given(outside('sqlUp', id), flat(1))],
        'a replica that is down': [given(outside('sqlUp', id), flat(1)), given(outside('sqlUp', replica), flat(0))],
        'a clone that is down': [given(outside('sqlUp', id), flat(1)), given(outside('sqlUp', clone), flat(0))],
      },
    },
  },
  {
    name: 'DatabaseConnectionFailures',
    summary: 'No process gets through to the database: nothing is answered and nothing is published.',
    expr: above(min(sum(failures, 'instance')), 0),
    for: '2m',
    severity: 'page',
    service: 'database',
    limit: { value: 0, unit: 'events' },
    reason:
      'The smallest count of all processes that ask it: one that fails alone is its own trouble, all of them are the database or the way to it. Two minutes are a failover.',
    panel: 'database/errors',
    tests: {
      over: [
        given(errors('a'), turning(10, 0, 0.15)),
        given(errors('b', 'connection', 'pipeline'), turning(8, 0, 3)),
        given(errors('c', 'connection', 'worker'), turning(8, 0, 3)),
      ],
      firesAt: '13m',
      under: { 'one process of two': [given(errors('a'), flat(0)), given(errors('b'), rising(3))] },
      noise: [
        given(errors('a', 'timeout'), rising(9)),
        given(errors('b', 'timeout'), rising(9)),
        // Every process tells every family from its start on, and this one never asks the database.
        given(errors('s', 'connection', 'synthetic'), flat(0)),
      ],
      stops: { over: [given(errors('a'), '0 0.5x400'), given(errors('b'), '0 0.5x400')], at: '11m' },
    },
  },
  {
    name: 'DatabasePoolSaturated',
    summary:
      'The pool {{ $labels.pool }} of {{ $labels.instance }} is full ({{ $value | humanizePercentage }}) and requests wait for it.',
    expr: both(
      above(
        divided(max(metric('poolInUse'), 'instance', 'pool'), max(metric('poolMax'), 'instance', 'pool')),
        MOST_IN_POOL,
      ),
      above(max(metric('poolWaiting'), 'instance', 'pool'), 0),
    ),
    for: '5m',
    severity: 'page',
    service: 'database',
    limit: { value: MOST_IN_POOL, unit: 'ratio' },
    reason:
      'A full pool alone is good use; with a queue before it every further request is late. Five minutes outlast a burst.',
    panel: 'database/pools',
    tests: {
      over: [
        given(metric('poolInUse', pool), stepping(10, 90, 91)),
        given(metric('poolMax', pool), flat(100)),
        given(metric('poolWaiting', pool), flat(0.5)),
      ],
      firesAt: '16m',
      labels: pool,
      under: {
        'nobody waits': [
          given(metric('poolInUse', pool), flat(100)),
          given(metric('poolMax', pool), flat(100)),
          given(metric('poolWaiting', pool), flat(0)),
        ],
        'just under nine in ten': [
          given(metric('poolInUse', pool), flat(89)),
          given(metric('poolMax', pool), flat(100)),
          given(metric('poolWaiting', pool), flat(9)),
        ],
        'nine in ten': [
          given(metric('poolInUse', pool), flat(90)),
          given(metric('poolMax', pool), flat(100)),
          given(metric('poolWaiting', pool), flat(9)),
        ],
      },
    },
  },
  share(
    'DatabaseCpuHigh',
    'The database uses {{ $value | humanizePercentage }} of its CPU.',
    'sqlCpu',
    'database/cpu',
    'Where the sources say that the instance must grow. It still answers, and a bigger one restarts it: that wants planning.',
  ),
  {
    name: 'DatabaseConnectionsHigh',
    summary: '{{ $value | humanizePercentage }} of the connections of the pools {{ $labels.pool }} are in use.',
    expr: above(divided(sum(metric('poolInUse'), 'pool'), sum(metric('poolMax'), 'pool')), MOST_BUSY),
    for: '15m',
    severity: 'ticket',
    service: 'database',
    limit: { value: MOST_BUSY, unit: 'ratio' },
    reason:
      'Of our own pools, whose sum the database is sized for: Cloud SQL tells how many connections there are, not how many there may be.',
    panel: 'database/pools',
    tests: {
      over: [
        given(metric('poolInUse', pool), stepping(10, 60, 62)),
        given(metric('poolInUse', { ...pool, instance: 'b' }), flat(100)),
        given(metric('poolMax', pool), flat(100)),
        given(metric('poolMax', { ...pool, instance: 'b' }), flat(100)),
      ],
      firesAt: '26m',
      labels: { pool: 'requests' },
      under: {
        'just under four in five': [
          given(metric('poolInUse', pool), flat(79)),
          given(metric('poolMax', pool), flat(100)),
        ],
        'four in five': [given(metric('poolInUse', pool), flat(80)), given(metric('poolMax', pool), flat(100))],
      },
    },
  },
  {
    ...share(
      'DiskUsageHigh',
      'The disk of the database is {{ $value | humanizePercentage }} full.',
      'sqlDisk',
      'database/disk',
      'It grows by itself where that is switched on; four fifths leave time to find out why. DatabaseDiskFullSoon pages.',
    ),
    about: 'database',
  },
  filling({ name: 'DatabaseDiskFillingUp', window: '6h', ahead: '1d', severity: 'ticket', when: 'within a day' }),
  filling({ name: 'DatabaseDiskFullSoon', window: '1h', ahead: '4h', severity: 'page', when: 'within four hours' }),
  lag({
    name: 'ReplicaLagHigh',
    limit: 300,
    severity: 'ticket',
    reason: 'Five minutes of what was written would be lost with the region; an hour is what we promise (RPO).',
  }),
  lag({
    name: 'DrReplicaLag',
    limit: 1_800,
    severity: 'page',
    reason: 'Half of the hour that we promise (RPO): whoever gets up still has the other half.',
  }),
];

function share(
  name: string,
  summary: string,
  of: 'sqlCpu' | 'sqlDisk',
  panel: `database/${string}`,
  reason: string,
): Alert {
  const series = outside(of, id);
  return {
    ...{ name, summary, reason, panel },
    expr: above(max(outside(of, PRIMARY), 'database_id'), MOST_BUSY),
    for: '15m',
    severity: 'ticket',
    service: 'database',
    limit: { value: MOST_BUSY, unit: 'ratio' },
    tests: {
      over: [given(series, stepping(10, 0.8, 0.81))],
      firesAt: '26m',
      labels: id,
      under: { 'just under four fifths': [given(series, flat(0.79))], 'four fifths': [given(series, flat(0.8))] },
      noise: [given(outside(of, replica), flat(0.9)), given(outside(of, clone), flat(0.9))],
    },
  };
}

type Filling = { name: string; window: '6h' | '1h'; ahead: '1d' | '4h'; severity: 'page' | 'ticket'; when: string };

function filling({ name, window, ahead, severity, when }: Filling): Alert {
  const day = ahead === '1d';
  const disk = outside('sqlDisk', id);
  return {
    name,
    summary: `If it goes on like this the disk of the database is full ${when}: then nothing is published.`,
    expr: above(max(predicted(outside('sqlDisk', PRIMARY), window, ahead), 'database_id'), 1),
    for: '15m',
    severity,
    service: 'database',
    limit: { value: 1, unit: 'ratio' },
    reason: day
      ? 'A full disk stops every write. A day is enough to do it by daylight, and the slope of six hours is no single batch.'
      : 'A full disk stops every write, and growing it takes minutes while somebody looks for the cause. The slope of an hour is no single batch.',
    panel: 'database/disk',
    tests: {
      every: '5m',
      // Flat, and then so much more with every value: a day has 288 of them, four hours 48.
      over: [given(disk, `0.5x80 ${0.5 + (day ? 0.00172 : 0.0102)}+${day ? 0.00172 : 0.0102}x400`)],
      firesAt: day ? '685m' : '465m',
      labels: id,
      under: {
        'just not full by then': [given(disk, `0.5+${day ? 0.001 : 0.003}x400`)],
        'almost full and going on': [given(disk, flat(0.98))],
        'full and going on': [given(disk, flat(1))],
      },
      noise: [given(outside('sqlDisk', replica), '0+0.1x400'), given(outside('sqlDisk', clone), '0+0.1x400')],
    },
  };
}

function lag({
  name,
  limit,
  severity,
  reason,
}: {
  name: string;
  limit: number;
  severity: 'page' | 'ticket';
  reason: string;
}): Alert {
  const series = outside('sqlReplicaLag', id);
  return {
    ...{ name, severity, reason },
    summary:
      'The replica in the other region is {{ $value | humanizeDuration }} behind: so much would be lost with this region.',
    expr: above(max(outside('sqlReplicaLag'), 'database_id'), limit),
    for: '5m',
    service: 'database',
    limit: { value: limit, unit: 'seconds' },
    panel: 'recovery/replica-lag',
    tests: {
      over: [given(series, stepping(10, limit, limit * 1.05))],
      firesAt: '16m',
      labels: id,
      under: { 'just under it': [given(series, flat(limit * 0.95))], 'on it': [given(series, flat(limit))] },
    },
  };
}

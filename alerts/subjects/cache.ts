import type { Alert } from '../alert.ts';
import { flat, given, rising, stepping, turning } from '../inputs.ts';
import {
  above,
  atLeast,
  both,
  divided,
  equal,
  increase,
  max,
  metric,
  outside,
  plus,
  recorded,
  sum,
} from '../promql/index.ts';
import { type Recording, recording } from '../recording.ts';

const MOST_MEMORY = 0.8;
const MOST_MISSED = 0.5;
const FEWEST = 120;

const redis = (instance: string, connection: 'commands' | 'subscriber' = 'commands') =>
  metric('redisUp', { instance, connection });
const id = { instance_id: 'heliograph' };
const labels = { cache: 'performance' } as const;
const found = sum(increase(metric('cacheHits'), '30m'), 'cache');
const missed = sum(increase(metric('cacheMisses'), '30m'), 'cache');
const asked = plus(found, missed);

const hitRatio: Recording<'cache'> = recording('cache:hit_ratio:increase30m', divided(found, asked), [
  {
    name: 'is the share that was found, over half an hour',
    input: [
      given(metric('cacheHits', { ...labels, instance: 'a' }), turning(45, 1, 5)),
      given(metric('cacheHits', { ...labels, instance: 'b' }), rising(1)),
      given(metric('cacheMisses', labels), rising(2)),
    ],
    at: '60m',
    // Of the 30 minutes 15 lie before the turn.
    value: (15 * 2 + 15 * 6) / (15 * 2 + 15 * 6 + 30 * 2),
    labels,
  },
  { name: 'is nothing of a cache that nobody asks', input: [], at: '60m', value: null },
]);
export const cacheRecordings: readonly Recording[] = [hitRatio];

/** The share of what was asked of each cache in half an hour that was in it. */
export const cacheHitRatio = recorded(hitRatio);

export const cacheAlerts: readonly Alert[] = [
  {
    name: 'RedisDown',
    summary: 'No process reaches Redis: signals arrive up to half a second late, and the database takes all the load.',
    expr: equal(max(metric('redisUp', { connection: 'commands' })), 0),
    for: '2m',
    severity: 'page',
    service: 'cache',
    reason:
      'Readers poll without it, so no signal is lost; but every tailer now asks the database, and limits are counted a process. A fail-over takes less than a minute.',
    panel: 'database/redis',
    tests: {
      over: [given(redis('a'), stepping(10, 1, 0)), given(redis('b'), flat(0))],
      firesAt: '13m',
      under: { 'one process reaches it': [given(redis('a'), flat(1)), given(redis('b'), flat(0))] },
      noise: [given(redis('a', 'subscriber'), flat(1))],
    },
  },
  {
    name: 'RedisMemoryHigh',
    summary: 'Redis uses {{ $value | humanizePercentage }} of its memory.',
    expr: above(max(outside('valkeyMemory'), 'instance_id'), MOST_MEMORY),
    for: '15m',
    severity: 'ticket',
    service: 'cache',
    limit: { value: MOST_MEMORY, unit: 'ratio' },
    reason: 'Where the sources say that it must grow. Nothing in it is the only copy, so there is time.',
    panel: 'database/redis-memory',
    tests: {
      over: [given(outside('valkeyMemory', id), stepping(10, 0.8, 0.81))],
      firesAt: '26m',
      labels: id,
      under: {
        'just under four fifths': [given(outside('valkeyMemory', id), flat(0.79))],
        'four fifths': [given(outside('valkeyMemory', id), flat(0.8))],
      },
    },
  },
  {
    name: 'CacheMissRatioHigh',
    summary: '{{ $value | humanizePercentage }} of what is asked of the cache {{ $labels.cache }} is not in it.',
    expr: both(above(divided(missed, asked), MOST_MISSED), atLeast(asked, FEWEST)),
    for: '30m',
    severity: 'info',
    service: 'cache',
    limit: { value: MOST_MISSED, unit: 'ratio' },
    reason:
      'The sources want to know of it at one half. It costs time and breaks nothing; under four questions a minute it is only a cache that nobody uses.',
    panel: 'database/cache',
    tests: {
      over: [
        given(metric('cacheHits', labels), turning(60, 100, 49)),
        given(metric('cacheMisses', labels), turning(60, 0, 51)),
      ],
      firesAt: '2h',
      labels,
      under: {
        'just under one half': [
          given(metric('cacheHits', labels), rising(51)),
          given(metric('cacheMisses', labels), rising(49)),
        ],
        'one half': [given(metric('cacheHits', labels), rising(50)), given(metric('cacheMisses', labels), rising(50))],
        'hardly asked': [
          given(metric('cacheHits', labels), rising(0.9)),
          given(metric('cacheMisses', labels), rising(2.9)),
        ],
      },
      also: {
        'asked as often as counts': {
          over: [given(metric('cacheHits', labels), flat(0)), given(metric('cacheMisses', labels), turning(60, 0, 4))],
          firesAt: '2h',
          labels,
        },
        'hits count as questions': {
          over: [
            given(metric('cacheHits', labels), turning(60, 0, 1.6)),
            given(metric('cacheMisses', labels), turning(60, 0, 2.4)),
          ],
          firesAt: '2h',
          labels,
        },
      },
    },
  },
];

import type { Alert } from '../alert.ts';
import { given, rising, turning } from '../inputs.ts';
import { above, metric, rate, ratio, sum } from '../promql/index.ts';

const MOST_REFUSED = 0.3;
const FEWEST = 50;
const MOST_LIMITED = 1;
const shown = { credential: { not: 'none' } } as const;
const refused = metric('authentications', { credential: 'token', outcome: 'refused' });
const known = metric('authentications', { credential: 'key', outcome: 'ok' });

export const securityAlerts: readonly Alert[] = [
  {
    name: 'AuthFailuresSpike',
    summary: '{{ $value | humanizePercentage }} of the keys and tokens that are shown are refused.',
    expr: above(
      ratio({
        part: metric('authentications', { ...shown, outcome: 'refused' }),
        whole: metric('authentications', shown),
        window: '10m',
        atLeast: FEWEST,
      }),
      MOST_REFUSED,
    ),
    for: '10m',
    severity: 'ticket',
    service: 'security',
    limit: { value: MOST_REFUSED, unit: 'ratio' },
    reason:
      'Three in ten is somebody who tries keys, or a client whose key has run out. Neither gets in, so it waits for the day; fewer than fifty tries are somebody who types.',
    panel: 'api/credentials',
    tests: {
      over: [given(known, rising(69)), given(refused, turning(20, 0, 31))],
      firesAt: '40m',
      under: {
        'just under three in ten': [given(known, rising(71)), given(refused, rising(29))],
        'three in ten': [given(known, rising(70)), given(refused, rising(30))],
        'too few tries': [given(refused, rising(4.9))],
      },
      noise: [
        given(metric('authentications', { credential: 'none', outcome: 'refused' }), rising(1_000)),
        given(metric('authentications', { credential: 'none', outcome: 'ok' }), rising(9_000)),
      ],
      also: {
        'fewer get in': { over: [given(known, turning(20, 138, 69)), given(refused, rising(31))], firesAt: '40m' },
        'as few tries as count': { over: [given(refused, turning(20, 0, 5))], firesAt: '40m' },
      },
    },
  },
  {
    name: 'RateLimitAbuse',
    summary: '{{ $value | humanize }} requests a second are turned away because they come too fast.',
    expr: above(sum(rate(metric('graphqlRejected', { reason: 'rate' }), '10m')), MOST_LIMITED),
    for: '10m',
    severity: 'ticket',
    service: 'security',
    limit: { value: MOST_LIMITED, unit: 'events' },
    reason:
      'One a second for twenty minutes is a client that does not hear what it is told. The limit holds, so nobody else feels it.',
    panel: 'api/refused',
    tests: {
      over: [given(metric('graphqlRejected', { reason: 'rate', transport: 'http' }), turning(20, 0, 63))],
      firesAt: '40m',
      under: {
        'just under one a second': [
          given(metric('graphqlRejected', { reason: 'rate', transport: 'http' }), rising(57)),
        ],
        'one a second': [given(metric('graphqlRejected', { reason: 'rate', transport: 'http' }), rising(60))],
      },
      noise: [given(metric('graphqlRejected', { reason: 'depth', transport: 'http' }), rising(1_000))],
    },
  },
];

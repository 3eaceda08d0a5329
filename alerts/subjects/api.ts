import { probes } from '../../backend/roles.ts';
import type { Alert } from '../alert.ts';
import { flat, given, givenHistogram, rising, stepping, turning } from '../inputs.ts';
import { latencyLadder } from '../ladder.ts';
import {
  above,
  absent,
  atLeast,
  both,
  equal,
  increase,
  metric,
  observations,
  outside,
  quantile,
  ratio,
  sum,
} from '../promql/index.ts';
import { OF_USERS, SCRAPE_JOB } from '../targets.ts';

const MOST_FAILED = 0.05;
const FEWEST = 20;

const request = { method: 'POST', endpoint: '/graphql' } as const;
const ok = metric('httpRequests', { ...request, status: '200' });
const broken = metric('httpRequests', { ...request, status: '500' });
const probed = metric('httpRequests', { method: 'GET', endpoint: probes.ready, status: '503' });
const up = (role: string, instance: string, job: string = SCRAPE_JOB) => outside('up', { job, role, instance });

export const apiAlerts: readonly Alert[] = [
  {
    name: 'ApiDown',
    summary: 'No process answers the API: clients get no answer and no signal.',
    expr: absent(equal(outside('up', { job: SCRAPE_JOB, role: { oneOf: ['api', 'all'] } }), 1)),
    for: '1m',
    severity: 'page',
    service: 'api',
    reason:
      'Every client is cut off. Two scrapes may fail in a roll-out; more than a minute without any process is no roll-out.',
    panel: 'start/processes',
    tests: {
      every: '30s',
      over: [given(up('api', 'a'), stepping(10, 1, 0)), given(up('api', 'b'), stepping(4, 1, 0))],
      firesAt: '390s',
      under: { 'one of two answers': [given(up('api', 'a'), flat(0)), given(up('all', 'b'), flat(1))] },
      noise: [given(up('pipeline', 'c'), flat(1)), given(up('api', 'd', 'somebody-else'), flat(1))],
      absent: 'fires',
    },
  },
  {
    name: 'BackendInstanceDown',
    summary: '{{ $labels.instance }} ({{ $labels.role }}) does not answer; the others carry its load.',
    expr: equal(outside('up', { job: SCRAPE_JOB }), 0),
    for: '1m',
    severity: 'ticket',
    service: 'platform',
    reason:
      'One process of several: Kubernetes starts another, and ApiDown or PipelineDown pages when none of its role is left. So this is no page, though others call it critical.',
    panel: 'start/processes',
    tests: {
      every: '30s',
      over: [given(up('api', 'a'), stepping(10, 1, 0)), given(up('api', 'b'), flat(1))],
      firesAt: '390s',
      labels: { job: SCRAPE_JOB, role: 'api', instance: 'a' },
      under: { 'all answer': [given(up('api', 'a'), flat(1))] },
      noise: [given(up('api', 'd', 'somebody-else'), flat(0))],
    },
  },
  {
    name: 'BackendHighErrorRate',
    summary: '{{ $value | humanizePercentage }} of the requests fail.',
    expr: above(
      ratio({
        part: metric('httpRequests', { ...OF_USERS, status: { pattern: '5..' } }),
        whole: metric('httpRequests', OF_USERS),
        window: '5m',
        atLeast: FEWEST,
      }),
      MOST_FAILED,
    ),
    for: '5m',
    severity: 'ticket',
    service: 'api',
    limit: { value: MOST_FAILED, unit: 'ratio' },
    reason:
      'Fixed at 5 %, for whoever looks for this name. Who is woken is decided by the budget: ApiAvailabilityBudgetBurnFast.',
    panel: 'api/errors',
    tests: {
      over: [given(ok, rising(94.8)), given(broken, turning(10, 0, 5.2))],
      firesAt: '20m',
      under: {
        'just under 5 %': [given(ok, rising(95.1)), given(broken, rising(4.9))],
        'on the line': [given(ok, rising(95)), given(broken, rising(5))],
        'too few requests': [given(broken, rising(3.9))],
      },
      noise: [given(probed, rising(1_000))],
      also: {
        'fewer succeed': { over: [given(ok, turning(10, 189.6, 94.8)), given(broken, rising(5.2))], firesAt: '20m' },
        'as few requests as count': { over: [given(broken, turning(10, 0, 4))], firesAt: '20m' },
      },
    },
  },
  slow('BackendHighLatencyP95', latencyLadder.warn, [0.5, 0.75, 1]),
  slow('HighLatency', latencyLadder.high, [0.75, 1, 2.5]),
];

type Edge = 0.5 | 0.75 | 1 | 2.5;

function slow(name: string, limit: number, [low, line, high]: readonly [Edge, Edge, Edge]): Alert {
  const answers = metric('httpRequestDuration', OF_USERS);
  const watched = metric('httpRequestDuration', request);
  const enough = atLeast(sum(increase(observations(answers), '5m')), FEWEST);
  // Before the turn all are quick; after it so many of a hundred take no longer than the line.
  const quick = (share: number, all = 100) =>
    givenHistogram(watched, rising(all), {
      [low]: turning(10, all, 0),
      [line]: turning(10, all, share),
      [high]: rising(all),
    });
  return {
    name,
    summary: `One request in twenty takes longer than {{ $value | humanizeDuration }}.`,
    expr: above(both(quantile(0.95, answers, '5m'), enough), limit),
    for: '5m',
    severity: 'ticket',
    service: 'api',
    limit: { value: limit, unit: 'seconds' },
    reason: `A rung of the ladder: ${latencyLadder.target} s is what we aim for and where more pods come, ${latencyLadder.warn} s where we look, ${latencyLadder.high} s where we worry. The page is ApiLatencyBudgetBurnFast.`,
    panel: 'api/duration',
    tests: {
      over: quick(94.8),
      firesAt: '20m',
      under: { 'just under the line': quick(95.2), 'on the line': quick(95), 'too few requests': quick(0, 3.9) },
      noise: givenHistogram(metric('httpRequestDuration', { method: 'GET', endpoint: probes.live }), rising(1_000), {
        [low]: rising(0),
        [line]: rising(0),
        [high]: rising(0),
      }),
      also: { 'as few requests as count': { over: quick(3.8 / 1.0 - 0.01, 4), firesAt: '20m' } },
    },
  };
}

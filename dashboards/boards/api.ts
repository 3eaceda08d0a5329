import { OF_USERS } from '../../alerts/index.ts';
import {
  atLeast,
  both,
  divided,
  increase,
  max,
  metric,
  minus,
  outside,
  quantile,
  rate,
  ratio,
  runtimeCounter,
  runtimeGauge,
  SCRAPE_JOB,
  sum,
} from '../../alerts/promql/index.ts';
import { type Board, query, variable } from '../board.ts';

const at = { role: { pattern: '$role' } } as const;
/** Programs of others tell of their processes by the same names. */
const ours = { ...at, job: SCRAPE_JOB } as const;
const named = { ...at, operation: { pattern: '$operation' } } as const;
const requests = metric('httpRequests', { ...at, ...OF_USERS });
const fine = metric('httpRequests', { ...at, ...OF_USERS, status: { pattern: '[1-4]..' } });
// What is not fine: a status that no answer has had yet has no series, and nothing can be divided by it.
const failed = minus(sum(rate(requests, '5m')), sum(rate(fine, '5m')));
const answers = metric('httpRequestDuration', { ...at, ...OF_USERS });
const shown = { ...at, credential: { not: 'none' } } as const;
const operations = metric('graphqlRequests', named);

export const api: Board = {
  name: 'api',
  title: 'API performance',
  purpose:
    'For whoever asks how requests fare: how many, how long, which fail, who is turned away, and whether the processes keep up.',
  span: '3h',
  variables: [
    variable('role', 'Role', outside('up', { job: SCRAPE_JOB }), 'role'),
    variable('operation', 'Operation', metric('graphqlRequests'), 'operation'),
  ],
  rows: [
    {
      question: 'How many requests, how long do they take, how many fail?',
      panels: [
        {
          id: 'requests',
          title: 'Request rate',
          description: 'Of users, by status: probes are not in it. Status 499 is a client that went away first.',
          as: 'bars',
          unit: 'requests a second',
          queries: [query(sum(rate(requests, '5m'), 'status'), ({ status }) => status)],
        },
        {
          id: 'duration',
          title: 'Request duration (p50, p95, p99)',
          description:
            'Half of the requests, one in twenty and one in a hundred take at least so long. The lines are those of the ladder.',
          as: 'lines',
          unit: 'seconds',
          helps: ['ApiLatencyBudgetBurnFast', 'ApiLatencyBudgetBurnSlow'],
          queries: [
            query(quantile(0.5, answers, '5m'), 'p50'),
            query(quantile(0.95, answers, '5m'), 'p95'),
            query(quantile(0.99, answers, '5m'), 'p99'),
          ],
        },
        {
          id: 'errors',
          title: 'Error rate',
          description: 'The share of answers 5xx, where there are at least 20 requests in five minutes.',
          as: 'lines',
          unit: 'ratio',
          helps: ['ApiAvailabilityBudgetBurnFast', 'ApiAvailabilityBudgetBurnSlow'],
          queries: [
            query(
              both(divided(failed, sum(rate(requests, '5m'))), atLeast(sum(increase(requests, '5m')), 20)),
              'failed',
            ),
          ],
        },
      ],
    },
    {
      question: 'Which operations, and with which errors?',
      panels: [
        {
          id: 'operations',
          title: 'Operations by how slow they are',
          description:
            'Each known operation of the last five minutes: one in twenty takes at least so long; how many a second; those that fail by our fault.',
          as: 'table',
          unit: 'seconds',
          width: 16,
          helps: ['ApiLatencyBudgetBurnFast', 'HighLatency'],
          queries: [
            query(quantile(0.95, metric('graphqlRequestDuration', named), '5m', 'operation', 'kind'), 'p95', 'seconds'),
            query(sum(rate(operations, '5m'), 'operation', 'kind'), 'a second', 'requests a second'),
            query(
              sum(rate(metric('graphqlRequests', { ...named, outcome: 'server_error' }), '5m'), 'operation', 'kind'),
              'fail a second',
              'requests a second',
            ),
          ],
        },
        {
          id: 'error-codes',
          title: 'Errors',
          description:
            'Errors in answers by their code, and answers 5xx. INTERNAL_SERVER_ERROR is a bug: the log has it under its id.',
          as: 'bars',
          unit: 'events a second',
          helps: ['BackendHighErrorRate', 'ApiAvailabilityBudgetBurnFast'],
          queries: [
            query(sum(rate(metric('graphqlResolverErrors', at), '5m'), 'code'), ({ code }) => code),
            query(failed, 'HTTP 5xx'),
          ],
        },
      ],
    },
    {
      question: 'Who is turned away, and who stays connected?',
      panels: [
        {
          id: 'refused',
          title: 'Operations that were not let in',
          description: 'By the rule that they broke; the line is for those that came too fast.',
          as: 'lines',
          unit: 'requests a second',
          width: 6,
          queries: [query(sum(rate(metric('graphqlRejected', at), '10m'), 'reason'), ({ reason }) => reason)],
        },
        {
          id: 'credentials',
          title: 'Keys and tokens that are refused',
          description: 'Of those that are shown, where there are at least 50 in ten minutes.',
          as: 'lines',
          unit: 'ratio',
          width: 6,
          queries: [
            query(
              ratio({
                part: metric('authentications', { ...shown, outcome: 'refused' }),
                whole: metric('authentications', shown),
                window: '10m',
                atLeast: 50,
              }),
              'refused',
            ),
          ],
        },
        {
          id: 'subscriptions',
          title: 'Open subscriptions',
          description: 'By transport, and the groups that are sent the same bytes.',
          as: 'lines',
          unit: 'count',
          width: 6,
          helps: ['SubscriptionDeliveryBudgetBurnFast', 'SubscriptionDeliveryBudgetBurnSlow'],
          queries: [
            query(sum(metric('subscriptionsActive', at), 'transport'), ({ transport }) => transport),
            query(sum(metric('subscriptionGroups', at)), 'groups'),
          ],
        },
        {
          id: 'in-progress',
          title: 'Requests that are being answered',
          description: 'At this moment, of each process.',
          as: 'lines',
          unit: 'count',
          width: 6,
          helps: ['DatabasePoolSaturated', 'HighLatency'],
          queries: [query(max(metric('httpRequestsInProgress', at), 'instance'), ({ instance }) => instance)],
        },
      ],
    },
    {
      question: 'Do the processes keep up?',
      panels: [
        {
          id: 'processor',
          title: 'Backend CPU',
          description: 'Of each process. 100 % is one core, which is all that its event loop can have.',
          as: 'lines',
          unit: 'ratio',
          helps: ['ApiLatencyBudgetBurnFast', 'HpaMaxedOut'],
          queries: [
            query(
              sum(rate(runtimeCounter('process_cpu_seconds_total', ours), '5m'), 'instance'),
              ({ instance }) => instance,
            ),
          ],
        },
        {
          id: 'memory',
          title: 'Backend memory',
          description: 'Memory of each process that is resident.',
          as: 'lines',
          unit: 'bytes',
          helps: ['PodCrashLooping', 'BackendInstanceDown'],
          queries: [
            query(max(runtimeGauge('process_resident_memory_bytes', ours), 'instance'), ({ instance }) => instance),
          ],
        },
        {
          id: 'load',
          title: 'Delay of the event loop',
          description:
            'By how much the slowest hundredth of the turns was late. A process that is told to sheds load from its limit on.',
          as: 'lines',
          unit: 'seconds',
          helps: ['ApiLatencyBudgetBurnFast', 'HighLatency'],
          queries: [query(max(metric('eventLoopDelay', at), 'instance'), ({ instance }) => instance)],
        },
      ],
    },
  ],
};

import { flat, given } from '../inputs.ts';
import { type Counter, max, metric, observations, observed, sum, vector } from '../promql/index.ts';
import { bucketSeries } from '../promql/series.ts';
import { type Recording, recording } from '../recording.ts';

const requests = metric('httpRequests');
const duration = metric('httpRequestDuration');
const labels = { job: 'heliograph', instance: 'a', role: 'api', method: 'POST', endpoint: '/graphql' } as const;
const KEPT = ['job', 'instance', 'role', 'method', 'endpoint'] as const;

/**
 * The names by which others know the requests of the API and the queues, for dashboards that were made for those. Of a counter one series a process, so
 * that a rate over it takes restarts into account. Nothing of ours asks for them.
 */
export const aliases: readonly Recording[] = [
  recording('api_requests_total', sum(asItIs(requests), ...KEPT), [
    {
      name: 'counts whatever the status',
      input: [one('http_requests_total', 7, { status: '200' }), one('http_requests_total', 2, { status: '500' })],
      at: '2m',
      value: 9,
      labels,
    },
  ]),
  recording('api_request_duration_seconds_bucket', sum(asItIs(bucketSeries(duration)), ...KEPT, 'le'), [
    {
      name: 'has each edge',
      input: [one('http_request_duration_seconds_bucket', 5, { le: '0.5' })],
      at: '2m',
      value: 5,
      labels: { ...labels, le: '0.5' },
    },
  ]),
  alike('api_request_duration_seconds_count', observations(duration)),
  alike('api_request_duration_seconds_sum', observed(duration)),
  recording('queue_oldest_age_seconds', max(metric('queueOldestJobAge'), 'queue'), [
    {
      name: 'is that of the process that sees the oldest',
      input: [
        given(metric('queueOldestJobAge', { instance: 'a', queue: 'retention' }), flat(7)),
        given(metric('queueOldestJobAge', { instance: 'b', queue: 'retention' }), flat(3)),
      ],
      at: '2m',
      value: 7,
      labels: { queue: 'retention' },
    },
  ]),
];

function alike(record: string, of: Counter<(typeof KEPT)[number]>): Recording {
  return recording(record, sum(asItIs(of), ...KEPT), [
    { name: 'is as it was', input: [one(of.select.metric, 5)], at: '2m', value: 5, labels },
  ]);
}

/** A counter that is copied, and neither added up over processes nor read as it stands. */
function asItIs<L extends string>({ select, labels: all }: Counter<L>) {
  return vector(select, all);
}

function one(name: string, value: number, others: Readonly<Record<string, string>> = {}): readonly [string, string] {
  const text = Object.entries({ ...labels, ...others }).map(([label, is]) => `${label}="${is}"`);
  return [`${name}{${text.join(', ')}}`, flat(value)];
}

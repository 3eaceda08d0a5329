import { increase, max, metric, outside, quantile, rate, since, sum } from '../../alerts/promql/index.ts';
import { type Board, query } from '../board.ts';

export const recovery: Board = {
  name: 'recovery',
  title: 'Recovery',
  purpose:
    'For whoever must bring it back: how far the copy elsewhere is behind, what the jobs of the night did, how far the log has come.',
  span: '7d',
  variables: [],
  rows: [
    {
      question: 'What would be lost?',
      panels: [
        {
          id: 'replica-lag',
          title: 'Lag of the replicas',
          description: 'What a replica does not have yet is lost when the region of its source is.',
          as: 'lines',
          unit: 'seconds',
          width: 12,
          queries: [query(max(outside('sqlReplicaLag'), 'database_id'), ({ database_id }) => database_id)],
        },
        {
          id: 'log-head',
          title: 'Newest event',
          description:
            'The number of the newest event of each stream. After a restore it goes on in a new epoch, and never back.',
          as: 'lines',
          unit: 'count',
          width: 12,
          helps: ['DrReplicaLag', 'SignalDeliveryIncomplete'],
          queries: [query(max(metric('eventLogHead'), 'stream'), ({ stream }) => stream)],
        },
      ],
    },
    {
      question: 'Did the jobs do their work?',
      panels: [
        {
          id: 'job-success',
          title: 'Since jobs were done',
          description: 'By job, over all processes.',
          as: 'lines',
          unit: 'seconds',
          helps: ['DailyIngestionMissing', 'QueueBacklog'],
          queries: [query(since(max(metric('jobLastSuccess'), 'job_name')), ({ job_name }) => job_name)],
        },
        {
          id: 'job-items',
          title: 'What they did',
          description:
            'Items of a day: partitions made, archived and dropped, sessions found to be in; kept though old; failed.',
          as: 'bars',
          unit: 'count',
          helps: ['QueueBacklog', 'DatabaseDiskFillingUp'],
          queries: [
            query(
              sum(increase(metric('jobItems'), '1d'), 'job_name', 'result'),
              ({ job_name, result }) => `${job_name} ${result}`,
            ),
          ],
        },
        {
          id: 'job-duration',
          title: 'How long they take',
          description: 'One attempt in twenty of a day takes at least so long, failed ones too.',
          as: 'lines',
          unit: 'seconds',
          helps: ['QueueBacklog'],
          queries: [query(quantile(0.95, metric('jobDuration'), '1d', 'job_name'), ({ job_name }) => job_name)],
        },
      ],
    },
    {
      question: 'Does the database end by itself?',
      panels: [
        {
          id: 'database-restarts',
          title: 'Restarts of the embedded database',
          description: 'In a day. In the cloud there is none: there it is Cloud SQL that tells.',
          as: 'bars',
          unit: 'count',
          width: 12,
          helps: ['DatabaseDown', 'DatabaseConnectionFailures'],
          queries: [
            query(sum(increase(metric('embeddedDatabaseRestarts'), '1d'), 'instance'), ({ instance }) => instance),
          ],
        },
        {
          id: 'growth',
          title: 'Growth of the log',
          description: 'Events that are written: what a restore has to bring back.',
          as: 'lines',
          unit: 'events a second',
          width: 12,
          helps: ['DrReplicaLag', 'DatabaseDiskFillingUp'],
          queries: [query(sum(rate(metric('eventLogAppends'), '1h')), 'appended')],
        },
      ],
    },
  ],
};

import { divided, increase, max, metric, outside, overTime, quantile, since, sum } from '../../alerts/promql/index.ts';
import { type Board, query } from '../board.ts';
import { burnsOn } from './burns.ts';

// Of the log all that there is is counted, so that it has no usual size.
const sizes = metric('backupSize', { kind: { not: 'wal' } });

export const recovery: Board = {
  name: 'recovery',
  title: 'Recovery',
  purpose:
    'For whoever must bring it back: what would be lost now, whether a backup has been restored lately, how long it takes.',
  span: '7d',
  variables: [],
  rows: [
    {
      question: 'What would be lost?',
      panels: [
        {
          id: 'backups',
          title: 'Age of the newest backup',
          description:
            'By kind and place, of those that lie whole there, as found there: up to which moment each reaches. What Cloud SQL has is what it says.',
          as: 'lines',
          unit: 'seconds',
          helps: ['DrReplicaLag'],
          queries: [
            query(since(max(metric('backupLastSuccess'), 'kind', 'target')), ({ kind, target }) => `${kind} ${target}`),
          ],
        },
        {
          id: 'log',
          title: 'Since the latest moment that can be recovered',
          description:
            'From the newest base backup along the write-ahead log up to its first gap, or what Cloud SQL says: what came after it is lost with the database.',
          as: 'lines',
          unit: 'seconds',
          helps: ['DrReplicaLag'],
          queries: [query(since(max(metric('backupLatestRecovery'), 'target')), ({ target }) => target)],
        },
        {
          id: 'replica-lag',
          title: 'Lag of the replicas',
          description: 'What a replica does not have yet is lost when the region of its source is.',
          as: 'lines',
          unit: 'seconds',
          queries: [query(max(outside('sqlReplicaLag'), 'database_id'), ({ database_id }) => database_id)],
        },
      ],
    },
    {
      question: 'Would it come back?',
      panels: [
        {
          id: 'drills',
          title: 'Since a backup was restored',
          description: 'And found to be whole: the newest one, an older one, what Cloud SQL keeps by itself.',
          as: 'lines',
          unit: 'seconds',
          width: 6,
          helps: ['DrReplicaLag'],
          queries: [query(since(max(metric('drillLastSuccess'), 'scenario')), ({ scenario }) => scenario)],
        },
        {
          id: 'drill-result',
          title: 'Drills that failed',
          description: 'One after the other, since the last that did not.',
          as: 'lines',
          unit: 'count',
          width: 6,
          helps: ['DrReplicaLag'],
          queries: [query(max(metric('drillFailures'), 'scenario'), ({ scenario }) => scenario)],
        },
        {
          id: 'drill-time',
          title: 'How long a restore takes',
          description: 'Until the restored database answered a query in the last drill, and the parts of it.',
          as: 'lines',
          unit: 'seconds',
          width: 6,
          helps: ['DrReplicaLag'],
          queries: [
            query(max(metric('drillRto'), 'scenario'), ({ scenario }) => `all of ${scenario}`),
            query(max(metric('drillPhase', { scenario: { not: 'older' } }), 'phase'), ({ phase }) => phase),
          ],
        },
        {
          id: 'drill-loss',
          title: 'What the drill would have lost',
          description: 'By how much the newest row of the restored database was older than that of the running one.',
          as: 'lines',
          unit: 'seconds',
          width: 6,
          helps: ['DrReplicaLag'],
          queries: [query(max(metric('drillRpo'), 'scenario'), ({ scenario }) => scenario)],
        },
      ],
    },
    { question: 'Is what was promised kept?', panels: burnsOn('recovery').map((panel) => ({ ...panel, width: 24 })) },
    {
      question: 'Did the jobs do their work?',
      panels: [
        {
          id: 'sizes',
          title: 'Size against that of the week',
          description:
            'Of the newest backup of each kind: 100 % is as usual. Half of it is the sign of rows that are gone.',
          as: 'lines',
          unit: 'ratio',
          width: 6,
          helps: ['DatabaseDiskFillingUp'],
          queries: [
            query(
              divided(max(sizes, 'kind', 'target'), max(overTime('avg', sizes, '7d'), 'kind', 'target')),
              ({ kind, target }) => `${kind} ${target}`,
            ),
          ],
        },
        {
          id: 'job-success',
          title: 'Since jobs were done',
          description: 'By job, over all processes.',
          as: 'lines',
          unit: 'seconds',
          width: 6,
          helps: ['DailyIngestionMissing', 'QueueBacklog'],
          queries: [query(since(max(metric('jobLastSuccess'), 'job_name')), ({ job_name }) => job_name)],
        },
        {
          id: 'job-duration',
          title: 'How long jobs take',
          description: 'One attempt in twenty of a day takes at least so long, failed ones too.',
          as: 'lines',
          unit: 'seconds',
          width: 6,
          helps: ['QueueBacklog'],
          queries: [query(quantile(0.95, metric('jobDuration'), '1d', 'job_name'), ({ job_name }) => job_name)],
        },
        {
          id: 'job-items',
          title: 'What they did',
          description: 'Items of a day: made, archived, dropped; kept though old; failed.',
          as: 'bars',
          unit: 'count',
          width: 6,
          helps: ['QueueBacklog', 'DatabaseDiskFillingUp'],
          queries: [
            query(
              sum(increase(metric('jobItems'), '1d'), 'job_name', 'result'),
              ({ job_name, result }) => `${job_name} ${result}`,
            ),
          ],
        },
      ],
    },
  ],
};

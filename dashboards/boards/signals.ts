import { buckets, increase, max, metric, minus, quantile, rate, sum } from '../../alerts/promql/index.ts';
import { type Board, query } from '../board.ts';

const due = increase(metric('signalsDue'), '5m');
const published = increase(metric('signalsPublished'), '5m');
const lag = metric('subscriptionLag');

export const signals: Board = {
  name: 'signals',
  title: 'Signals',
  purpose: 'For whoever asks where a signal is: decided, published, delivered, and how long each step takes.',
  span: '3h',
  variables: [],
  rows: [
    {
      question: 'Does what is due come out?',
      panels: [
        {
          id: 'due-and-published',
          title: 'Signals due and published',
          description: 'In five minutes. Missing is what was due in a market and is not published; the line is for it.',
          as: 'lines',
          unit: 'count',
          queries: [
            query(minus(sum(due, 'market'), sum(published, 'market')), ({ market }) => `missing of ${market}`),
            query(sum(due), 'due'),
            query(sum(published), 'published'),
          ],
          helps: ['SignalCompletenessBudgetBurnFast', 'SignalCompletenessBudgetBurnSlow'],
        },
        {
          id: 'decisions',
          title: 'Decisions',
          description:
            'What became of the bars that closed in a quarter of an hour: a signal that is due, or the reason for none. Nothing at all is an engine that stands still.',
          as: 'lines',
          unit: 'count',
          queries: [
            query(sum(increase(metric('signalsDue'), '15m')), 'due'),
            query(sum(increase(metric('signalsWithheld'), '15m'), 'reason'), ({ reason }) => reason),
          ],
        },
        {
          id: 'delivered',
          title: 'Events for subscribers',
          description: 'Sent, or not sent because the client was too slow and was told so.',
          as: 'bars',
          unit: 'events a second',
          helps: ['SubscriptionDeliveryBudgetBurnFast', 'SubscriptionDeliveryBudgetBurnSlow'],
          queries: [query(sum(rate(metric('subscriptionEvents'), '5m'), 'result'), ({ result }) => result)],
        },
      ],
    },
    {
      question: 'Where does the time go?',
      panels: [
        {
          id: 'stages',
          title: 'Stages of the pipeline',
          description:
            'One transaction in twenty takes at least so long: ingest stores bars, step settles, decides and writes.',
          as: 'lines',
          unit: 'seconds',
          helps: ['SignalFreshnessBudgetBurnFast', 'SignalsSilent', 'PredictionLatencyBudgetBurnSlow'],
          queries: [query(quantile(0.95, metric('pipelineStageDuration'), '5m', 'stage'), ({ stage }) => stage)],
        },
        {
          id: 'freshness',
          title: 'From the commit to the subscriber',
          description: 'How many events took how long, a minute at a time, to the socket of a live subscriber.',
          as: 'heatmap',
          unit: 'seconds',
          helps: ['SignalFreshnessBudgetBurnFast', 'SignalFreshnessBudgetBurnSlow'],
          queries: [query(buckets(lag, '1m'), ({ le }) => le)],
        },
        {
          id: 'lag',
          title: 'Slowest events',
          description:
            'Half, one in twenty and one in a hundred of the events of five minutes reach the socket after at least so long.',
          as: 'lines',
          unit: 'seconds',
          helps: ['SignalFreshnessBudgetBurnFast', 'RedisDown'],
          queries: [
            query(quantile(0.5, lag, '5m'), 'p50'),
            query(quantile(0.95, lag, '5m'), 'p95'),
            query(quantile(0.99, lag, '5m'), 'p99'),
          ],
        },
      ],
    },
    {
      question: 'Does the log grow, and is everybody told of it?',
      panels: [
        {
          id: 'log',
          title: 'Events written',
          description: 'Events that were appended to the log.',
          as: 'bars',
          unit: 'events a second',
          helps: ['SignalDeliveryIncomplete', 'SignalsSilent'],
          queries: [query(sum(rate(metric('eventLogAppends'), '5m')), 'appended')],
        },
        {
          id: 'wake-ups',
          title: 'Wake-ups',
          description:
            'Messages that say that the log has grown. Lost ones cost a reader up to half a second, never an event.',
          as: 'lines',
          unit: 'events a second',
          helps: ['RedisDown', 'SignalFreshnessBudgetBurnSlow'],
          queries: [
            query(sum(rate(metric('wakeUps'), '5m'), 'result'), ({ result }) => result),
            query(sum(rate(metric('deafSubscribers'), '5m')), 'deaf connections'),
          ],
        },
        {
          id: 'executions',
          title: 'Executions for groups',
          description:
            'Items that were executed once for all who are sent the same bytes, and how many events they were sent as.',
          as: 'lines',
          unit: 'events a second',
          helps: ['SubscriptionDeliveryBudgetBurnFast'],
          queries: [
            query(sum(rate(metric('subscriptionExecutions'), '5m')), 'executed'),
            query(sum(rate(metric('subscriptionEvents', { result: 'sent' }), '5m')), 'sent'),
          ],
        },
      ],
    },
    {
      question: 'Does a subscriber of our own get what is promised?',
      panels: [
        {
          id: 'verified',
          title: 'What the synthetic subscriber finds wrong',
          description:
            'Faults in five minutes by kind, and how often its subscription was over, of which a roll-out makes a few. Nothing else may be above zero.',
          as: 'lines',
          unit: 'count',
          width: 24,
          helps: ['VerifiedDeliveryBudgetBurnFast', 'VerifiedDeliveryBudgetBurnSlow'],
          queries: [
            query(sum(increase(metric('syntheticFaults'), '5m'), 'fault'), ({ fault }) => fault),
            query(sum(increase(metric('syntheticReconnects'), '5m')), 'subscriptions over'),
          ],
        },
      ],
    },
    {
      question: 'Do jobs wait?',
      panels: [
        {
          id: 'queues',
          title: 'Age of the oldest job',
          description: 'How long the first job of each queue has been due and not begun.',
          as: 'lines',
          unit: 'seconds',
          width: 12,
          queries: [query(max(metric('queueOldestJobAge'), 'queue'), ({ queue }) => queue)],
        },
        {
          id: 'queue-depth',
          title: 'Jobs that wait',
          description: 'Jobs that are due and that nobody has begun.',
          as: 'lines',
          unit: 'count',
          width: 12,
          queries: [query(max(metric('queueDepth'), 'queue'), ({ queue }) => queue)],
        },
      ],
    },
  ],
};

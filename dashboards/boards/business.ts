import { predictionAccuracy } from '../../alerts/index.ts';
import { buckets, divided, increase, metric, quantile, sum } from '../../alerts/promql/index.ts';
import { type Board, query } from '../board.ts';

const right = sum(increase(metric('predictionsResolved', { correct: 'true' }), '1d'));
const resolved = sum(increase(metric('predictionsResolved'), '1d'));
const results = metric('signalOutcomeR');

export const business: Board = {
  name: 'business',
  title: 'Business',
  purpose:
    'For whoever asks what it is good for: how many signals, how often right, with which results, who follows them.',
  span: '30d',
  variables: [],
  rows: [
    {
      question: 'Are the signals any good?',
      panels: [
        {
          id: 'signals',
          title: 'Signals of a day',
          description: 'Published, by side.',
          as: 'bars',
          unit: 'count',
          helps: ['SignalsSilent', 'SignalCompletenessBudgetBurnSlow'],
          queries: [query(sum(increase(metric('signalsPublished'), '1d'), 'side'), ({ side }) => side)],
        },
        {
          id: 'hit-rate',
          title: 'Right ones',
          description:
            'The share of signals, entered and left again, that went their way before costs, of one day and of five.',
          as: 'lines',
          unit: 'ratio',
          helps: ['ModelAccuracyBelow60'],
          queries: [query(divided(right, resolved), 'one day'), query(predictionAccuracy, 'five days')],
        },
        {
          id: 'outcomes',
          title: 'How signals ended',
          description: 'In a day, by what ended them.',
          as: 'bars',
          unit: 'count',
          helps: ['ModelAccuracyBelow60'],
          queries: [query(sum(increase(metric('signalOutcomes'), '1d'), 'result'), ({ result }) => result)],
        },
      ],
    },
    {
      question: 'With which results?',
      panels: [
        {
          id: 'results',
          title: 'Results in multiples of the risk',
          description:
            'A quarter, half and three quarters of the signals of a day ended below it, after costs. On paper: nobody is told to trade.',
          as: 'lines',
          unit: 'initial risk',
          width: 12,
          helps: ['ModelAccuracyBelow60'],
          queries: [
            query(quantile(0.25, results, '1d'), 'a quarter'),
            query(quantile(0.5, results, '1d'), 'half'),
            query(quantile(0.75, results, '1d'), 'three quarters'),
          ],
        },
        {
          id: 'distribution',
          title: 'All results',
          description: 'How many signals of a day ended with which multiple of their initial risk, after costs.',
          as: 'heatmap',
          unit: 'initial risk',
          width: 12,
          helps: ['ModelAccuracyBelow60'],
          queries: [query(buckets(results, '1d'), ({ le }) => le)],
        },
      ],
    },
    {
      question: 'Who uses them?',
      panels: [
        {
          id: 'followers',
          title: 'Open subscriptions',
          description: 'By operation.',
          as: 'lines',
          unit: 'count',
          width: 6,
          helps: ['SubscriptionDeliveryBudgetBurnSlow'],
          queries: [query(sum(metric('subscriptionsActive'), 'operation'), ({ operation }) => operation)],
        },
        {
          id: 'events',
          title: 'Events sent in a day',
          description: 'To all subscribers together.',
          as: 'lines',
          unit: 'count',
          width: 6,
          helps: ['SubscriptionDeliveryBudgetBurnSlow'],
          queries: [query(sum(increase(metric('subscriptionEvents', { result: 'sent' }), '1d')), 'sent')],
        },
        {
          id: 'operations',
          title: 'Operations of a day',
          description: 'Answered, by operation; those that are on no list are other.',
          as: 'bars',
          unit: 'count',
          width: 6,
          helps: ['ApiAvailabilityBudgetBurnSlow'],
          queries: [
            query(
              sum(increase(metric('graphqlRequests', { outcome: 'ok' }), '1d'), 'operation'),
              ({ operation }) => operation,
            ),
          ],
        },
        {
          id: 'recognised',
          title: 'Requests and sockets of a day',
          description: 'Recognised, by what they showed.',
          as: 'bars',
          unit: 'count',
          width: 6,
          helps: ['AuthFailuresSpike'],
          queries: [
            query(
              sum(increase(metric('authentications', { outcome: 'ok' }), '1d'), 'credential'),
              ({ credential }) => credential,
            ),
          ],
        },
      ],
    },
  ],
};

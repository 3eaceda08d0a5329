import { predictionAccuracy, resolvedPredictions } from '../../alerts/index.ts';
import { buckets, increase, max, metric, quantile, rate, since, sum } from '../../alerts/promql/index.ts';
import { type Board, query, variable } from '../board.ts';

const at = { model: { pattern: '$model' } } as const;

export const models: Board = {
  name: 'models',
  title: 'Models',
  purpose:
    'For whoever asks whether the predictions are worth anything: how often they are right, how fast they come, how old they are.',
  span: '1d',
  variables: [variable('model', 'Model', metric('modelVersion'), 'model')],
  rows: [
    {
      question: 'Are they right?',
      panels: [
        {
          id: 'accuracy',
          title: 'Right ones of five days',
          description:
            'The share of signals, entered and left again, that went their way before costs. The alert fires only where the whole interval of 95 % lies below the line.',
          as: 'lines',
          unit: 'ratio',
          queries: [query(predictionAccuracy, 'right')],
        },
        {
          id: 'resolved',
          title: 'Signals that it is counted from',
          description: 'Resolved in five days, and right and wrong ones of one day. Below 200 a share says little.',
          as: 'lines',
          unit: 'count',
          helps: ['ModelAccuracyBelow60'],
          queries: [
            query(resolvedPredictions, 'five days'),
            query(
              sum(increase(metric('predictionsResolved'), '1d'), 'correct'),
              ({ correct }) => `one day, ${correct}`,
            ),
          ],
        },
        {
          id: 'outcomes',
          title: 'How signals ended',
          description: 'In an hour, by what ended them.',
          as: 'bars',
          unit: 'count',
          helps: ['ModelAccuracyBelow60'],
          queries: [query(sum(increase(metric('signalOutcomes'), '1h'), 'result'), ({ result }) => result)],
        },
      ],
    },
    {
      question: 'Do they keep up?',
      panels: [
        {
          id: 'inference',
          title: 'Time to score',
          description: 'One vector in twenty takes at least so long.',
          as: 'lines',
          unit: 'seconds',
          helps: ['PredictionLatencyBudgetBurnSlow'],
          queries: [query(quantile(0.95, metric('inferenceDuration', at), '15m', 'model'), ({ model }) => model)],
        },
        {
          id: 'predictions',
          title: 'Predictions',
          description:
            'Scores by side, published or not. A model that has turned to one side has drifted or the market has.',
          as: 'lines',
          unit: 'events a second',
          helps: ['ModelAccuracyBelow60', 'SignalsSilent'],
          queries: [
            query(
              sum(rate(metric('predictions', at), '15m'), 'model', 'side'),
              ({ model, side }) => `${model} ${side}`,
            ),
          ],
        },
        {
          id: 'results',
          title: 'Results in multiples of the risk',
          description: 'How many signals of an hour ended with which multiple of their initial risk, after costs.',
          as: 'heatmap',
          unit: 'initial risk',
          helps: ['ModelAccuracyBelow60'],
          queries: [query(buckets(metric('signalOutcomeR'), '1h'), ({ le }) => le)],
        },
      ],
    },
    {
      question: 'Which versions run, and do new ones come?',
      panels: [
        {
          id: 'versions',
          title: 'Since the end of the training window',
          description: 'Of the model version in use.',
          as: 'lines',
          unit: 'seconds',
          queries: [query(since(max(metric('modelTrained', at), 'model')), ({ model }) => model)],
        },
        {
          id: 'in-use',
          title: 'Versions in use',
          description: 'Which version of each model scores, and since when.',
          as: 'states',
          unit: 'state',
          helps: ['ModelStale', 'ModelAccuracyBelow60'],
          queries: [
            query(max(metric('modelVersion', at), 'model', 'version'), ({ model, version }) => `${model}@${version}`),
          ],
          meaning: { 1: { text: 'in use', colour: 'green' } },
        },
        {
          id: 'training',
          title: 'Training runs that failed',
          description: 'In an hour, with those that succeeded.',
          as: 'lines',
          unit: 'count',
          helps: ['ModelStale'],
          queries: [query(sum(increase(metric('trainingRuns'), '1h'), 'result'), ({ result }) => result)],
        },
      ],
    },
  ],
};

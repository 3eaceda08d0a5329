import { expect, it } from 'vitest';
import { openMetrics } from './open-metrics.ts';

it('series of the past are written as promtool reads them', () => {
  const span = { from: 1_000, until: 1_100, step: 60 };
  const text = openMetrics([
    {
      family: 'bars_total',
      type: 'counter',
      labels: { feed: 'a', role: 'all' },
      ...span,
      value: (seconds) => seconds / 10,
    },
    { family: 'age', type: 'gauge', labels: {}, ...span, value: () => 7 },
    { family: 'bars_total', type: 'counter', labels: { feed: 'b', role: 'all' }, ...span, value: () => 1 },
  ]);
  expect(text.split('\n')).toEqual([
    '# TYPE bars counter',
    'bars_total{feed="a",role="all"} 0 1000',
    'bars_total{feed="a",role="all"} 6 1060',
    'bars_total{feed="b",role="all"} 1 1000',
    'bars_total{feed="b",role="all"} 1 1060',
    '# TYPE age gauge',
    'age{} 7 1000',
    'age{} 7 1060',
    '# EOF',
    '',
  ]);
});

import { atLeast, both, count, divided, increase, max, outside, rate, sum } from '../../alerts/promql/index.ts';
import { type Board, query, variable } from '../board.ts';

const at = { job: { pattern: '$job' } } as const;
const tried = outside('notifications');

export const telemetry: Board = {
  name: 'telemetry',
  title: 'Telemetry and what it costs',
  purpose:
    'For whoever asks whether the watching can be trusted: rules, notifications, scrapes, and how many series they make.',
  span: '6h',
  variables: [variable('job', 'Scrape job', outside('up'), 'job')],
  rows: [
    {
      question: 'Would an alert reach anybody?',
      panels: [
        {
          id: 'rules',
          title: 'Rules that could not be evaluated',
          description: 'In five minutes, by group. What such a rule watches is not watched.',
          as: 'lines',
          unit: 'count',
          queries: [query(sum(increase(outside('ruleFailures'), '5m'), 'rule_group'), ({ rule_group }) => rule_group)],
        },
        {
          id: 'notifications',
          title: 'Notifications that did not arrive',
          description: 'The share by the kind of receiver, where there are at least three in a quarter of an hour.',
          as: 'lines',
          unit: 'ratio',
          queries: [
            query(
              both(
                divided(
                  sum(rate(outside('notificationsFailed'), '15m'), 'integration'),
                  sum(rate(tried, '15m'), 'integration'),
                ),
                atLeast(sum(increase(tried, '15m'), 'integration'), 3),
              ),
              ({ integration }) => integration,
            ),
          ],
        },
        {
          id: 'firing',
          title: 'Alerts that fire',
          description: 'By severity. The heartbeat always does.',
          as: 'lines',
          unit: 'count',
          helps: ['Watchdog'],
          queries: [query(count(outside('alerts', { alertstate: 'firing' }), 'severity'), ({ severity }) => severity)],
        },
      ],
    },
    {
      question: 'Is everything seen?',
      panels: [
        {
          id: 'targets',
          title: 'Targets that answer',
          description: 'Every target of the chosen scrape jobs.',
          as: 'states',
          unit: 'state',
          helps: ['BackendInstanceDown', 'MetricsAbsent'],
          queries: [query(max(outside('up', at), 'job', 'instance'), ({ job, instance }) => `${job} ${instance}`)],
          meaning: { 0: { text: 'down', colour: 'red' }, 1: { text: 'up', colour: 'green' } },
        },
        {
          id: 'scrapes',
          title: 'Time to scrape',
          description: 'Of each target.',
          as: 'lines',
          unit: 'seconds',
          helps: ['BackendInstanceDown'],
          queries: [query(max(outside('scrapeDuration', at), 'instance'), ({ instance }) => instance)],
        },
        {
          id: 'rule-duration',
          title: 'Time to evaluate the rules',
          description: 'The last evaluation of each group.',
          as: 'lines',
          unit: 'seconds',
          helps: ['RuleEvaluationFailures'],
          queries: [query(max(outside('ruleGroupDuration'), 'rule_group'), ({ rule_group }) => rule_group)],
        },
      ],
    },
    {
      question: 'What does it cost?',
      panels: [
        {
          id: 'series',
          title: 'Series in memory',
          description: 'Of Prometheus itself; managed Prometheus has no such number.',
          as: 'lines',
          unit: 'count',
          helps: ['RuleEvaluationFailures', 'MetricsAbsent'],
          queries: [query(max(outside('seriesInMemory')), 'series')],
        },
        {
          id: 'samples-scraped',
          title: 'Series of each target',
          description: 'How many the last scrape brought: a label with too many values shows here first.',
          as: 'lines',
          unit: 'count',
          helps: ['RuleEvaluationFailures'],
          queries: [query(max(outside('scrapeSamples', at), 'instance'), ({ instance }) => instance)],
        },
        {
          id: 'samples',
          title: 'Samples stored',
          description: 'By which managed Prometheus is paid.',
          as: 'lines',
          unit: 'events a second',
          helps: ['RuleEvaluationFailures'],
          queries: [query(sum(rate(outside('samplesAppended'), '5m')), 'stored')],
        },
      ],
    },
  ],
};

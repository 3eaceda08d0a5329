import { badRatio, budgetLeft, closeTimestamp, marketIsOpen, slos } from '../../alerts/index.ts';
import {
  count,
  increase,
  max,
  metric,
  minus,
  outside,
  overTime,
  quantile,
  ratio,
  SCRAPE_JOB,
  since,
  sum,
} from '../../alerts/promql/index.ts';
import { type Board, query } from '../board.ts';

const asked = metric('graphqlRequests');
const newest = max(metric('lastBar', { feed: { not: 'replay' }, timeframe: '1m' }), 'feed', 'market');
const due = sum(increase(metric('signalsDue'), '5m'));
const published = sum(increase(metric('signalsPublished'), '5m'));
const pages = ['ApiAvailabilityBudgetBurnFast', 'ApiLatencyBudgetBurnFast'];

export const start: Board = {
  name: 'start',
  title: 'Start here',
  purpose:
    'For whoever has just been woken: what is firing, what users feel, whether the market is open, what changed.',
  span: '3h',
  variables: [],
  rows: [
    {
      question: 'What is firing, and what is left to lose?',
      panels: [
        {
          id: 'firing',
          title: 'Alerts that fire now',
          description:
            'Every alert that fires, with its severity. Watchdog always does: a table without it is one that nobody evaluates.',
          as: 'table',
          unit: 'count',
          width: 12,
          helps: ['Watchdog', 'RuleEvaluationFailures'],
          queries: [
            query(count(outside('alerts', { alertstate: 'firing' }), 'alertname', 'severity', 'service'), 'series'),
          ],
        },
        {
          id: 'budgets',
          redBelow: 0,
          title: 'Budget of 30 days that is left',
          description:
            'Of each promise: the share of what may go wrong in 30 days that has not gone wrong yet. Below zero it is broken.',
          as: 'levels',
          unit: 'ratio',
          width: 12,
          helps: slos.flatMap(({ alerts, windows }) =>
            windows.some(({ speed }) => speed === 'Fast') ? [`${alerts}BudgetBurnFast`] : [],
          ),
          queries: [query(budgetLeft, ({ slo }) => slo)],
        },
      ],
    },
    {
      question: 'What do users feel?',
      panels: [
        {
          id: 'errors',
          title: 'Operations that fail by our fault',
          description:
            'Of all GraphQL operations of five minutes; an answer 200 with an error of ours inside counts. Nothing below 20 operations.',
          as: 'lines',
          unit: 'ratio',
          width: 6,
          helps: [...pages, 'BackendHighErrorRate'],
          queries: [
            query(
              ratio({
                part: metric('graphqlRequests', { outcome: 'server_error' }),
                whole: asked,
                window: '5m',
                atLeast: 20,
              }),
              'failed',
            ),
          ],
        },
        {
          id: 'duration',
          title: 'Slowest twentieth of the operations',
          description:
            'One query or mutation in twenty takes at least so long; how long a subscription takes to be set up is not in it.',
          as: 'lines',
          unit: 'seconds',
          width: 6,
          helps: [...pages, 'BackendHighLatencyP95', 'HighLatency'],
          queries: [
            query(
              quantile(
                0.95,
                metric('graphqlRequestDuration', { kind: { oneOf: ['query', 'mutation'] } }),
                '5m',
                'kind',
              ),
              ({ kind }) => kind,
            ),
          ],
        },
        {
          id: 'bar-age',
          title: 'Age of the newest bar',
          description: 'By feed and market. Out of session it grows by itself: look at the state of the market below.',
          as: 'lines',
          unit: 'seconds',
          width: 6,
          helps: ['MarketDataStale', 'DataFreshnessBudgetBurnFast'],
          queries: [query(since(newest), ({ feed, market }) => `${feed} ${market}`)],
        },
        {
          id: 'due-and-published',
          title: 'Signals due and published',
          description: 'In five minutes. What is due and not published is lost to every client.',
          as: 'lines',
          unit: 'count',
          width: 6,
          helps: ['SignalDeliveryIncomplete', 'SignalCompletenessBudgetBurnFast', 'SignalsSilent'],
          queries: [query(due, 'due'), query(published, 'published'), query(minus(due, published), 'missing')],
        },
      ],
    },
    {
      question: 'Is the market open, and does everything run?',
      panels: [
        {
          id: 'market-state',
          title: 'Market',
          description:
            'By the rules, from dates and clock alone, and by the clock of the feed. A feed that invents or repeats a market has its own clock.',
          as: 'states',
          unit: 'state',
          queries: [
            query(max(marketIsOpen, 'market'), ({ market }) => `${market}, rules`),
            query(max(metric('marketOpen'), 'market'), ({ market }) => `${market}, feed`),
          ],
          meaning: { 0: { text: 'closed', colour: 'grey' }, 1: { text: 'open', colour: 'green' } },
        },
        {
          id: 'processes',
          title: 'Processes that answer',
          description:
            'Every process that should be scraped, by role. Without any of the roles api and all, clients get no answer; without pipeline and all, no signal comes; without worker and all, jobs fall to the pipeline.',
          as: 'states',
          unit: 'state',
          queries: [
            query(
              max(outside('up', { job: SCRAPE_JOB }), 'role', 'instance'),
              ({ role, instance }) => `${role} ${instance}`,
            ),
          ],
          meaning: { 0: { text: 'down', colour: 'red' }, 1: { text: 'up', colour: 'green' } },
        },
        {
          id: 'jobs',
          title: 'Since jobs were done, and since the close',
          description:
            'Daily ingestion is late when the close is older than the line and the job is older than the close.',
          as: 'lines',
          unit: 'seconds',
          queries: [
            query(since(max(metric('jobLastSuccess'), 'job_name')), ({ job_name }) => job_name),
            query(since(max(overTime('max', closeTimestamp, '5d'), 'market')), ({ market }) => `close of ${market}`),
          ],
        },
      ],
    },
    {
      question: 'What changed?',
      panels: [
        {
          id: 'changes',
          title: 'Builds, settings and models that run',
          description:
            'How many processes run each build and each set of settings, and which model versions are in use. Two of one kind at once are a roll-out.',
          as: 'states',
          unit: 'state',
          width: 16,
          queries: [
            query(
              count(metric('buildInfo'), 'version', 'commit'),
              ({ version, commit }) => `build ${version} ${commit}`,
            ),
            query(count(metric('configInfo'), 'hash'), ({ hash }) => `settings ${hash}`),
            query(max(metric('modelVersion'), 'model', 'version'), ({ model, version }) => `${model}@${version}`),
          ],
        },
        {
          id: 'burn',
          title: 'Bad ones among the requests of an hour',
          description: 'Of the promises that page: how much of an hour missed what is promised.',
          as: 'lines',
          unit: 'ratio',
          helps: pages,
          queries: slos
            .filter(({ windows }) => windows.some(({ long }) => long === '1h'))
            .map((slo) => query(badRatio(slo, '1h'), ({ slo: name }) => name)),
        },
      ],
    },
  ],
};

import { marketIsOpen } from '../../alerts/index.ts';
import {
  atLeast,
  both,
  divided,
  increase,
  max,
  metric,
  min,
  quantile,
  rate,
  since,
  sum,
  until,
} from '../../alerts/promql/index.ts';
import { type Board, query, variable } from '../board.ts';

const at = { market: { pattern: '$market' } } as const;
const newest = max(metric('lastBar', { ...at, feed: { not: 'replay' }, timeframe: '1m' }), 'feed', 'market');
const requests = metric('marketDataApiRequests');
/** The feeds that have ever brought a bar: every feed that there could be starts at zero. */
const used = max(metric('lastBar'), 'feed');

export const marketData: Board = {
  name: 'market-data',
  title: 'Market data',
  purpose: 'For whoever asks whether prices arrive: how old they are, what is missing, and whether the venue answers.',
  span: '6h',
  variables: [variable('market', 'Market', metric('marketOpen'), 'market')],
  rows: [
    {
      question: 'Are the bars fresh, and is the market open?',
      panels: [
        {
          id: 'bar-age',
          title: 'Age of the newest bar',
          description: 'By feed and market; the line counts in session alone. Out of session the age grows by itself.',
          as: 'lines',
          unit: 'seconds',
          width: 6,
          helps: ['DataFreshnessBudgetBurnFast', 'DataFreshnessBudgetBurnSlow', 'SignalsSilent'],
          queries: [query(since(newest), ({ feed, market }) => `${feed} ${market}`)],
        },
        {
          id: 'session',
          title: 'Session',
          description: 'Whether the market is open by the rules, from dates and clock alone.',
          as: 'states',
          unit: 'state',
          width: 6,
          helps: ['MarketDataStale', 'MarketCalendarDisagrees'],
          queries: [query(max(marketIsOpen, 'market'), ({ market }) => market)],
          meaning: { 0: { text: 'closed', colour: 'grey' }, 1: { text: 'open', colour: 'green' } },
        },
        {
          id: 'ingest-delay',
          title: 'From the end of a bar to its commit',
          description:
            'Half and one in twenty of the bars of five minutes take at least so long, by the clock of the feed.',
          as: 'lines',
          unit: 'seconds',
          width: 6,
          helps: ['DataFreshnessBudgetBurnFast', 'MarketDataStale'],
          queries: [
            query(both(quantile(0.5, metric('barIngestDelay'), '5m', 'feed'), used), ({ feed }) => `${feed} p50`),
            query(both(quantile(0.95, metric('barIngestDelay'), '5m', 'feed'), used), ({ feed }) => `${feed} p95`),
          ],
        },
        {
          id: 'calendar',
          title: 'Until the calendar ends',
          description: 'From the line on a release with newer dates is due.',
          as: 'levels',
          unit: 'seconds',
          width: 6,
          queries: [query(until(min(metric('marketCalendarValidUntil', at), 'market')), ({ market }) => market)],
        },
      ],
    },
    {
      question: 'Is anything missing?',
      panels: [
        {
          id: 'bars',
          title: 'Bars',
          description: 'What became of the bars of the feed; a duplicate changes nothing.',
          as: 'bars',
          unit: 'events a second',
          width: 6,
          helps: ['MarketDataStale', 'MetricsAbsent'],
          queries: [
            query(
              both(sum(rate(metric('bars'), '5m'), 'feed', 'result'), used, { on: ['feed'] }),
              ({ feed, result }) => `${feed} ${result}`,
            ),
          ],
        },
        {
          id: 'stale-instruments',
          title: 'Instruments without a fresh bar',
          description:
            'The share of those that the feed is asked for whose newest bar ended more than two bars ago in session.',
          as: 'lines',
          unit: 'ratio',
          width: 6,
          queries: [
            query(
              divided(max(metric('symbolsStale', at), 'feed', 'market'), max(metric('symbols', at), 'feed', 'market')),
              ({ feed, market }) => `${feed} ${market}`,
            ),
          ],
        },
        {
          id: 'gaps',
          title: 'Gaps',
          description:
            'Spans of missing minutes that are being asked for, and bars that were not there when a session was counted.',
          as: 'lines',
          unit: 'count',
          width: 6,
          helps: ['MarketDataPartiallyStale', 'DailyIngestionMissing'],
          queries: [
            query(both(max(metric('openGaps'), 'feed'), used), ({ feed }) => `${feed}, open`),
            query(both(sum(increase(metric('gapBars'), '1d'), 'feed'), used), ({ feed }) => `${feed}, bars of a day`),
          ],
        },
        {
          id: 'set-aside',
          title: 'What could not be read',
          description:
            'Rows that were set aside, and messages of a stream that are malformed or of an unknown type, in an hour.',
          as: 'lines',
          unit: 'count',
          width: 6,
          helps: ['MarketDataProviderErrors', 'MarketDataPartiallyStale'],
          queries: [
            query(both(sum(increase(metric('quarantinedRows'), '1h'), 'feed'), used), ({ feed }) => `${feed}, rows`),
            query(sum(increase(metric('feedUnreadable'), '1h'), 'cause'), ({ cause }) => `messages, ${cause}`),
          ],
        },
      ],
    },
    {
      question: 'Does the venue answer?',
      panels: [
        {
          id: 'provider',
          title: 'Requests without an answer',
          description: 'The share of attempts without a usable answer, where there are at least 20 in five minutes.',
          as: 'lines',
          unit: 'ratio',
          width: 6,
          queries: [
            query(
              both(
                divided(
                  sum(rate(metric('marketDataApiRequests', { outcome: 'failed' }), '5m'), 'provider'),
                  sum(rate(requests, '5m'), 'provider'),
                ),
                atLeast(sum(increase(requests, '5m'), 'provider'), 20),
              ),
              ({ provider }) => provider,
            ),
          ],
        },
        {
          id: 'provider-duration',
          title: 'Duration of its answers',
          description: 'One attempt in twenty takes at least so long.',
          as: 'lines',
          unit: 'seconds',
          width: 6,
          helps: ['MarketDataProviderErrors'],
          queries: [
            query(quantile(0.95, metric('marketDataApiDuration'), '15m', 'provider'), ({ provider }) => provider),
          ],
        },
        {
          id: 'circuit',
          title: 'Breaker before the venue',
          description: '0 closed, 1 half open, 2 open: then nothing is asked of it.',
          as: 'lines',
          unit: 'state',
          width: 6,
          queries: [query(max(metric('dependencyCircuitState'), 'dependency'), ({ dependency }) => dependency)],
        },
        {
          id: 'stream',
          title: 'Stream of the venue',
          description:
            'Whether it is connected, how often it came back and how often it said nothing in session, in an hour.',
          as: 'lines',
          unit: 'count',
          width: 6,
          helps: ['MarketDataStale', 'MarketDataProviderErrors'],
          queries: [
            query(both(max(metric('feedConnected'), 'feed'), used), ({ feed }) => `${feed}, connected`),
            query(sum(increase(metric('feedReconnects'), '1h')), 'reconnected'),
            query(sum(increase(metric('feedStalls'), '1h')), 'stalled'),
          ],
        },
      ],
    },
  ],
};

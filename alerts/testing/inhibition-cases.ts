/** Of an alert, as Alertmanager is told them. */
export type Labels = Readonly<Record<string, string>>;

function stale(feed: string, market: string): Labels {
  return { alertname: 'MarketDataStale', severity: 'page', service: 'market-data', feed, market };
}

export type InhibitionCase = {
  readonly source: Labels;
  readonly silenced: readonly Labels[];
  readonly heard: readonly Labels[];
  /** Another case of the inhibition of the row before. */
  readonly again?: true;
};

/** What is known, what it silences, and what it must not silence though it looks alike. One row an inhibition, in their order. */
export const inhibitionCases: readonly InhibitionCase[] = [
  {
    source: { alertname: 'ApiAvailabilityBudgetBurnFast', severity: 'page', service: 'api', slo: 'api-availability' },
    silenced: [
      { alertname: 'ApiAvailabilityBudgetBurnSlow', severity: 'ticket', service: 'api', slo: 'api-availability' },
    ],
    heard: [
      { alertname: 'ApiLatencyBudgetBurnSlow', severity: 'ticket', service: 'api', slo: 'api-latency' },
      { alertname: 'BackendHighErrorRate', severity: 'ticket', service: 'api' },
    ],
  },
  {
    source: stale('alpaca_sip', 'XNYS'),
    silenced: [
      { alertname: 'SignalsSilent', severity: 'page', service: 'signals', market: 'XNYS' },
      { alertname: 'SignalDeliveryIncomplete', severity: 'page', service: 'signals', market: 'XNYS' },
    ],
    heard: [
      { alertname: 'SignalsSilent', severity: 'page', service: 'signals', market: '24x7' },
      { alertname: 'SignalDeliveryIncomplete', severity: 'page', service: 'signals', market: '24x7' },
      { alertname: 'SignalsSilent', severity: 'page', service: 'signals', market: 'XNYS', cluster: 'another' },
      { alertname: 'SignalFreshnessBudgetBurnFast', severity: 'page', service: 'delivery', slo: 'signal-freshness' },
      {
        alertname: 'SignalCompletenessBudgetBurnFast',
        severity: 'page',
        service: 'signals',
        slo: 'signal-completeness',
      },
    ],
  },
  {
    source: stale('coinbase', '24x7'),
    again: true,
    silenced: [{ alertname: 'SignalsSilent', severity: 'page', service: 'signals', market: '24x7' }],
    heard: [
      { alertname: 'SignalsSilent', severity: 'page', service: 'signals', market: 'XNYS' },
      { alertname: 'SignalDeliveryIncomplete', severity: 'page', service: 'signals', market: 'XNYS' },
    ],
  },
  {
    source: stale('alpaca_sip', 'XNYS'),
    silenced: [
      { alertname: 'DataFreshnessBudgetBurnSlow', severity: 'ticket', service: 'market-data', slo: 'data-freshness' },
    ],
    heard: [{ alertname: 'ApiLatencyBudgetBurnFast', severity: 'page', service: 'api', slo: 'api-latency' }],
  },
  {
    source: stale('alpaca_sip', 'XNYS'),
    silenced: [{ ...stale('alpaca_sip', 'XNYS'), alertname: 'MarketDataPartiallyStale', severity: 'ticket' }],
    heard: [{ ...stale('coinbase', '24x7'), alertname: 'MarketDataPartiallyStale', severity: 'ticket' }],
  },
  {
    source: { alertname: 'DatabaseConnectionFailures', severity: 'page', service: 'database' },
    silenced: [
      { alertname: 'ApiAvailabilityBudgetBurnFast', severity: 'page', service: 'api', slo: 'api-availability' },
      { alertname: 'QueueBacklog', severity: 'ticket', service: 'jobs' },
      { alertname: 'DatabasePoolSaturated', severity: 'page', service: 'database', pool: 'requests' },
    ],
    heard: [
      { alertname: 'ApiDown', severity: 'page', service: 'api' },
      { alertname: 'DatabaseDiskFullSoon', severity: 'page', service: 'database' },
    ],
  },
  {
    source: { alertname: 'DatabaseDown', severity: 'page', service: 'database', database_id: 'a' },
    silenced: [{ alertname: 'DatabaseConnectionFailures', severity: 'page', service: 'database' }],
    heard: [{ alertname: 'RedisDown', severity: 'page', service: 'cache' }],
  },
  {
    source: { alertname: 'RedisDown', severity: 'page', service: 'cache' },
    silenced: [
      {
        alertname: 'SubscriptionDeliveryBudgetBurnFast',
        severity: 'page',
        service: 'delivery',
        slo: 'subscription-delivery',
      },
      { alertname: 'CacheMissRatioHigh', severity: 'info', service: 'cache' },
    ],
    heard: [{ alertname: 'ApiAvailabilityBudgetBurnFast', severity: 'page', service: 'api', slo: 'api-availability' }],
  },
  {
    source: { alertname: 'ApiDown', severity: 'page', service: 'api' },
    silenced: [{ alertname: 'BackendInstanceDown', severity: 'ticket', service: 'platform', role: 'api' }],
    heard: [{ alertname: 'BackendInstanceDown', severity: 'ticket', service: 'platform', role: 'pipeline' }],
  },
  {
    source: { alertname: 'PipelineDown', severity: 'page', service: 'market-data' },
    silenced: [
      { alertname: 'BackendInstanceDown', severity: 'ticket', service: 'platform', role: 'pipeline' },
      { alertname: 'BackendInstanceDown', severity: 'ticket', service: 'platform', role: 'all' },
    ],
    heard: [
      { alertname: 'BackendInstanceDown', severity: 'ticket', service: 'platform', role: 'api' },
      {
        alertname: 'BackendInstanceDown',
        severity: 'ticket',
        service: 'platform',
        role: 'pipeline',
        cluster: 'another',
      },
      { alertname: 'WorkerDown', severity: 'ticket', service: 'jobs' },
    ],
  },
  {
    source: { alertname: 'WorkerDown', severity: 'ticket', service: 'jobs' },
    silenced: [{ alertname: 'BackendInstanceDown', severity: 'ticket', service: 'platform', role: 'worker' }],
    heard: [
      { alertname: 'BackendInstanceDown', severity: 'ticket', service: 'platform', role: 'pipeline' },
      { alertname: 'BackupTooOld', severity: 'page', service: 'recovery' },
    ],
  },
  {
    source: { alertname: 'ApiDown', severity: 'page', service: 'api' },
    silenced: [{ alertname: 'VerifiedDeliveryBudgetBurnFast', severity: 'page', service: 'delivery' }],
    heard: [{ alertname: 'SubscriptionDeliveryBudgetBurnFast', severity: 'page', service: 'delivery' }],
  },
];

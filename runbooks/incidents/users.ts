import type { Alert } from '../../alerts/index.ts';
import type { Component } from './incident.ts';

/** What users are told at first: what they lose, in their words, and of what. It is public: no part of the platform, no cause. */
export type Noticed = { readonly impact: string; readonly components: readonly Component[] };

export const components: readonly Component[] = ['answers', 'subscriptions', 'signals', 'market data'];

const nothingWorks = { impact: 'Requests get no answer and no signals come.', components };
const lateSignals = { impact: 'Some signals come late.', components: ['signals'] } as const;

/** By the service of the alert, where the alert itself has no line below; null: users notice nothing. */
const byService: Readonly<Record<Alert['service'], Noticed | null>> = {
  api: { impact: 'Some requests fail or take longer than usual.', components: ['answers'] },
  delivery: { impact: 'Some signals arrive late, and some subscriptions end early.', components: ['subscriptions'] },
  signals: { impact: 'Some signals are missing.', components: ['signals'] },
  'market-data': {
    impact: 'Prices of some markets come late, and signals for them come late or not at all.',
    components: ['market data', 'signals'],
  },
  models: lateSignals,
  database: {
    impact: 'Some requests fail or take longer than usual, and some signals come late.',
    components,
  },
  cache: null,
  jobs: null,
  recovery: null,
  platform: null,
  security: null,
  monitoring: null,
};

/** Of alerts that are not like their service. */
export const byAlert: Readonly<Record<string, Noticed | null>> = {
  ApiDown: nothingWorks,
  ClusterDown: nothingWorks,
  DatabaseDown: nothingWorks,
  DatabaseConnectionFailures: nothingWorks,
  ServiceUnreachable: {
    impact: 'Clients cannot connect, so they get no answers and no signals.',
    components,
  },
  CertificateExpiring: null,
  SignalFreshnessBudgetBurnFast: { impact: 'Signals arrive late.', components: ['subscriptions'] },
  SignalFreshnessBudgetBurnSlow: { impact: 'Some signals arrive late.', components: ['subscriptions'] },
  SignalsSilent: { impact: 'No new signals come.', components: ['signals'] },
  MarketDataStale: {
    impact: 'No new signals come for some markets, since their prices do not reach us. Those that were sent stay true.',
    components: ['market data', 'signals'],
  },
  MarketDataProviderErrors: null,
  MarketCalendarExpiring: null,
  MarketCalendarDisagrees: null,
  ModelAccuracyBelow60: {
    impact: 'Signals of the last days were right less often than they should be.',
    components: ['signals'],
  },
  ModelStale: null,
  RetrainFailed: null,
  DatabaseCpuHigh: null,
  DatabaseConnectionsHigh: null,
  DatabaseDiskFillingUp: null,
  DatabaseDiskFullSoon: null,
  DiskUsageHigh: null,
  ReplicaLagHigh: null,
  DrReplicaLag: null,
  RedisDown: {
    impact: 'Signals arrive up to half a second later than usual. None is lost.',
    components: ['subscriptions'],
  },
};

/** What users notice of an alert; null: nothing. */
export function noticedOf({ name, service }: Pick<Alert, 'name' | 'service'>): Noticed | null {
  const own = byAlert[name];
  return own === undefined ? byService[service] : own;
}

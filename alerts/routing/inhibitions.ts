/** What is known already, and what it therefore silences where these labels are the same. */
export type Inhibition = {
  readonly reason: string;
  readonly source: readonly string[];
  readonly target: readonly string[];
  readonly equal: readonly string[];
};

const here = ['cluster', 'namespace'] as const;

export const inhibitions: readonly Inhibition[] = [
  {
    reason: 'Who has been woken for a promise needs no ticket for it.',
    source: ['severity="page"', 'slo!=""'],
    target: ['severity=~"ticket|info"', 'slo!=""'],
    equal: [...here, 'service', 'slo'],
  },
  {
    reason:
      'Without bars of a market nothing of it is decided and nothing is due. What is lost of another one is heard, and so are the budgets of signals: they count what came, and without bars nothing does.',
    source: ['alertname="MarketDataStale"'],
    target: ['alertname=~"SignalsSilent|SignalDeliveryIncomplete"'],
    equal: [...here, 'market'],
  },
  {
    reason: 'The budget is spent by the markets that are stale, whichever they are.',
    source: ['alertname="MarketDataStale"'],
    target: ['alertname=~"DataFreshnessBudgetBurn(Fast|Slow)"'],
    equal: here,
  },
  {
    reason: 'All of a market is stale, so part of it is.',
    source: ['alertname="MarketDataStale"'],
    target: ['alertname="MarketDataPartiallyStale"'],
    equal: [...here, 'feed', 'market'],
  },
  {
    reason: 'Nothing is answered without the database, and nobody can do anything else about it.',
    source: ['alertname=~"DatabaseDown|DatabaseConnectionFailures"'],
    target: [
      'alertname=~"(Api.+|VerifiedDelivery)BudgetBurn(Fast|Slow)|BackendHigh.+|HighLatency|Queue.+|DatabasePoolSaturated|DatabaseLatencyBudgetBurnSlow|Signals?(Silent|DeliveryIncomplete)|MarketDataStale"',
    ],
    equal: [],
  },
  {
    reason: 'One of the two is enough.',
    source: ['alertname="DatabaseDown"'],
    target: ['alertname="DatabaseConnectionFailures"'],
    equal: [],
  },
  {
    reason: 'Readers poll without it, which is late and costs what the cache saves.',
    source: ['alertname="RedisDown"'],
    target: [
      'alertname=~"(SubscriptionDelivery|SignalFreshness)BudgetBurn(Fast|Slow)|CacheMissRatioHigh|RedisMemoryHigh"',
    ],
    equal: [],
  },
  {
    reason: 'None is left, so this one is down too.',
    source: ['alertname="ApiDown"'],
    target: ['alertname="BackendInstanceDown"', 'role=~"api|all"'],
    equal: here,
  },
  {
    reason: 'None is left that takes bars in, so this one is down too.',
    source: ['alertname="PipelineDown"'],
    target: ['alertname="BackendInstanceDown"', 'role=~"pipeline|all"'],
    equal: here,
  },
  {
    reason: 'None is left for the jobs, so this one is down too.',
    source: ['alertname="WorkerDown"'],
    target: ['alertname="BackendInstanceDown"', 'role=~"worker|all"'],
    equal: here,
  },
  {
    reason: 'Our own subscriber is cut off with all others.',
    source: ['alertname="ApiDown"'],
    target: ['alertname=~"VerifiedDeliveryBudgetBurn(Fast|Slow)"'],
    equal: here,
  },
];

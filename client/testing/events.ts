import type { Outcome, Signal, SignalEvent, SignalEventType } from '../types.ts';

/** What a test says about an event; the log gives it its place. */
export type EventBody = Omit<SignalEvent, 'cursor' | 'stream' | 'epoch' | 'seq'>;

export const instruments = [
  { id: 'spy-us', symbol: 'SPY', mic: 'ARCX', figi: null },
  { id: 'qqq-us', symbol: 'QQQ', mic: 'XNAS', figi: null },
  { id: 'btc-usd', symbol: 'BTC-USD', mic: 'XXXX', figi: null },
] as const;

const signal: Signal = {
  id: 'b1946ac9-2d3c-4f60-9c36-0d4f38a4f1a1',
  instrument: instruments[0],
  assetClass: 'ETF',
  side: 'LONG',
  timeframe: 'ONE_MINUTE',
  state: 'PUBLISHED',
  entry: { kind: 'MARKET_NEXT_OPEN', referencePrice: '168.42' },
  stop: '167.90',
  targets: [{ price: '169.20', fraction: '1' }],
  timeLimitMinutes: 60,
  flatAtClose: true,
  riskReward: '1.5',
  riskPerUnit: '0.52',
  confidence: '0.4321',
  rawScore: '0.61',
  baselineProbability: '0.395',
  edge: 'NOT_SHOWN',
  decisionTime: '2013-10-07T14:30:00.000Z',
  generatedAt: '2013-10-07T14:30:00.050Z',
  publishedAt: '2013-10-07T14:30:00.050Z',
  validFrom: '2013-10-07T14:30:00.050Z',
  expiresAt: '2013-10-07T14:35:00.000Z',
  modelVersion: { id: 'logistic-1m@3', name: 'logistic-1m', version: 3 },
  provenance: [{ source: 'replay', feed: 'csv', provenance: 'REPLAY' }],
  actionable: false,
  supersedes: null,
};

export function eventBody(
  type: SignalEventType = 'PUBLISHED',
  change: { signal?: Partial<Signal>; outcome?: Outcome } & Partial<
    Pick<EventBody, 'fill' | 'reason' | 'occurredAt'>
  > = {},
): EventBody {
  const { occurredAt = '2013-10-07T14:30:00.050Z', fill = null, reason = null, outcome = null } = change;
  return { schemaVersion: 1, type, occurredAt, reason, fill, outcome, signal: { ...signal, ...change.signal } };
}

import type { Instrument } from '../instrument.ts';

/** ISO 10383 code of the exchange that lists each: the universe that is followed when nobody names one. */
const LISTED: Readonly<Record<string, string>> = {
  AAPL: 'XNAS',
  AMZN: 'XNAS',
  BAC: 'XNYS',
  DIS: 'XNYS',
  GOOGL: 'XNAS',
  HD: 'XNYS',
  IBM: 'XNYS',
  IWM: 'ARCX',
  JNJ: 'XNYS',
  JPM: 'XNYS',
  KO: 'XNYS',
  META: 'XNAS',
  MSFT: 'XNAS',
  NVDA: 'XNAS',
  PG: 'XNYS',
  QQQ: 'XNAS',
  SPY: 'ARCX',
  TSLA: 'XNAS',
  V: 'XNYS',
  XOM: 'XNYS',
};

/** Twenty stocks and funds that trade in nearly every minute, so that windows have few gaps on one exchange's feed, too. */
export const defaultUniverse: readonly Instrument[] = Object.entries(LISTED).map(([symbol, mic]) =>
  usEquity(symbol, mic),
);

/** US stocks and funds: in cents, by the calendar of New York. */
export function usEquity(symbol: string, mic: string): Instrument {
  return {
    id: `${symbol.toLowerCase().replace('/', '-')}-us`,
    symbol,
    mic,
    calendar: 'XNYS',
    tick: '0.01',
    currency: 'USD',
    figi: null,
    assetClass: 'EQUITY',
  };
}

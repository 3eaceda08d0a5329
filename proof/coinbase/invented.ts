import { type RecordedBar, type Recording, recordingOf } from '../recorded/recording.ts';
import type { CoinbaseServer } from './server/server.ts';

const MINUTE = 60_000;

/** So many minutes of two coins from an instant on, ms, with invented prices. */
export function inventCoins(from: number, count: number): Recording {
  return recordingOf(['BTCUSD', 'ETHUSD'].flatMap((symbol) => minutes(symbol, from, count)));
}

/** With what the service follows such a server. */
export function settingsOf(server: CoinbaseServer, historyDays: number): Record<string, string> {
  return {
    FEED: 'coinbase',
    COINBASE_PRODUCTS: server.products.join(','),
    COINBASE_STREAM_URL: server.streamUrl,
    COINBASE_DATA_URL: server.httpUrl,
    COINBASE_HISTORY_DAYS: String(historyDays),
  };
}

function minutes(symbol: string, from: number, count: number): RecordedBar[] {
  return Array.from({ length: count }, (_, index) => {
    const middle = 7_000 + Math.round(Math.sin(index / 50) * 300);
    return {
      symbol,
      start: from + index * MINUTE,
      ...{ open: `${middle}.05`, high: `${middle + 1}.1`, low: `${middle - 1}.9`, close: `${middle}.55` },
      volume: `${1 + (index % 9)}.5`,
    };
  });
}

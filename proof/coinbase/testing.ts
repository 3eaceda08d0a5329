import { onTestFinished } from 'vitest';
import { CoinbaseFeed, type CoinbaseFeedOptions } from '../../backend/market-data/coinbase/feed.ts';
import { coinbaseProduct } from '../../backend/market-data/coinbase/instruments.ts';
import { canonicalDecimal } from '../../backend/market-data/decimal.ts';
import type { FeedBar } from '../../backend/market-data/live/feed.ts';
import { randomOf } from '../../backend/platform/random.ts';
import { silentLogger } from '../../backend/platform/telemetry/logger.ts';
import { type RecordedBar, recordingOf } from '../recorded/recording.ts';
import { CoinbaseServer, type ServerOptions } from './server/server.ts';
import { productOf } from './server/trades.ts';

export const MINUTE = 60_000;
export const START = Date.parse('2018-04-05T12:00:00Z');

/** So many minutes of a symbol with prices and volumes of their own; every seventh of ETHUSD was not traded. */
export function minutes(symbol: string, from: number, count: number): RecordedBar[] {
  return Array.from({ length: count }, (_, index) => ({
    symbol,
    start: from + index * MINUTE,
    open: `${7_000 + index}.05`,
    high: `${7_001 + index}.1`,
    low: `${6_999 + index}.9`,
    close: `${7_000 + index}.55`,
    volume: `${1 + index}.${String(12_345_678 + index).slice(0, 8)}`,
  })).filter((_, index) => symbol !== 'ETHUSD' || index % 7 !== 5);
}

/** A server that is closed after the test. Its time stands still unless the test moves it. */
export async function startServer(
  options: Partial<ServerOptions> & { bars?: readonly RecordedBar[] } = {},
): Promise<CoinbaseServer> {
  const { bars = [...minutes('BTCUSD', START, 60), ...minutes('ETHUSD', START, 60)], ...rest } = options;
  const server = await CoinbaseServer.start({ recording: recordingOf(bars), speed: 0, burst: 1_000, ...rest });
  onTestFinished(() => server.close());
  return server;
}

/** Short waits, so that a test sees in milliseconds what takes seconds; a server that stands still has no heartbeats. */
export const streamLimits = {
  handshakeMs: 2_000,
  stepMs: 2_000,
  pingMs: 2_000,
  pongMs: 2_000,
  closeMs: 200,
  heartbeatMs: 60_000,
  retryMs: 2,
  mostRetryMs: 20,
  checkMs: 2,
} as const;

const restLimits = { requests: 1_000, retryMs: 2, mostRetryMs: 20, openMs: 50 } as const;

export function feedOf(
  server: Pick<CoinbaseServer, 'clock' | 'httpUrl' | 'streamUrl' | 'products'>,
  options: Partial<CoinbaseFeedOptions> = {},
): CoinbaseFeed {
  const feed = new CoinbaseFeed({
    streamUrl: server.streamUrl,
    dataUrl: server.httpUrl,
    instruments: server.products.map((product) => coinbaseProduct(product, '0.01')),
    clock: server.clock,
    random: randomOf('coinbase'),
    log: silentLogger,
    streamLimits,
    restLimits,
    ...options,
  });
  onTestFinished(() => feed.close());
  return feed;
}

/** A recorded minute as the feed has to tell it. */
export function fedBar({ symbol, start, ...values }: RecordedBar): FeedBar {
  const decimal = (text: string) => canonicalDecimal(text) ?? text;
  return {
    instrumentId: productOf(symbol).toLowerCase(),
    timeframe: '1m',
    barStart: start,
    barEnd: start + MINUTE,
    segment: 'REGULAR',
    open: decimal(values.open),
    high: decimal(values.high),
    low: decimal(values.low),
    close: decimal(values.close),
    volume: decimal(values.volume),
  };
}

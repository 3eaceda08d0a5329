import { onTestFinished } from 'vitest';
import { calendarById } from '../../backend/calendar/index.ts';
import { Credentials } from '../../backend/market-data/alpaca/credentials.ts';
import { AlpacaRest, type RestOptions } from '../../backend/market-data/alpaca/rest.ts';
import { AlpacaStream, type StreamOptions } from '../../backend/market-data/alpaca/stream.ts';
import { randomOf } from '../../backend/platform/random.ts';
import { silentLogger } from '../../backend/platform/telemetry/logger.ts';
import { type RecordedBar, recordingOf } from '../recorded/recording.ts';
import { type Account, FREE_PLAN } from './server/account.ts';
import { AlpacaServer, type ServerOptions } from './server/server.ts';

export const MINUTE = 60_000;
/** A Friday in the summer: 09:30 in New York. */
export const OPEN = Date.parse('2013-10-04T13:30:00Z');

export const account: Account = { ...FREE_PLAN, key: 'demo-key', secret: 'demo-secret' };
const credentials = new Credentials(account);

/** So many minutes of a symbol, one after the other, with prices of their own. */
export function minutes(symbol: string, from: number, count: number): RecordedBar[] {
  return Array.from({ length: count }, (_, index) => ({
    symbol,
    start: from + index * MINUTE,
    open: `${100 + index}.05`,
    high: `${101 + index}.1`,
    low: `${99 + index}.9`,
    close: `${100 + index}.55`,
    volume: String(1_000 + index),
  }));
}

/** A server that is closed after the test. Its time stands still unless the test moves it. */
export async function startServer(
  options: Partial<ServerOptions> & { bars?: RecordedBar[] } = {},
): Promise<AlpacaServer> {
  const { bars = [...minutes('SPY', OPEN, 60), ...minutes('AIG', OPEN, 60)], ...rest } = options;
  const server = await AlpacaServer.start({ recording: recordingOf(bars), accounts: [account], speed: 0, ...rest });
  onTestFinished(() => server.close());
  return server;
}

/** Short waits, so that a test sees in milliseconds what takes seconds. */
export const limits = {
  handshakeMs: 2_000,
  stepMs: 2_000,
  pingMs: 2_000,
  pongMs: 2_000,
  closeMs: 200,
  retryMs: 2,
  mostRetryMs: 20,
  checkMs: 2,
} as const;

export function streamOf(
  server: Pick<AlpacaServer, 'clock' | 'streamUrl'>,
  options: Partial<StreamOptions> = {},
): AlpacaStream {
  return new AlpacaStream({
    url: server.streamUrl(),
    credentials,
    subscription: { bars: ['SPY', 'AIG'], updatedBars: ['SPY', 'AIG'], statuses: ['SPY', 'AIG'] },
    calendar: calendarById('XNYS'),
    clock: server.clock,
    random: randomOf('stream'),
    log: silentLogger,
    ...options,
    limits: { ...limits, ...options.limits },
  });
}

export function restOf(
  server: Pick<AlpacaServer, 'clock' | 'httpUrl'>,
  options: Partial<RestOptions> = {},
): AlpacaRest {
  const rest = new AlpacaRest({
    dataUrl: server.httpUrl,
    tradingUrl: server.httpUrl,
    credentials,
    clock: server.clock,
    random: randomOf('rest'),
    ...options,
    limits: { retryMs: 2, mostRetryMs: 20, ...options.limits },
  });
  onTestFinished(() => rest.close());
  return rest;
}

import { AlpacaFeed, isAlpacas } from '../market-data/alpaca/feed.ts';
import { instrumentsOf } from '../market-data/alpaca/instruments.ts';
import type { Instrument } from '../market-data/instrument.ts';
import { recordedInstruments } from '../market-data/instruments/bundled.ts';
import { instrumentsWith } from '../market-data/instruments/file.ts';
import { defaultUniverse } from '../market-data/instruments/us-equities.ts';
import { LiveSource } from '../market-data/live/live-source.ts';
import { AdvisoryLease } from '../platform/database/advisory-lease.ts';
import { InvalidInput, UserError } from '../platform/errors.ts';
import { randomOf } from '../platform/random.ts';
import type { ChosenSource, SourcePlatform, SourceSettings } from './chosen-source.ts';

const TRADING_HOSTS = { paper: 'https://paper-api.alpaca.markets', live: 'https://api.alpaca.markets' } as const;

/** Alpaca's feed as the settings have it. Throws a UserError that names the setting which is missing or does not fit. */
export function alpaca(settings: SourceSettings, own: readonly Instrument[]): ChosenSource {
  const key = needed('ALPACA_API_KEY', settings.ALPACA_API_KEY);
  const secret = needed('ALPACA_SECRET_KEY', settings.ALPACA_SECRET_KEY);
  const urls = {
    streamUrl: settings.ALPACA_STREAM_URL,
    dataUrl: settings.ALPACA_DATA_URL,
    tradingUrl: settings.ALPACA_TRADING_URL ?? TRADING_HOSTS[settings.ALPACA_PAPER_TRADING ? 'paper' : 'live'],
  };
  if (settings.ENVIRONMENT === 'production') refuseOtherHosts(urls);
  const known = instrumentsWith(own, [...defaultUniverse, ...strangersTo(defaultUniverse)]);
  const symbols = settings.ALPACA_SYMBOLS?.split(',') ?? universe(own).map(({ symbol }) => symbol);
  const provenance = isAlpacas(urls) ? 'LIVE' : 'REPLAY: not Alpaca’s own host';
  return {
    speed: 1,
    description: `Alpaca, ${settings.ALPACA_FEED}, 1m bars of ${symbols.length} symbols, ${provenance}`,
    ends: false,
    check: async () => undefined,
    open: async (platform) => {
      const connection = { key, secret, feed: settings.ALPACA_FEED, ...urls };
      return openAlpaca(connection, { symbols, known, sessions: settings.ALPACA_HISTORY_SESSIONS }, platform);
    },
  };
}

type Connection = Pick<
  ConstructorParameters<typeof AlpacaFeed>[0],
  'key' | 'secret' | 'feed' | 'streamUrl' | 'dataUrl' | 'tradingUrl'
>;
type Wanted = {
  readonly symbols: readonly string[];
  readonly known: readonly Instrument[];
  readonly sessions: number;
};

async function openAlpaca(connection: Connection, { symbols, known, sessions }: Wanted, platform: SourcePlatform) {
  const { log, metrics, observer, databaseUrl, signal } = platform;
  const watch = {
    onRequest: (endpoint: string, outcome: 'ok' | 'refused' | 'failed', seconds: number) => {
      metrics.marketDataApiRequests.inc({ provider: 'alpaca', endpoint, outcome });
      metrics.marketDataApiDuration.observe({ provider: 'alpaca', endpoint }, seconds);
    },
  };
  const parts = { ...connection, ...watch, log, random: randomOf(`alpaca ${process.pid} ${Date.now()}`) };
  const instruments = await instrumentsOf(symbols, known, () => AlpacaFeed.assets(parts, signal));
  const feed = new AlpacaFeed({ ...parts, instruments });
  const lease = new AdvisoryLease({
    url: databaseUrl,
    name: `alpaca ${connection.feed} ${connection.key}`,
    onError: (error) => log.warn('the lease of the account cannot be asked for', { error }),
  });
  const source = new LiveSource({ feed, lease, log, observer, historySessions: sessions });
  return { source, live: { source, clock: feed.clock, close: () => feed.close() } };
}

function needed(variable: string, value: string | null): string {
  if (value !== null) return value;
  throw new UserError(
    'MISSING_SETTING',
    `${variable} is missing, expected the keys of an Alpaca account because FEED is "alpaca"`,
  );
}

function refuseOtherHosts(urls: Readonly<Record<'streamUrl' | 'dataUrl' | 'tradingUrl', string>>): void {
  const variables = { streamUrl: 'ALPACA_STREAM_URL', dataUrl: 'ALPACA_DATA_URL', tradingUrl: 'ALPACA_TRADING_URL' };
  for (const name of ['streamUrl', 'dataUrl', 'tradingUrl'] as const) {
    const address = urls[name];
    const own = {
      streamUrl: 'wss://x.alpaca.markets',
      dataUrl: 'https://x.alpaca.markets',
      tradingUrl: 'https://x.alpaca.markets',
    };
    if (isAlpacas({ ...own, [name]: address })) continue;
    throw new InvalidInput(
      variables[name],
      address,
      "one of Alpaca's own hosts when ENVIRONMENT is production: what another host says is REPLAY, and production takes real data only",
    );
  }
}

function universe(own: readonly Instrument[]): readonly Instrument[] {
  return own.length > 0 ? own : defaultUniverse;
}

/** The bundled ones that a default does not have under the same symbol. */
function strangersTo(defaults: readonly Instrument[]): Instrument[] {
  const symbols = new Set(defaults.map(({ symbol }) => symbol));
  return recordedInstruments.filter(({ symbol, assetClass }) => assetClass === 'EQUITY' && !symbols.has(symbol));
}

import { AlpacaFeed, isAlpacas, isAlpacasHost } from '../../market-data/alpaca/feed.ts';
import { instrumentsOf } from '../../market-data/alpaca/instruments.ts';
import { readBearers } from '../../market-data/corporate-actions/store.ts';
import type { Instrument } from '../../market-data/instrument.ts';
import { recordedInstruments } from '../../market-data/instruments/bundled.ts';
import { instrumentsWith } from '../../market-data/instruments/file.ts';
import { defaultUniverse } from '../../market-data/instruments/us-equities.ts';
import { outlastRestart } from '../../platform/database/pool.ts';
import { UserError } from '../../platform/errors.ts';
import { randomOf } from '../../platform/random.ts';
import type { ChosenSource, SourcePlatform, SourceSettings } from './chosen-source.ts';
import { openLive, refuseOtherHosts, requestWatch } from './live.ts';

const DATABASE_PATIENCE_MS = 60_000;
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
  refuseOtherHosts(settings, 'Alpaca', [
    ['ALPACA_STREAM_URL', urls.streamUrl, isAlpacasHost],
    ['ALPACA_DATA_URL', urls.dataUrl, isAlpacasHost],
    ['ALPACA_TRADING_URL', urls.tradingUrl, isAlpacasHost],
  ]);
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
  const { log, pool, signal } = platform;
  const parts = {
    ...connection,
    onRequest: requestWatch(platform, 'alpaca'),
    log,
    random: randomOf(`alpaca ${process.pid} ${Date.now()}`),
  };
  const stored = await outlastRestart(DATABASE_PATIENCE_MS, () => readBearers(pool, symbols));
  const renamed = stored.filter(({ id, symbol }) => known.every((one) => one.id !== id || one.symbol !== symbol));
  const instruments = await instrumentsOf(symbols, instrumentsWith(renamed, known), () =>
    AlpacaFeed.assets(parts, signal),
  );
  const feed = new AlpacaFeed({ ...parts, instruments });
  return openLive(feed, { leaseName: `alpaca ${connection.feed} ${connection.key}`, sessions }, platform);
}

function needed(variable: string, value: string | null): string {
  if (value !== null) return value;
  throw new UserError(
    'MISSING_SETTING',
    `${variable} is missing, expected the keys of an Alpaca account because FEED is "alpaca"`,
  );
}

function universe(own: readonly Instrument[]): readonly Instrument[] {
  return own.length > 0 ? own : defaultUniverse;
}

/** The bundled ones that a default does not have under the same symbol. */
function strangersTo(defaults: readonly Instrument[]): Instrument[] {
  const symbols = new Set(defaults.map(({ symbol }) => symbol));
  return recordedInstruments.filter(({ symbol, assetClass }) => assetClass === 'EQUITY' && !symbols.has(symbol));
}

import { CoinbaseFeed, isCoinbases, isCoinbasesHost } from '../../market-data/coinbase/feed.ts';
import { defaultProducts, instrumentsOf } from '../../market-data/coinbase/instruments.ts';
import type { Instrument } from '../../market-data/instrument.ts';
import { instrumentsWith } from '../../market-data/instruments/file.ts';
import { randomOf } from '../../platform/random.ts';
import type { ChosenSource, SourcePlatform, SourceSettings } from './chosen-source.ts';
import { openLive, refuseOtherHosts, requestWatch } from './live.ts';

/** Coinbase's feed as the settings have it. Throws a UserError that names the setting which does not fit. */
export function coinbase(settings: SourceSettings, own: readonly Instrument[]): ChosenSource {
  const urls = { streamUrl: settings.COINBASE_STREAM_URL, dataUrl: settings.COINBASE_DATA_URL };
  refuseOtherHosts(settings, 'Coinbase', [
    ['COINBASE_STREAM_URL', urls.streamUrl, isCoinbasesHost],
    ['COINBASE_DATA_URL', urls.dataUrl, isCoinbasesHost],
  ]);
  const universe = own.length > 0 ? own : defaultProducts;
  const products = [...new Set(settings.COINBASE_PRODUCTS?.split(',') ?? universe.map(({ symbol }) => symbol))];
  const provenance = isCoinbases(urls) ? 'LIVE' : 'REPLAY: not Coinbase’s own host';
  return {
    speed: 1,
    description: `Coinbase Exchange, 1m bars of ${products.length} products, ${provenance}`,
    ends: false,
    check: async () => undefined,
    open: async (platform) => {
      const known = instrumentsWith(own, defaultProducts);
      return openCoinbase(urls, { products, known, sessions: settings.COINBASE_HISTORY_DAYS }, platform);
    },
  };
}

type Wanted = {
  readonly products: readonly string[];
  readonly known: readonly Instrument[];
  readonly sessions: number;
};

async function openCoinbase(
  urls: { readonly streamUrl: string; readonly dataUrl: string },
  { products, known, sessions }: Wanted,
  platform: SourcePlatform,
) {
  const { log, signal } = platform;
  const random = randomOf(`coinbase ${process.pid} ${Date.now()}`);
  const parts = { ...urls, log, random, onRequest: requestWatch(platform, 'coinbase') };
  const instruments = await instrumentsOf(products, known, () => CoinbaseFeed.products(parts, signal));
  const feed = new CoinbaseFeed({ ...parts, instruments });
  // Nobody limits connections, but two processes would store every bar twice.
  const leaseName = `${feed.facts.sourceId} ${products.toSorted().join(',')}`;
  return openLive(feed, { leaseName, sessions }, platform);
}

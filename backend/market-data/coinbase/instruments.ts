import { UserError } from '../../platform/errors.ts';
import type { Decimal } from '../bar.ts';
import { canonicalDecimal } from '../decimal.ts';
import type { Instrument } from '../instrument.ts';
import type { Product } from './rest/answers.ts';

/** What is followed when nobody names anything: dollars, traded in nearly every minute. Ticks as of 2026 (`quote_increment` of /products). */
const TICKS: Readonly<Record<string, Decimal>> = {
  'BTC-USD': '0.01',
  'ETH-USD': '0.01',
  'LTC-USD': '0.01',
  'SOL-USD': '0.01',
  'XRP-USD': '0.0001',
};

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

export const defaultProducts: readonly Instrument[] = Object.entries(TICKS).map(([product, tick]) =>
  coinbaseProduct(product, tick),
);

/** A product of Coinbase Exchange: it trades around the clock. The exchange has no ISO 10383 code that we could verify. */
export function coinbaseProduct(product: string, tick: Decimal): Instrument {
  return {
    id: product.toLowerCase(),
    symbol: product,
    mic: 'XXXX',
    calendar: '24x7',
    tick,
    currency: product.split('-')[1] ?? '',
    figi: null,
    assetClass: 'CRYPTO',
  };
}

/**
 * The instruments of some products, in their order: those that are known as they are, the others by Coinbase's list, which is asked only
 * then. Throws a UserError that names each product which is not listed, or is not quoted in a currency of ISO 4217.
 */
export async function instrumentsOf(
  wanted: readonly string[],
  known: readonly Instrument[],
  products: () => Promise<readonly Product[]>,
): Promise<Instrument[]> {
  const bySymbol = new Map(known.map((instrument) => [instrument.symbol, instrument]));
  if (wanted.some((product) => !bySymbol.has(product))) {
    for (const { id, quote, increment } of await products()) {
      const tick = canonicalDecimal(increment);
      if (!bySymbol.has(id) && tick !== null && tick !== '0' && CURRENCIES.has(quote))
        bySymbol.set(id, coinbaseProduct(id, tick));
    }
  }
  const strangers = wanted.filter((product) => !bySymbol.has(product));
  if (strangers.length > 0)
    throw new UserError(
      'UNKNOWN_SYMBOL',
      `COINBASE_PRODUCTS has ${strangers.map((product) => JSON.stringify(product)).join(', ')}, expected products that Coinbase Exchange lists, quoted in a currency of ISO 4217 such as USD or EUR`,
    );
  return [...new Set(wanted)].flatMap((product) => bySymbol.get(product) ?? []);
}

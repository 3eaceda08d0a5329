import { UserError } from '../../platform/errors.ts';
import type { Instrument } from '../instrument.ts';
import { usEquity } from '../instruments/us-equities.ts';
import type { Asset } from './rest/answers.ts';

/** Alpaca's names of exchanges, and their ISO 10383 codes. https://docs.alpaca.markets/reference/get-v2-assets-1 */
const MICS: Readonly<Record<string, string>> = {
  AMEX: 'XASE',
  ARCA: 'ARCX',
  BATS: 'BATS',
  NASDAQ: 'XNAS',
  NYSE: 'XNYS',
  OTC: 'OTCM',
};

/**
 * The instruments of some tickers, in their order: those that are known as they are, the others by Alpaca's list of assets, which is asked
 * only then. Throws a UserError that names each ticker which nobody knows.
 */
export async function instrumentsOf(
  symbols: readonly string[],
  known: readonly Instrument[],
  assets: () => Promise<readonly Asset[]>,
): Promise<Instrument[]> {
  const bySymbol = new Map(known.map((instrument) => [instrument.symbol, instrument]));
  const wanted = [...new Set(symbols)];
  if (wanted.some((symbol) => !bySymbol.has(symbol))) {
    for (const { symbol, exchange } of await assets())
      if (!bySymbol.has(symbol)) bySymbol.set(symbol, usEquity(symbol, MICS[exchange] ?? 'XXXX'));
  }
  const strangers = wanted.filter((symbol) => !bySymbol.has(symbol));
  if (strangers.length > 0)
    throw new UserError(
      'UNKNOWN_SYMBOL',
      `ALPACA_SYMBOLS has ${strangers.map((symbol) => JSON.stringify(symbol)).join(', ')}, expected tickers of active US equities of Alpaca, or of the file of --instruments`,
    );
  return wanted.flatMap((symbol) => bySymbol.get(symbol) ?? []);
}

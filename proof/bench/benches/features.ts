import type * as TradingSignals from 'trading-signals';
import { type Benchmark, Difference, type Prepared, type Variant } from '../benchmark.ts';
import { peer } from '../peers.ts';
import { type Contender, NAMES } from './features/contender.ts';
import { Limit } from './features/limit.ts';
import { ALL, type Market, MINUTES, makeMarket, SYMBOLS, WARM_UP } from './features/market.ts';
import { Ours, OursVector } from './features/ours.ts';
import { referenceOf } from './features/reference.ts';
import { Peer } from './features/trading-signals.ts';

const TRADING_SIGNALS = 'trading-signals';
const LOOP = 'loop over typed arrays';

export const features: Benchmark = {
  name: 'features',
  id: 'P9',
  work: `SMA 20, EMA 12 and 26, MACD, RSI 14, ATR 14, Bollinger bands and the session's VWAP after each minute of ${SYMBOLS} interleaved symbols, one session with its first bar. Ours is the call of the pipeline's engine with the symbol's number at hand: it also checks the bar, its session and gaps, keeps what the model's other features need, and computes its averages anew at the first bar. Not in it: reading the text of a bar, and finding a symbol by its name.`,
  unit: { name: 'ns a bar', perMicrosecond: 1_000 },
  peers: [TRADING_SIGNALS],
  rounds: 9,
  goals: [{ most: 40 }, { speed: 25, of: TRADING_SIGNALS }],
  prepare,
};

async function prepare(): Promise<Prepared> {
  const market = makeMarket();
  const library = await peer<typeof TradingSignals>(TRADING_SIGNALS);
  const entries: Entry[] = [
    { name: 'ours', role: 'ours', contender: new Ours() },
    { name: 'ours, and the vector of 16 features', role: 'part', contender: new OursVector() },
    { name: TRADING_SIGNALS, role: 'peer', contender: new Peer(library) },
    { name: LOOP, role: 'limit', contender: new Limit() },
  ];
  return {
    variants: entries.map((entry) => variantOf(entry, market)),
    check: async () => entries.flatMap((entry) => checked(entry, market)),
    notes: [],
    close: async () => undefined,
  };
}

type Entry = Pick<Variant, 'name' | 'role'> & { readonly contender: Contender; sum?: number };

function variantOf(entry: Entry, market: Market): Variant {
  const { name, role, contender } = entry;
  return {
    name,
    role,
    setUp: () => {
      contender.begin();
      contender.run(market, 0, WARM_UP);
    },
    run: () => {
      const sum = contender.run(market, WARM_UP, ALL);
      if (entry.sum !== undefined && entry.sum !== sum)
        throw new Difference(`${name}: another round gave ${entry.sum}, this one ${sum}`);
      entry.sum = sum;
      return MINUTES * SYMBOLS;
    },
  };
}

/** Every twentieth symbol, each bar of the session. */
const COMPARED = Array.from({ length: SYMBOLS / 20 }, (_, index) => index * 20);
const TOLERANCE = 1e-9;

/** The same session once more, with a look after each minute. */
function checked({ name, contender, sum }: Entry, market: Market): string[] {
  const references = COMPARED.map((symbol) => referenceOf(market, symbol, ALL));
  let again = 0;
  contender.begin();
  contender.run(market, 0, WARM_UP);
  for (let minute = WARM_UP; minute < ALL; minute++) {
    again += contender.run(market, minute, minute + 1);
    for (const [index, symbol] of COMPARED.entries())
      compare(
        contender.values(symbol),
        references[index]?.[minute] ?? [],
        `${name}, symbol ${symbol}, minute ${minute}`,
      );
  }
  if (Math.abs(again - (sum ?? 0)) > 1e-9 * again) throw new Difference(`${name}: measured ${sum}, now ${again}`);
  return [
    `${name}: ${NAMES.length} numbers of ${COMPARED.length * MINUTES} bars equal a plain computation to ${TOLERANCE}`,
  ];
}

/** Differences of prices count as parts of the price: a MACD near zero is not asked to have nine digits of its own. */
function compare(actual: readonly number[], expected: readonly number[], where: string): void {
  for (const [index, name] of NAMES.entries()) {
    const [one = Number.NaN, other = Number.NaN, price = Number.NaN] = [actual[index], expected[index], expected[0]];
    const size = name.startsWith('macd') ? Math.max(Math.abs(other), 1e-3 * price) : Math.abs(other);
    if (!(Math.abs(one - other) <= TOLERANCE * size))
      throw new Difference(`${where}: ${name} is ${one}, plainly ${other}`);
  }
}

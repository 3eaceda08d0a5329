import { scaleOf } from '../../../backend/market-data/decimal.ts';
import { UserError } from '../../../backend/platform/errors.ts';
import { type Random, randomOf } from '../../../backend/platform/random.ts';
import type { RecordedBar, Recording } from '../../recorded/recording.ts';

/** A trade as Coinbase numbers it: `id` by one in its product, `sequence` among all that happens to the product's orders. */
export type RecordedTrade = {
  readonly product: string;
  readonly id: number;
  readonly sequence: number;
  /** In microseconds since 1970 UTC. */
  readonly micros: number;
  readonly price: string;
  readonly size: string;
  readonly side: 'buy' | 'sell';
};

const MICROS = 60_000_000;
/** Coinbase writes sizes with eight digits. */
const DIGITS = 8;

/** Trades that make exactly the recorded bars, by product and then by number; equal recordings give equal trades. */
export function tradesOf({ bars }: Recording): ReadonlyMap<string, readonly RecordedTrade[]> {
  const trades = new Map<string, RecordedTrade[]>();
  for (const bar of bars) {
    const product = productOf(bar.symbol);
    const own = trades.get(product) ?? [];
    trades.set(product, own);
    const last = own.at(-1) ?? { id: 1_000_000, sequence: 5_000_000 };
    own.push(...tradesOfBar(bar, last, randomOf(`trades of ${bar.symbol} ${bar.start}`)));
  }
  return trades;
}

/** BTCUSD and BTC-USD are the product BTC-USD. */
export function productOf(symbol: string): string {
  return symbol.includes('-') ? symbol : `${symbol.slice(0, -3)}-${symbol.slice(-3)}`;
}

function tradesOfBar(bar: RecordedBar, last: Pick<RecordedTrade, 'id' | 'sequence'>, random: Random): RecordedTrade[] {
  const prices = pricesOf(bar, random);
  const sizes = sizesOf(bar, prices.length, random);
  const offsets = prices.map(() => random.integer(0, MICROS)).sort((a, b) => a - b);
  let { sequence } = last;
  return prices.map((price, index) => {
    sequence += random.integer(1, 50);
    return {
      product: productOf(bar.symbol),
      id: last.id + 1 + index,
      sequence,
      micros: bar.start * 1_000 + (offsets[index] ?? 0),
      price,
      size: sizes[index] ?? '',
      side: random.chance(0.5) ? 'buy' : 'sell',
    };
  });
}

/** The open first, the close last, high and low between them in either order, among a few that repeat one of them. */
function pricesOf({ open, high, low, close }: RecordedBar, random: Random): string[] {
  const between = random.chance(0.5) ? [high, low] : [low, high];
  for (let count = random.integer(0, 6); count > 0; count -= 1)
    between.splice(random.integer(0, between.length + 1), 0, [open, high, low, close][random.integer(0, 4)] ?? open);
  return [open, ...between, close];
}

/** The volume in so many parts, none of them nothing. */
function sizesOf(bar: RecordedBar, count: number, random: Random): string[] {
  const [whole = '0', fraction = ''] = bar.volume.split('.');
  // A minute of a few hundred-millionths has trades of even less.
  const scale = Math.max(DIGITS, scaleOf(bar.volume)) + (Number(bar.volume) < 1e-6 ? 4 : 0);
  let rest = BigInt(whole + fraction.padEnd(scale, '0'));
  if (rest < BigInt(count))
    throw new UserError('BAD_BARS_FILE', `${bar.symbol} has volume "${bar.volume}" in a minute, expected more than 0`);
  return Array.from({ length: count }, (_, index) => {
    const left = BigInt(count - index - 1);
    const share = index === count - 1 ? rest : 1n + ((rest - left - 1n) * BigInt(random.integer(0, 700))) / 1_000n;
    rest -= share;
    const digits = String(share).padStart(scale + 1, '0');
    return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  });
}

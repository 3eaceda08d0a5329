import type { Recording } from '../../recorded/recording.ts';
import type { Fault } from './faults.ts';
import { type RecordedTrade, tradesOf } from './trades.ts';

const MINUTE = 60_000;
/** A trade is told so long after it was made, ms. */
const DELAY = 20;
const AGAIN = 300;

/** A trade on its way to whoever has subscribed to it. */
export type Emission = { readonly at: number; readonly trade: RecordedTrade };

/** All trades that the server will tell of, rightly and wrongly; what is known of them at each moment. */
export class Timeline {
  readonly emissions: readonly Emission[];
  readonly recording: Recording;
  readonly #trades: ReadonlyMap<string, readonly RecordedTrade[]>;

  constructor(recording: Recording, trades: ReadonlyMap<string, readonly RecordedTrade[]>, faults: readonly Fault[]) {
    this.recording = recording;
    this.#trades = trades;
    const struck = new Map(
      faults.flatMap((fault) => ('product' in fault ? [[keyOf(fault.product, fault.from), fault.kind]] : [])),
    );
    const emissions = [...trades.values()].flatMap((own) => emissionsOf(own, struck));
    this.emissions = emissions.sort((a, b) => a.at - b.at || a.trade.micros - b.trade.micros);
  }

  get products(): string[] {
    return [...this.#trades.keys()].sort();
  }

  /** Trades of a product that were made by then, the oldest first. */
  tradesAt(product: string, now: number): readonly RecordedTrade[] {
    const own = this.#trades.get(product) ?? [];
    return own.slice(0, countUntil(own, now));
  }

  lastAt(product: string, now: number): RecordedTrade | undefined {
    const own = this.#trades.get(product) ?? [];
    return own[countUntil(own, now) - 1];
  }
}

export function timelineOf(recording: Recording): (faults: readonly Fault[]) => Timeline {
  const trades = tradesOf(recording);
  return (faults) => new Timeline(recording, trades, faults);
}

function emissionsOf(own: readonly RecordedTrade[], struck: ReadonlyMap<string, string>): Emission[] {
  const emissions: Emission[] = [];
  for (const [index, trade] of own.entries()) {
    const emission = { at: Math.floor(trade.micros / 1_000) + DELAY, trade };
    const kind = faultOf(own, index, struck);
    if (kind === 'drop') continue;
    if (kind === 'repeat') emissions.push({ ...emission, at: emission.at + AGAIN });
    const next = own[index + 1];
    if (kind === 'swap' && next !== undefined)
      emissions.push({ ...emission, at: Math.floor(next.micros / 1_000) + DELAY + 1 });
    else emissions.push(emission);
  }
  return emissions;
}

/** A fault of a minute strikes one of its trades, each place in its turn. */
function faultOf(
  own: readonly RecordedTrade[],
  index: number,
  struck: ReadonlyMap<string, string>,
): string | undefined {
  const trade = own[index];
  if (trade === undefined) return undefined;
  const minute = minuteOf(trade);
  const kind = struck.get(keyOf(trade.product, minute));
  if (kind === undefined) return undefined;
  let first = index;
  while (first > 0 && minuteOf(own[first - 1]) === minute) first -= 1;
  let end = index + 1;
  while (minuteOf(own[end]) === minute) end += 1;
  return first + ((minute / MINUTE) % (end - first)) === index ? kind : undefined;
}

function minuteOf(trade: RecordedTrade | undefined): number {
  return trade === undefined ? Number.NaN : Math.floor(trade.micros / 1_000 / MINUTE) * MINUTE;
}

function keyOf(product: string, minute: number): string {
  return `${product} ${minute}`;
}

/** How many were made and known of at an instant. */
function countUntil(own: readonly RecordedTrade[], instant: number): number {
  let [from, until] = [0, own.length];
  while (from < until) {
    const middle = (from + until) >>> 1;
    if (Math.floor((own[middle]?.micros ?? 0) / 1_000) + DELAY <= instant) from = middle + 1;
    else until = middle;
  }
  return from;
}

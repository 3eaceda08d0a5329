import { type Interval, mean, profitFactor, ratio, wilsonInterval } from '../outcomes/statistics.ts';
import { randomOf } from '../platform/random.ts';
import { rangeOf95 } from './block-bootstrap.ts';
import { at } from './numeric.ts';

/** Decisions of one side in the order of time. `y` 1 = target first; `r` = net R of entering there. */
export type Decisions = {
  readonly instrument: Int32Array;
  readonly y: Uint8Array;
  readonly r: Float64Array;
};

/** What entering at some of the decisions gave. Null where there was no entry. */
export type Entries = {
  readonly n: number;
  readonly hits: number;
  readonly hitRate: number | null;
  /** Wilson, 95 %. */
  readonly hitRate95: Interval | null;
  /** Mean net R. */
  readonly expectancyR: number | null;
  /** Gains over losses; null without a loss. */
  readonly profitFactor: number | null;
};

/** Entering at the given decisions (indices). */
export function enterAt(decisions: Decisions, entries: Int32Array): Entries {
  const n = entries.length;
  const hits = entries.reduce((sum, entry) => sum + at(decisions.y, entry), 0);
  const r = Array.from(entries, (entry) => at(decisions.r, entry));
  return {
    n,
    hits,
    hitRate: ratio(hits, n),
    hitRate95: wilsonInterval(hits, n),
    expectancyR: mean(r),
    profitFactor: profitFactor(r),
  };
}

/** What chance gave with as many entries. `pValue`: the share of chances that did at least as well as the entries did. */
export type RandomEntries = {
  readonly draws: number;
  readonly meanR: number;
  readonly range95: Interval;
  readonly pValue: number;
};

/**
 * Random entries with the same number per instrument and the same holding rule: each stretch of the window that holds entries is moved
 * to a random place of its own, with the distances between its entries, for all instruments alike. Entries drawn one by one would
 * vary less than a cluster of them does, so every lucky cluster would look like skill.
 *
 * @param block the stretch of each entry, any integers; one entry at least.
 */
export function randomEntries(
  decisions: Decisions,
  entries: Int32Array,
  block: Int32Array,
  { draws, seed }: { readonly draws: number; readonly seed: number },
): RandomEntries {
  const placed = placeEntries(decisions, entries, block);
  const random = randomOf(`entries\n${seed}`);
  const blocks = new Set(block).size;
  const shares = new Float64Array(blocks);
  const actual = movedMean(placed, shares);
  const means = new Float64Array(draws);
  let asGood = 1;
  for (let draw = 0; draw < draws; draw++) {
    for (let i = 0; i < blocks; i++) shares[i] = random.uniform();
    means[draw] = movedMean(placed, shares);
    if (at(means, draw) >= actual) asGood++;
  }
  means.sort();
  return { draws, meanR: mean([...means]) ?? 0, range95: rangeOf95(means), pValue: asGood / (draws + 1) };
}

/** An entry: the outcomes of its instrument in the order of time, its place among them, the number of its stretch. */
type Placed = { readonly ring: readonly number[]; readonly place: number; readonly block: number };

function placeEntries({ instrument, r }: Decisions, entries: Int32Array, block: Int32Array): Placed[] {
  const rings = new Map<number, number[]>();
  const places = Int32Array.from(instrument, (id, i) => {
    const ring = rings.get(id) ?? [];
    rings.set(id, ring);
    return ring.push(at(r, i)) - 1;
  });
  const numbers = new Map<number, number>();
  return Array.from(entries, (entry, i) => {
    const number = numbers.get(at(block, i)) ?? numbers.size;
    numbers.set(at(block, i), number);
    return { ring: rings.get(at(instrument, entry)) ?? [], place: at(places, entry), block: number };
  });
}

/** Mean outcome after each stretch was moved by its share of the window, beginning again at its start. */
function movedMean(placed: readonly Placed[], shares: Float64Array): number {
  let sum = 0;
  for (const { ring, place, block } of placed) {
    const offset = Math.floor(at(shares, block) * ring.length);
    sum += at(ring, (place + offset) % ring.length);
  }
  return sum / placed.length;
}

/** What simply holding gave: first to last close in the window, mean of the instruments, as a fraction, before costs. */
export function buyAndHold(
  instrument: Int32Array,
  close: Float64Array,
): { readonly instruments: number; readonly meanReturn: number } {
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  for (let i = 0; i < close.length; i++) {
    const id = at(instrument, i);
    if (!first.has(id)) first.set(id, at(close, i));
    last.set(id, at(close, i));
  }
  let sum = 0;
  for (const [id, start] of first) sum += (last.get(id) ?? start) / start - 1;
  return { instruments: first.size, meanReturn: sum / first.size };
}

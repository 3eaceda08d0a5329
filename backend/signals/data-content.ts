import { createHash, hash } from 'node:crypto';
import { type Bar, UNSCALED } from '../market-data/bar.ts';

export type DataContent = {
  /** How many bars the features rest on. */
  readonly bars: number;
  readonly contentHash: string;
};

type Kept = { readonly starts: number[]; readonly digests: string[] };

/**
 * What the present features of each instrument were computed from, as a hash that anybody can compute again from the stored bars: SHA-256
 * over the SHA-256 digests of the bars in the order of their starts, each of the text `barStart open high low close volume` with barStart in
 * ms since 1970 and the prices as they are stored, followed by ` priceScale` where that is not 1. Fed with the bars of the data window; of a bar that comes again the newest values count.
 */
export class DataContents {
  readonly #kept = new Map<string, Kept>();

  /** `from` is the start (ms) of the oldest bar that the features rest on after this one. */
  add(bar: Bar, from: number): void {
    const { starts, digests } = this.#of(bar.instrumentId);
    let index = starts.length;
    while (index > 0 && (starts[index - 1] ?? 0) >= bar.barStart) index -= 1;
    const replaced = starts[index] === bar.barStart ? 1 : 0;
    starts.splice(index, replaced, bar.barStart);
    digests.splice(index, replaced, digestOf(bar));
    if ((starts[0] ?? from) >= from) return;
    const left = starts.findIndex((start) => start >= from);
    starts.splice(0, left);
    digests.splice(0, left);
  }

  of(instrumentId: string): DataContent {
    const { digests } = this.#of(instrumentId);
    return { bars: digests.length, contentHash: createHash('sha256').update(digests.join(''), 'latin1').digest('hex') };
  }

  #of(instrumentId: string): Kept {
    const kept = this.#kept.get(instrumentId) ?? { starts: [], digests: [] };
    this.#kept.set(instrumentId, kept);
    return kept;
  }
}

/** 32 bytes as a text of 32 characters: a thousand of them for each of 500 instruments are kept. */
function digestOf({ barStart, open, high, low, close, volume, priceScale }: Bar): string {
  const scale = priceScale === UNSCALED ? '' : ` ${priceScale}`;
  return hash('sha256', `${barStart} ${open} ${high} ${low} ${close} ${volume}${scale}`, 'binary');
}

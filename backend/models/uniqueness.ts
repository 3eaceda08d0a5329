import { at } from './numeric.ts';

/** Label spans as bar numbers of their instrument, both ends included: sample i looks at the bars spanFrom[i] to spanTo[i]. */
export type Spans = {
  readonly instrument: Int32Array;
  readonly spanFrom: Int32Array;
  readonly spanTo: Int32Array;
};

/**
 * The average uniqueness of each given sample: the mean of 1/c over the bars of its span, where c counts the given samples of the same
 * instrument whose spans hold that bar. Ten labels that live on the same ten bars weigh as much as one that stands alone. From Lopez
 * de Prado, Advances in Financial Machine Learning (2018), chapter 4.4. Only the given samples count, so that the weights of the
 * training window do not know what came after it.
 *
 * @returns one weight in (0, 1] per row, in the order of `rows`.
 */
export function averageUniqueness(spans: Spans, rows: Int32Array): Float64Array {
  const cumulative = cumulativeInverseConcurrency(spans, rows);
  const weights = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = at(rows, i);
    const inverse = cumulative[at(spans.instrument, row)] as Float64Array;
    const [from, to] = [at(spans.spanFrom, row), at(spans.spanTo, row)];
    weights[i] = (at(inverse, to + 1) - at(inverse, from)) / (to - from + 1);
  }
  return weights;
}

/** Per instrument: element b holds Σ 1/c over the bars before b that any span touches. */
function cumulativeInverseConcurrency(spans: Spans, rows: Int32Array): Float64Array[] {
  const lengths: number[] = [];
  for (const row of rows) {
    const instrument = at(spans.instrument, row);
    lengths[instrument] = Math.max(lengths[instrument] ?? 0, at(spans.spanTo, row) + 1);
  }
  const changes = Array.from(lengths, (length) => new Int32Array((length ?? 0) + 1));
  for (const row of rows) {
    const change = changes[at(spans.instrument, row)] as Int32Array;
    const [from, after] = [at(spans.spanFrom, row), at(spans.spanTo, row) + 1];
    change[from] = at(change, from) + 1;
    change[after] = at(change, after) - 1;
  }
  return changes.map((change) => {
    const cumulative = new Float64Array(change.length);
    let alive = 0;
    for (let bar = 0; bar + 1 < change.length; bar++) {
      alive += at(change, bar);
      cumulative[bar + 1] = at(cumulative, bar) + (alive > 0 ? 1 / alive : 0);
    }
    return cumulative;
  });
}

import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Bar } from '../market-data/bar.ts';
import { DataContents } from './data-content.ts';

const START = Date.parse('2013-10-07T13:30:00Z');
const bar = (minute: number, close = '167.65'): Bar => ({
  ...{ instrumentId: 'spy', timeframe: '1m', segment: 'REGULAR', sourceId: 's', revision: 0, ingestSeq: minute + 1 },
  ...{ open: '167.5', high: '168', low: '167.4', close, volume: '1200', priceScale: '1', haltedMs: 0 },
  barStart: START + minute * 60_000,
  barEnd: START + (minute + 1) * 60_000,
  knownTime: START + (minute + 1) * 60_000,
});

/** What somebody else would compute from the stored bars. */
function recomputed(bars: readonly Bar[]): string {
  const digests = bars.map((one) =>
    createHash('sha256').update([one.barStart, one.open, one.high, one.low, one.close, one.volume].join(' ')).digest(),
  );
  return createHash('sha256').update(Buffer.concat(digests)).digest('hex');
}

function contentsOf(bars: readonly Bar[], from = START): DataContents {
  const contents = new DataContents();
  for (const one of bars) contents.add(one, from);
  return contents;
}

it('is the hash of the bars used, as anybody can compute it again', () => {
  const bars = [bar(0), bar(1, '167.7'), bar(3)];
  expect(contentsOf(bars).of('spy')).toEqual({ bars: 3, contentHash: recomputed(bars) });
});

it('forgets the bars that the features no longer rest on', () => {
  const contents = contentsOf([bar(0), bar(1), bar(2)]);
  contents.add(bar(3), START + 2 * 60_000);
  expect(contents.of('spy')).toEqual({ bars: 2, contentHash: recomputed([bar(2), bar(3)]) });
});

it('has a bar that came late in its place, and of a corrected one the newest values', () => {
  const contents = contentsOf([bar(0), bar(2), bar(1), bar(2, '168')]);
  expect(contents.of('spy')).toEqual({ bars: 3, contentHash: recomputed([bar(0), bar(1), bar(2, '168')]) });
});

it('keeps instruments apart', () => {
  const contents = contentsOf([bar(0), { ...bar(0, '9'), instrumentId: 'qqq' }]);
  expect(contents.of('spy').contentHash).toBe(recomputed([bar(0)]));
  expect(contents.of('qqq').contentHash).toBe(recomputed([bar(0, '9')]));
});

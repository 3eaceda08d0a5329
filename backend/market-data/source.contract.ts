import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { calendarById, type TradingCalendar } from '../calendar/index.ts';
import { type SourceBar, TIMEFRAMES, toNumeric } from './bar.ts';
import { canonicalDecimal } from './decimal.ts';
import type { Speed } from './pacing.ts';
import type { MarketDataSource, SourceBatch, SourceDescription } from './source.ts';

/**
 * What every MarketDataSource keeps, whatever it reads from. `makeSource` gives the same feed each time, at a speed: 'max' never
 * waits, 1 is real time. Of a feed that does not end, the first `most` batches are looked at.
 */
export function describeSourceContract(
  name: string,
  makeSource: (speed: Speed) => MarketDataSource,
  most = Number.POSITIVE_INFINITY,
): void {
  describe(`${name} keeps the contract of a source: it`, () => {
    let description: SourceDescription;
    let batches: SourceBatch[];
    let bars: SourceBar[];
    beforeAll(async () => {
      const source = makeSource('max');
      description = await source.describe();
      batches = await read(source, most);
      bars = batches.flatMap((batch) => batch.bars);
    });

    const calendarOf = (bar: SourceBar): TradingCalendar => {
      const instrument = description.instruments.find(({ id }) => id === bar.instrumentId);
      return calendarById(instrument?.calendar ?? 'of an instrument that is not described');
    };

    it('has bars', () => {
      expect(bars.length).toBeGreaterThan(0);
    });

    it('describes itself the same before, after and without a reading', async () => {
      const source = makeSource('max');
      expect(await source.describe()).toEqual(description);
      await read(source, most);
      expect(await source.describe()).toEqual(description);
      expect(await read(makeSource('max'), 1)).toEqual(batches.slice(0, 1));
    });

    it('gives batches in strictly increasing knownTime, each with bars or refusals', () => {
      const times = batches.map(({ knownTime }) => knownTime);
      expect(times.filter((time, index) => index > 0 && time <= (times[index - 1] ?? 0))).toEqual([]);
      expect(batches.filter((batch) => batch.bars.length + batch.quarantined.length === 0)).toEqual([]);
    });

    it('gives in a batch the bars that became known at its time, none before its end', () => {
      const strangers = batches.filter(({ knownTime, bars: own }) => own.some((bar) => bar.knownTime !== knownTime));
      expect(strangers).toEqual([]);
      expect(bars.filter(({ barStart, barEnd, knownTime }) => !(barStart < barEnd && barEnd <= knownTime))).toEqual([]);
    });

    it('gives bars of the described instruments and timeframe only', () => {
      const known = new Set(description.instruments.map(({ id }) => id));
      expect(bars.filter((bar) => !known.has(bar.instrumentId) || bar.timeframe !== description.timeframe)).toEqual([]);
    });

    it('gives one bar of an instrument at a time', () => {
      const keys = bars.map(({ instrumentId, timeframe, barStart }) => `${instrumentId} ${timeframe} ${barStart}`);
      expect(new Set(keys).size).toBe(keys.length);
    });

    it('writes prices and volumes as canonical decimals', () => {
      const texts = bars.flatMap(({ open, high, low, close, volume }) => [open, high, low, close, volume]);
      expect(texts.filter((text) => canonicalDecimal(text) !== text)).toEqual([]);
    });

    it('gives positive prices, with open and close between low and high, and no negative volume', () => {
      const inconsistent = bars.map(toNumeric).filter(({ open, high, low, close, volume }) => {
        return !(low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close) && volume >= 0);
      });
      expect(inconsistent).toEqual([]);
    });

    it('gives minutes on the minute, days from open to close, and the segment of the calendar', () => {
      const misplaced = bars.filter((bar) => {
        const calendar = calendarOf(bar);
        const inPlace =
          bar.timeframe === '1m'
            ? bar.barStart % TIMEFRAMES['1m'] === 0 && bar.barEnd === bar.barStart + TIMEFRAMES['1m']
            : calendar.sessionAt(bar.barStart)?.open === bar.barStart &&
              calendar.sessionAt(bar.barStart)?.close === bar.barEnd;
        return !inPlace || calendar.segmentAt(bar.barStart) !== bar.segment;
      });
      expect(misplaced).toEqual([]);
    });

    it('gives nothing outside the years of the calendar', () => {
      const outside = bars.filter(
        (bar) => bar.barStart < calendarOf(bar).validFrom || bar.knownTime >= calendarOf(bar).validUntil,
      );
      expect(outside).toEqual([]);
    });

    it('gives equal batches when it is read twice', async () => {
      expect(await read(makeSource('max'), most)).toEqual(batches);
    });

    it('goes on after an instant as if it had not stopped', async () => {
      const resumeAfter = batches[Math.floor(batches.length / 2)]?.knownTime ?? 0;
      const isLater = ({ knownTime }: SourceBatch) => knownTime > resumeAfter;
      const rest = batches.filter(isLater);
      const resumed = (await read(makeSource('max'), most, resumeAfter)).filter(isLater);
      expect(resumed.slice(0, rest.length)).toEqual(rest);
    });

    it('throws the reason of a signal that is aborted already', async () => {
      const reading = makeSource('max').batches({ signal: AbortSignal.abort(new Error('not today')) });
      await expect(reading[Symbol.asyncIterator]().next()).rejects.toThrow('not today');
    });

    it("stops at once, with the signal's reason, when it is aborted while it waits", async () => {
      const abort = new AbortController();
      const iterator = makeSource(1).batches({ signal: abort.signal })[Symbol.asyncIterator]();
      let next = iterator.next();
      while (await isOver(next)) next = iterator.next();

      const before = performance.now();
      abort.abort(new Error('the day is over'));
      await expect(next).rejects.toThrow('the day is over');
      expect(performance.now() - before).toBeLessThan(1_000);
    });
  });
}

/** Whether the source has answered; one that answers that it has no more never waited, which is told. */
async function isOver(next: Promise<IteratorResult<SourceBatch>>): Promise<boolean> {
  const answer = await Promise.race([next, setTimeout(100, null)]);
  if (answer?.done) throw new Error('the source came to its end without waiting: give it more to read at speed 1');
  return answer !== null;
}

async function read(source: MarketDataSource, most: number, resumeAfter?: number): Promise<SourceBatch[]> {
  const batches: SourceBatch[] = [];
  const { signal } = new AbortController();
  for await (const batch of source.batches(resumeAfter === undefined ? { signal } : { signal, resumeAfter })) {
    batches.push(batch);
    if (batches.length >= most) break;
  }
  return batches;
}

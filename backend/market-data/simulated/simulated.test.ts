import { describe, expect, it } from 'vitest';
import { calendarById } from '../../calendar/index.ts';
import type { SourceBar } from '../bar.ts';
import { recordedInstruments, simulatedInstruments } from '../instruments/bundled.ts';
import type { Timer } from '../pacing.ts';
import { describeSourceContract } from '../source.contract.ts';
import type { MarketDataSource, SourceBatch } from '../source.ts';
import { type SimulatedOptions, simulatedSource } from './simulated.ts';

const xnys = calendarById('XNYS');
const one = simulatedInstruments.slice(0, 1);
const { signal } = new AbortController();

async function take(source: MarketDataSource, count: number, resumeAfter?: number): Promise<SourceBatch[]> {
  const batches: SourceBatch[] = [];
  for await (const batch of source.batches(resumeAfter === undefined ? { signal } : { signal, resumeAfter })) {
    batches.push(batch);
    if (batches.length === count) break;
  }
  return batches;
}

async function bars(options: Partial<SimulatedOptions>, count: number): Promise<SourceBar[]> {
  const batches = await take(simulatedSource({ seed: 7, speed: 'max', ...options }), count);
  return batches.flatMap((batch) => batch.bars);
}

describeSourceContract('the simulated feed', (speed) => simulatedSource({ seed: 7, speed, historySessions: 2 }), 1_200);

describe('the simulated feed', () => {
  it('is SYNTHETIC whatever is asked of it, and named by its seed and its own beginning', async () => {
    const { sourceId, provenance, totalRows } = await simulatedSource({ seed: 7 }).describe();
    expect({ sourceId, provenance, totalRows }).toEqual({
      sourceId: 'simulated-7',
      provenance: 'SYNTHETIC',
      totalRows: null,
    });
    const other = await simulatedSource({ seed: 7, startSession: '2024-03-07' }).describe();
    expect(other.sourceId).toBe('simulated-7-2024-03-07');
  });

  it('has 23 whole sessions of history before its live one, whatever the wall clock says', async () => {
    const { historyEnd } = await simulatedSource({ seed: 7 }).describe();
    const live = xnys.sessionAt(historyEnd);
    expect(historyEnd).toBe(live?.open);
    const [first] = await take(simulatedSource({ seed: 7 }), 1);
    expect(xnys.sessions(first?.knownTime ?? 0, historyEnd).length + 1).toBe(23);
  });

  it('gives equal bars for equal seeds and other bars for others', async () => {
    expect(await bars({}, 50)).toEqual(await bars({}, 50));
    expect(await bars({ seed: 8 }, 50)).not.toEqual(await bars({}, 50));
  });

  it('gives an instrument the same bars whichever others there are, and at every pace', async () => {
    const alone = await bars({ instruments: one }, 800);
    const together = (await bars({}, 800)).filter(({ instrumentId }) => instrumentId === 'sim-a');
    expect(alone.slice(0, together.length)).toEqual(together);
    expect(await bars({ instruments: one, speed: 1_000_000, historySessions: 1 }, 460)).toEqual(alone.slice(0, 460));
  });

  it('puts every price on the grid of its instrument', async () => {
    const coarse = simulatedInstruments.slice(0, 1).map((instrument) => ({ ...instrument, tick: '0.25' }));
    const prices = (await bars({ instruments: coarse }, 500)).flatMap(({ open, high, low, close }) => [
      open,
      high,
      low,
      close,
    ]);
    expect(prices.filter((price) => !/^\d+(\.25|\.5|\.75)?$/.test(price))).toEqual([]);
  });

  it('trades more, and moves more, at both ends of a session than in its middle', async () => {
    const all = await bars({ historySessions: 1 }, 390 * 20);
    const mean = (from: number, until: number, value: (bar: SourceBar) => number) => {
      const chosen = all.filter(({ barStart }) => {
        const minute = (barStart - (xnys.sessionAt(barStart)?.open ?? 0)) / 60_000;
        return minute >= from && minute < until;
      });
      return chosen.reduce((sum, bar) => sum + value(bar), 0) / chosen.length;
    };
    const volume = (bar: SourceBar) => Number(bar.volume);
    const range = (bar: SourceBar) => (Number(bar.high) - Number(bar.low)) / Number(bar.open);
    for (const value of [volume, range]) {
      expect(mean(0, 30, value)).toBeGreaterThan(1.3 * mean(180, 210, value));
      expect(mean(360, 390, value)).toBeGreaterThan(1.3 * mean(180, 210, value));
    }
  });

  it('has minutes without a bar, halts and overnight gaps', async () => {
    const all = await bars({ instruments: one }, 390 * 60);
    const sameSession = (a: SourceBar, b: SourceBar) =>
      xnys.sessionDateOf(a.barStart) === xnys.sessionDateOf(b.barStart);
    const pairs = all.slice(1).map((bar, index) => ({ before: all[index] ?? bar, bar }));
    const pauses = pairs
      .filter(({ before, bar }) => sameSession(before, bar))
      .map(({ before, bar }) => bar.barStart - before.barEnd);
    expect(pauses.filter((pause) => pause > 0 && pause <= 120_000).length).toBeGreaterThan(0);
    expect(pauses.filter((pause) => pause >= 5 * 60_000).length).toBeGreaterThan(0);

    const halted = pairs.filter(({ bar }) => bar.haltedMs !== undefined);
    expect(halted.length).toBeGreaterThan(0);
    for (const { before, bar } of halted) {
      expect(bar.haltedMs).toBeGreaterThanOrEqual(5 * 60_000);
      expect(bar.haltedMs).toBeLessThanOrEqual(bar.barStart - before.barEnd);
    }

    const nights = pairs.filter(({ before, bar }) => !sameSession(before, bar));
    const gaps = nights.map(({ before, bar }) => Math.abs(Number(bar.open) / Number(before.close) - 1));
    expect(nights.length).toBeGreaterThan(50);
    expect(gaps.filter((gap) => gap > 0.003).length).toBeGreaterThan(10);
  });

  it('keeps half days', async () => {
    const all = await bars({ instruments: one, startSession: '2026-11-27', historySessions: 1 }, 230);
    const last = all.findLast(({ barStart }) => xnys.sessionDateOf(barStart) === '2026-11-27');
    expect(last?.barEnd).toBeLessThanOrEqual(Date.parse('2026-11-27T18:00:00Z'));
    expect(all.at(-1)?.barStart).toBeGreaterThanOrEqual(Date.parse('2026-11-30T14:30:00Z'));
  });

  it('can be of a market that never closes', async () => {
    const coins = recordedInstruments.filter(({ calendar }) => calendar === '24x7');
    const all = await bars({ instruments: coins, startSession: '2026-11-21' }, 1_500);
    expect(new Set(all.map(({ barStart }) => new Date(barStart).toISOString().slice(0, 10)))).toEqual(
      new Set(['2026-11-21', '2026-11-22']),
    );
  });

  it('gives its history and an hour of its live session at once and waits only then, leaping over the night', async () => {
    const sleeps: number[] = [];
    let now = 0;
    const timer: Timer = {
      now: () => now,
      sleep: async (ms) => {
        sleeps.push(ms);
        now += ms;
      },
    };
    const source = simulatedSource({ seed: 7, historySessions: 1, timer });
    const batches = await take(source, 390 * 3);
    const slowFrom = (await source.describe()).historyEnd + 60 * 60_000;
    const live = batches.filter(({ knownTime }) => knownTime > slowFrom + 1_000);
    expect(sleeps).toHaveLength(live.length - 1);
    expect(new Set(sleeps)).toEqual(new Set([1_000]));
    expect((live.at(-1)?.knownTime ?? 0) - slowFrom).toBeGreaterThan(24 * 3_600_000);
  });

  it('goes on at its pace after a restart', async () => {
    const sleeps: number[] = [];
    const timer: Timer = { now: () => sleeps.length * 1_000, sleep: async (ms) => void sleeps.push(ms) };
    const source = simulatedSource({ seed: 7, historySessions: 1, timer });
    const resumeAfter = (await source.describe()).historyEnd + 90 * 60_000 + 1_000;
    const [first, second] = await take(source, 2, resumeAfter);
    expect(first?.knownTime).toBe(resumeAfter + 60_000);
    expect(second?.knownTime).toBe(resumeAfter + 120_000);
    expect(sleeps).toEqual([1_000]);
  });

  it('says so when the calendar comes to its end', async () => {
    const source = simulatedSource({
      seed: 7,
      speed: 'max',
      instruments: one,
      startSession: '2028-12-26',
      historySessions: 1,
    });
    const seen: SourceBatch[] = [];
    const reading = (async () => {
      for await (const batch of source.batches({ signal })) seen.push(batch);
    })();
    await expect(reading).rejects.toThrow(
      'the simulated feed has come to the end of calendar XNYS, "2029-01-01T05:00:00.000Z"',
    );
    expect(xnys.sessionDateOf(seen.at(-1)?.bars[0]?.barStart ?? 0)).toBe('2028-12-29');
  });

  it.each<[string, Partial<SimulatedOptions>, string]>([
    ['a seed that is negative', { seed: -1 }, 'seed is "-1", expected a whole number from 0 to 4294967295'],
    ['a seed that is no whole number', { seed: 0.5 }, 'seed is "0.5", expected a whole number'],
    ['a speed below 1', { speed: 0 }, '--speed is "0", expected a whole number from 1'],
    ['no instruments', { instruments: [] }, '--instruments is "", expected at least one, and all of one calendar'],
    [
      'instruments of two calendars',
      { instruments: recordedInstruments },
      'expected at least one, and all of one calendar',
    ],
    [
      'a first session on a holiday',
      { startSession: '2026-11-26' },
      'startSession is "2026-11-26", expected a date (YYYY-MM-DD) with a session of calendar XNYS',
    ],
    ['a first session in words', { startSession: 'today' }, 'startSession is "today", expected a date'],
    [
      'a first session outside the calendar',
      { startSession: '2040-01-03' },
      'startSession is "2040-01-03", expected a date',
    ],
    ['no session of history', { historySessions: 0 }, 'historySessions is "0", expected a whole number from 1'],
    [
      'more history than the calendar has',
      { historySessions: 9_999 },
      'historySessions is "9999", expected a whole number from 1',
    ],
  ])('refuses %s', (_case, options, message) => {
    expect(() => simulatedSource({ seed: 7, ...options })).toThrow(message);
  });
});

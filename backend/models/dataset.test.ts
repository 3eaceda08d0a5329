import { describe, expect, it } from 'vitest';
import { calendarById } from '../calendar/index.ts';
import { FeatureEngine } from '../features/feature-engine.ts';
import { label } from '../outcomes/label.ts';
import { labelSpecFor } from '../outcomes/label-spec.ts';
import { SIDES } from '../outcomes/plan.ts';
import { walkingInstruments } from './bars.fixture.ts';
import { EXIT_REASONS } from './columns.ts';
import { buildDataset, type InstrumentBars } from './dataset.ts';
import { at } from './numeric.ts';

const spec = labelSpecFor('1m', 'XNYS');
const instruments = walkingInstruments({ seed: 1, sessions: 3, trend: 0 });
const dataset = await buildDataset({ instruments, spec });

describe('buildDataset', () => {
  it('holds the vectors of the feature engine and the labels of the settlement machine', () => {
    const one = instruments[0] as InstrumentBars;
    const engine = new FeatureEngine({ timeframe: '1m' });
    let row = 0;
    one.bars.forEach((bar, decisionIndex) => {
      const vector = engine.update('one', bar, one.calendar);
      while (row < dataset.n && dataset.instrument[row] !== 0) row++;
      if (vector === null || dataset.decisionTime[row] !== bar.knownTime) return;
      expect([...dataset.x.subarray(row * dataset.k, (row + 1) * dataset.k)]).toEqual([...vector.values]);
      for (const side of SIDES) {
        const expected = label({ ...one, decisionIndex, atr: vector.atr, side, spec });
        const { y, r, exit, spanEnd } = dataset.sides[side];
        expect(y[row]).toBe(expected?.label === 1 ? 1 : 0);
        expect(expected).toMatchObject({
          exitReason: EXIT_REASONS[at(exit, row)],
          netR: r[row],
          spanEnd: spanEnd[row],
        });
      }
      row++;
    });
    expect(row).toBeGreaterThan(700);
  });

  it('is sorted by time and then instrument, whatever the order in which the instruments are given', async () => {
    for (let row = 1; row < dataset.n; row++) {
      const later = at(dataset.decisionTime, row) - at(dataset.decisionTime, row - 1);
      expect(later > 0 || (later === 0 && at(dataset.instrument, row) > at(dataset.instrument, row - 1))).toBe(true);
    }
    expect(await buildDataset({ instruments: instruments.toReversed(), spec })).toEqual(dataset);
  });

  it('knows from which to which bar each label looked, and never beyond its horizon', () => {
    for (const side of SIDES) {
      const { spanFrom, spanTo, spanEnd } = dataset.sides[side];
      for (let row = 0; row < dataset.n; row++) {
        const { bars } = instruments[at(dataset.instrument, row)] as InstrumentBars;
        expect(bars[at(spanFrom, row) - 1]?.knownTime).toBe(dataset.decisionTime[row]);
        expect(bars[at(spanTo, row)]?.knownTime).toBe(spanEnd[row]);
        expect(at(spanEnd, row)).toBeLessThanOrEqual(at(dataset.horizonEnd, row));
      }
    }
  });

  it('drops every decision whose horizon the history does not cover, also those with a quick end', async () => {
    const cut = instruments.map((instrument) => ({ ...instrument, bars: instrument.bars.slice(0, -200) }));
    const shorter = await buildDataset({ instruments: cut, spec });
    // Published 50 ms after it is known, entered within 5 minutes, held 60: the last 66 decisions of each of the two.
    expect(shorter.excluded.unfinished).toBe(2 * 66);
    expect(shorter.historyEnd).toBe(cut[0]?.bars.at(-1)?.knownTime);
    expect(Math.max(...shorter.horizonEnd)).toBeLessThanOrEqual(shorter.historyEnd);
    expect(Math.max(...shorter.decisionTime)).toBeLessThan(shorter.historyEnd - 64 * 60_000);
  });

  it('drops and counts the decisions of the last minute, which nobody could have entered', () => {
    const sessionsWithDecisions = 2;
    expect(dataset.excluded.untriggered).toBeGreaterThanOrEqual(2 * sessionsWithDecisions);
    const last = instruments[0]?.bars.at(-1)?.knownTime ?? 0;
    expect(dataset.decisionTime.includes(last)).toBe(false);
  });

  it('counts samples behind a missing minute', async () => {
    const gap = instruments.map((instrument) => ({ ...instrument, bars: instrument.bars.filter((_, i) => i !== 500) }));
    expect(dataset.withGap).toBe(0);
    expect((await buildDataset({ instruments: gap, spec })).withGap).toBe(2 * 60);
  });

  it('refuses instruments of two calendars, and none at all', async () => {
    const mixed = instruments.map((instrument, i) =>
      i === 0 ? instrument : { ...instrument, calendar: calendarById('24x7') },
    );
    await expect(buildDataset({ instruments: mixed, spec })).rejects.toThrow(
      'calendar of two is "24x7", expected XNYS, as of one: a model has one calendar',
    );
    await expect(buildDataset({ instruments: [], spec })).rejects.toThrow('instruments is "", expected at least one');
  });

  it('tells its progress up to the last bar', async () => {
    const seen: number[] = [];
    await buildDataset({ instruments, spec, onProgress: (done, total) => seen.push(done / total) });
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });
});

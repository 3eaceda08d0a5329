import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarById } from '../../calendar/index.ts';
import type { FeedBar } from './feed.ts';
import { type Gap, Sequencer } from './sequencer.ts';

const xnys = calendarById('XNYS');
const open = Date.parse('2026-11-27T14:30:00Z');
const MINUTE = 60_000;

/** The bar of a minute after the open of a half day. */
function bar(minute: number, close = '100.5', instrumentId = 'sim-a'): FeedBar {
  const barStart = open + minute * MINUTE;
  const span = { barStart, barEnd: barStart + MINUTE };
  return {
    instrumentId,
    timeframe: '1m',
    ...span,
    segment: xnys.segmentAt(barStart),
    open: '100',
    high: '101',
    low: '99',
    close,
    volume: '10',
  };
}

function sequencer(): Sequencer {
  return new Sequencer({ calendarOf: () => xnys, barLength: MINUTE });
}

const minutes = (bars: readonly FeedBar[]): number[] => bars.map(({ barStart }) => (barStart - open) / MINUTE);
const spans = (gaps: readonly Gap[]): number[][] =>
  gaps.map(({ from, until }) => [(from - open) / MINUTE, (until - open) / MINUTE]);

describe('the sequencer', () => {
  it('lets bars through that follow each other and drops a mere repeat', () => {
    const lanes = sequencer();
    expect(minutes(lanes.accept(bar(0)).ready)).toEqual([0]);
    expect(minutes(lanes.accept(bar(1)).ready)).toEqual([1]);
    expect(lanes.accept(bar(1))).toEqual({ ready: [], gaps: [] });
  });

  it('takes a correction, and not what it replaced when that comes again, unless it is said on purpose', () => {
    const lanes = sequencer();
    lanes.accept(bar(0));
    expect(lanes.accept(bar(0, '100.8'), { newest: true }).ready).toEqual([bar(0, '100.8')]);
    expect(lanes.accept(bar(0)).ready).toEqual([]);
    expect(lanes.covered(['sim-a'], open + MINUTE, [bar(0)]).ready).toEqual([]);
    expect(lanes.accept(bar(0), { newest: true }).ready).toEqual([bar(0)]);
    expect(lanes.accept(bar(0), { newest: true }).ready).toEqual([]);
  });

  it('keeps the correction of a bar that is held, when an answer from before it comes', () => {
    const lanes = sequencer();
    lanes.accept(bar(0));
    lanes.accept(bar(3));
    lanes.accept(bar(3, '100.8'), { newest: true });
    const back = lanes.covered(['sim-a'], open + 4 * MINUTE, [bar(1), bar(2), bar(3)]);
    expect(back.ready.map(({ close }) => close)).toEqual(['100.5', '100.5', '100.8']);
  });

  it('holds what comes after a gap until the missing bar arrives', () => {
    const lanes = sequencer();
    lanes.accept(bar(0));
    const after = lanes.accept(bar(3));
    expect(minutes(after.ready)).toEqual([]);
    expect(spans(after.gaps)).toEqual([[1, 3]]);
    expect(minutes(lanes.accept(bar(2)).ready)).toEqual([]);
    expect(minutes(lanes.accept(bar(1)).ready)).toEqual([1, 2, 3]);
    expect(lanes.openGaps()).toEqual([]);
  });

  it('goes on when the back-fill knows no bar of a minute: nothing was traded then', () => {
    const lanes = sequencer();
    lanes.accept(bar(0));
    const [gap] = lanes.accept(bar(3)).gaps;
    if (gap === undefined) throw new Error('no gap was found');
    expect(minutes(lanes.filled(gap, [bar(1)]).ready)).toEqual([1, 3]);
  });

  it('tells the gap behind a gap when the first one is filled by what was traded', () => {
    const lanes = sequencer();
    lanes.accept(bar(0));
    const [gap] = lanes.accept(bar(3)).gaps;
    lanes.accept(bar(6));
    if (gap === undefined) throw new Error('no gap was found');
    const filled = lanes.filled(gap, [bar(1), bar(2)]);
    expect(minutes(filled.ready)).toEqual([1, 2, 3]);
    expect(spans(filled.gaps)).toEqual([[4, 6]]);
    expect(spans(lanes.openGaps())).toEqual([[4, 6]]);
  });

  it('finds the missing first minutes of a session, and nothing missing over a night', () => {
    const close = xnys.sessionOn('2026-11-25')?.close ?? 0;
    const lanes = sequencer();
    lanes.covered(['sim-a'], close, []);
    expect(spans(lanes.accept(bar(2)).gaps)).toEqual([[0, 2]]);
    const other = sequencer();
    other.covered(['sim-a'], close, []);
    expect(minutes(other.accept(bar(0)).ready)).toEqual([0]);
  });

  it('lets a correction and a late bar through at once', () => {
    const lanes = sequencer();
    lanes.accept(bar(0));
    lanes.accept(bar(1));
    expect(lanes.accept(bar(0, '100.7')).ready.map(({ close }) => close)).toEqual(['100.7']);
  });

  it('finds no gap in a halt', () => {
    const lanes = sequencer();
    lanes.accept(bar(0));
    lanes.halted('sim-a', open + MINUTE);
    lanes.resumed('sim-a', open + 5 * MINUTE);
    expect(minutes(lanes.accept(bar(5)).ready)).toEqual([5]);
    expect(spans(lanes.accept(bar(7)).gaps)).toEqual([[6, 7]]);
  });

  it('tells the first bar after a halt how much trading time it took, whatever was asked for meanwhile', () => {
    const lanes = sequencer();
    lanes.accept(bar(0));
    expect(lanes.accept(bar(1)).ready[0]).not.toHaveProperty('haltedMs');
    lanes.halted('sim-a', open + 2.5 * MINUTE);
    lanes.covered(['sim-a'], open + 4 * MINUTE, []);
    lanes.resumed('sim-a', open + 7.5 * MINUTE);
    const [gap] = lanes.accept(bar(8)).gaps;
    if (gap === undefined) throw new Error('no gap was found');
    expect(lanes.filled(gap, []).ready).toMatchObject([{ barStart: open + 8 * MINUTE, haltedMs: 5 * MINUTE }]);
    expect(lanes.accept(bar(9)).ready[0]).not.toHaveProperty('haltedMs');
  });

  it('counts of a halt over night only what was session, and none of it twice', () => {
    const [last, first] = [bar(0, '100', 'sim-a'), bar(0)];
    const before = (xnys.sessionOn('2026-11-25')?.close ?? 0) - 3 * MINUTE;
    const lanes = sequencer();
    lanes.accept({ ...last, barStart: before, barEnd: before + MINUTE });
    lanes.halted('sim-a', before + MINUTE);
    lanes.resumed('sim-a', open + 1 * MINUTE);
    expect(lanes.accept({ ...first, barStart: open + MINUTE, barEnd: open + 2 * MINUTE }).ready).toMatchObject([
      { haltedMs: 3 * MINUTE },
    ]);
  });

  it('holds everything new after an interruption until it is told what came in between, and corrections of before', () => {
    const lanes = sequencer();
    for (const minute of [0, 1]) lanes.accept(bar(minute));
    lanes.interrupted();
    expect(lanes.accept(bar(5))).toEqual({ ready: [], gaps: [] });
    expect(lanes.accept(bar(1, '100.9')).ready.map(({ close }) => close)).toEqual(['100.9']);
    lanes.continued();
    const back = lanes.covered(['sim-a'], open + 5 * MINUTE, [bar(0), bar(1, '100.8'), bar(2), bar(4)]);
    expect(back.ready.map(({ barStart, close }) => [(barStart - open) / MINUTE, close])).toEqual([
      [1, '100.8'],
      [2, '100.5'],
      [4, '100.5'],
      [5, '100.5'],
    ]);
    expect(back.gaps).toEqual([]);
  });

  it('asks once for an instrument that fell behind the others, which no later bar of it would show', () => {
    const lanes = sequencer();
    lanes.covered(['sim-a', 'sim-b'], open, []);
    for (const minute of [0, 1, 2]) lanes.accept(bar(minute));
    expect(lanes.lagging()).toEqual([{ instrumentId: 'sim-b', from: open, until: open + 2 * MINUTE }]);
    expect(lanes.lagging()).toEqual([]);
    const [gap] = lanes.openGaps();
    if (gap === undefined) throw new Error('no gap is open');
    expect(minutes(lanes.filled(gap, [bar(1, '100.5', 'sim-b')]).ready)).toEqual([1]);
    expect(lanes.openGaps()).toEqual([]);
  });

  it('does not ask for one that is halted', () => {
    const lanes = sequencer();
    lanes.covered(['sim-a', 'sim-b'], open, []);
    lanes.halted('sim-b', open);
    for (const minute of [0, 1, 2, 3, 4]) lanes.accept(bar(minute));
    expect(lanes.lagging()).toEqual([]);
    lanes.resumed('sim-b', open + 5 * MINUTE);
    for (const minute of [5, 6, 7, 8]) lanes.accept(bar(minute));
    expect(lanes.lagging()).toEqual([{ instrumentId: 'sim-b', from: open + 5 * MINUTE, until: open + 8 * MINUTE }]);
  });

  it('asks for all since the halt when a bar comes and the word that trading goes on was lost', () => {
    const lanes = sequencer();
    lanes.accept(bar(0));
    lanes.halted('sim-a', open + MINUTE);
    expect(spans(lanes.accept(bar(9)).gaps)).toEqual([[1, 9]]);
  });

  it('finds that the last bars of a session are missing when the next one begins', () => {
    const lanes = sequencer();
    const [today] = xnys.sessions(open, open + 1);
    const close = today?.close ?? 0;
    const tomorrow = xnys.nextOpen(close);
    lanes.covered(['sim-a'], close - 2 * MINUTE, []);
    const first = lanes.accept(bar((tomorrow - open) / MINUTE));
    expect(first.ready).toEqual([]);
    expect(first.gaps).toEqual([{ instrumentId: 'sim-a', from: close - 2 * MINUTE, until: tomorrow }]);
  });

  it('finds a gap behind what was covered', () => {
    const lanes = sequencer();
    lanes.accept(bar(0));
    lanes.interrupted();
    lanes.accept(bar(6));
    lanes.continued();
    const back = lanes.covered(['sim-a'], open + 5 * MINUTE, [bar(1)]);
    expect(minutes(back.ready)).toEqual([1]);
    expect(spans(back.gaps)).toEqual([[5, 6]]);
  });

  it('holds one instrument and not the others', () => {
    const lanes = sequencer();
    lanes.accept(bar(0));
    lanes.accept(bar(0, '100.5', 'sim-b'));
    expect(lanes.accept(bar(2)).ready).toEqual([]);
    expect(minutes(lanes.accept(bar(1, '100.5', 'sim-b')).ready)).toEqual([1]);
  });

  it('gives a clean day, whatever was dropped, doubled or swapped on the way, once the gaps are filled', () => {
    const arrivals = fc.array(
      fc.record({ drop: fc.boolean(), twice: fc.boolean(), delay: fc.integer({ min: 0, max: 4 }) }),
      { minLength: 2, maxLength: 60 },
    );
    fc.assert(
      fc.property(arrivals, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (plan, fillNow) => {
        const day = plan.map((_, minute) => bar(minute));
        const lanes = sequencer();
        const seen: FeedBar[] = [...lanes.accept(bar(0)).ready];
        const open: Gap[] = [];
        const fill = (gap: Gap): void => {
          const answer = lanes.filled(
            gap,
            day.filter(({ barStart }) => barStart >= gap.from && barStart < gap.until),
          );
          seen.push(...answer.ready);
          open.push(...answer.gaps);
        };
        const order = day
          .flatMap((arrived, minute) => {
            const { drop, twice, delay } = plan[minute] ?? { drop: false, twice: false, delay: 0 };
            const last = minute === day.length - 1;
            const once = { arrived, at: minute + (last ? 9 : delay) };
            return drop && !last ? [] : twice ? [once, { arrived, at: minute + 8 }] : [once];
          })
          .sort((a, b) => a.at - b.at);
        for (const [index, { arrived }] of order.entries()) {
          const { ready, gaps } = lanes.accept(arrived);
          seen.push(...ready);
          open.push(...gaps);
          if (fillNow[index % fillNow.length] === true) for (const gap of open.splice(0)) fill(gap);
        }
        for (let gap = lanes.openGaps()[0]; gap !== undefined; gap = lanes.openGaps()[0]) fill(gap);
        expect(minutes(seen)).toEqual(day.map((_, minute) => minute));
      }),
      { numRuns: 300 },
    );
  });
});

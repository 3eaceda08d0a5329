import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bar, toNumeric } from '../market-data/bar.ts';
import { HALF_DAY, local, signalOf, xnys } from './bars.fixture.ts';
import { label } from './label.ts';
import { type LabelSpec, labelSpecs } from './label-spec.ts';
import type { Side } from './plan.ts';
import { type OpenSignal, Settlement, type StateChange } from './settlement.ts';

// Random minutes with gaps, jumps and wide bars, from PRE time over the session's close: everything in whole ticks of 0.01.
const step = fc.record({
  missing: fc.boolean().chain((some) => (some ? fc.integer({ min: 0, max: 9 }) : fc.constant(0))),
  jump: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -6, max: 6 }) },
    { weight: 1, arbitrary: fc.integer({ min: -90, max: 90 }) },
  ),
  up: fc.integer({ min: 0, max: 12 }),
  down: fc.integer({ min: 0, max: 12 }),
  close: fc.double({ min: 0, max: 1, noNaN: true }),
  volume: fc.integer({ min: 0, max: 50_000 }),
  // Of the minutes that are missing before it.
  halted: fc.boolean(),
  split: fc.oneof({ weight: 30, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constantFrom(2, 4, 0.5) }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const starts = fc.constantFrom(local('10:00'), local('09:20'), local('15:20'), local('12:15', HALF_DAY));
const walk = fc
  .tuple(starts, fc.array(step, { minLength: 30, maxLength: 110, size: 'max' }))
  .map(([start, steps]) => barsOf(start, steps));
/** The same with a split in the midst of trading, where no calendar would have them. */
const splitWalk = fc
  .tuple(starts, fc.array(step, { minLength: 30, maxLength: 110, size: 'max' }))
  .map(([start, steps]) => barsOf(start, steps, 'spy', true));
const decisions = fc.array(
  fc.record({
    place: fc.double({ min: 0, max: 0.7, noNaN: true }),
    side: fc.constantFrom<Side>('LONG', 'SHORT'),
    atr: fc.constantFrom(0.02, 0.05, 0.1, 0.3, 1),
  }),
  { minLength: 1, maxLength: 6 },
);
type Decision = typeof decisions extends fc.Arbitrary<(infer T)[]> ? T : never;

function barsOf(start: number, steps: readonly Step[], instrumentId = 'spy', splits = false): Bar[] {
  let barStart = start;
  let last = 10_000;
  let scale = 1;
  return steps.map(({ missing, jump, up, down, close, volume, halted, split }, index) => {
    const skipped = Math.max(0, missing - 5);
    barStart += (1 + skipped) * 60_000;
    // One at most: a price of a few cents leaves no room for a stop.
    if (splits && scale === 1) scale = split;
    const open = last + jump;
    const [high, low] = [open + up, open - down];
    last = low + Math.round((high - low) * close);
    const [o, h, l, c] = [open, high, low, last].map((ticks) => String(ticks / 100 / scale));
    return {
      instrumentId,
      timeframe: '1m',
      barStart,
      barEnd: barStart + 60_000,
      knownTime: barStart + 60_000,
      segment: xnys.segmentAt(barStart),
      open: o ?? '',
      high: h ?? '',
      low: l ?? '',
      close: c ?? '',
      volume: String(volume),
      priceScale: String(scale),
      haltedMs: halted ? skipped * 60_000 : 0,
      revision: 0,
      ingestSeq: index,
      sourceId: 'property',
    };
  });
}

type Placed = { readonly index: number; readonly open: OpenSignal };

function place(bars: readonly Bar[], wanted: readonly Decision[], spec: LabelSpec = labelSpecs['1m']): Placed[] {
  return wanted
    .map((decision, number) => ({ ...decision, id: `s${number}`, index: Math.floor(decision.place * bars.length) }))
    .sort((a, b) => a.index - b.index)
    .flatMap(({ id, side, atr, index }) => {
      const bar = bars[index];
      if (bar === undefined) return [];
      const { instrumentId, barStart, knownTime } = bar;
      return [
        {
          index,
          open: signalOf({
            id,
            side,
            atr,
            spec,
            instrumentId,
            knownTime,
            decisionBarStart: barStart,
            close: toNumeric(bar).close,
            priceScale: bar.priceScale,
          }),
        },
      ];
    });
}

/** As the engine does it: settlement takes the bar first, then the signals decided on it are opened. */
function run(bars: readonly Bar[], placed: readonly Placed[], settlement = new Settlement()): StateChange[] {
  return bars.flatMap((bar, index) => {
    const changes = settlement.onBar(bar);
    for (const { open } of placed.filter((one) => one.index === index)) settlement.open(open);
    return changes;
  });
}

describe('labels and settlement', () => {
  it('agree on every decision, whatever the bars', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.oneof(walk, splitWalk), decisions, (bars, [decision]) => {
        if (decision === undefined) return;
        const [placed] = place(bars, [decision]);
        if (placed === undefined) return;
        const { atr, side } = decision;
        const numbers = bars.map(toNumeric);
        const found = label({
          bars: numbers,
          decisionIndex: placed.index,
          atr,
          side,
          spec: labelSpecs['1m'],
          tick: '0.01',
          calendar: xnys,
        });
        const last = run(bars, [placed]).at(-1);
        const settled = last?.type === 'TRIGGERED' ? undefined : last;

        seen.add(found?.exitReason ?? 'none');
        expect(settled?.type).toBe(found?.exitReason);
        expect(settled?.occurredAt).toBe(found?.spanEnd);
        if (found === null || found.label === null) {
          expect(settled?.outcome).toBeUndefined();
          return;
        }
        expect(settled?.outcome).toMatchObject({
          label: found.label,
          ambiguous: found.ambiguous,
          settledAt: found.spanEnd,
        });
        expect(Number(settled?.outcome?.grossR)).toBeCloseTo(found.grossR, 3);
        expect(Number(settled?.outcome?.netR)).toBeCloseTo(found.netR, 3);
      }),
      { numRuns: 600 },
    );
    expect([...seen].sort()).toEqual(
      ['EXPIRED_UNTRIGGERED', 'SESSION_CLOSE', 'STOP_HIT', 'TARGET_HIT', 'TIME_EXIT', 'none'].sort(),
    );
  });
});

describe('settlement', () => {
  it('never changes what it said when later bars come', () => {
    fc.assert(
      fc.property(walk, decisions, fc.double({ min: 0, max: 1, noNaN: true }), (bars, wanted, cut) => {
        const placed = place(bars, wanted);
        const end = Math.floor(cut * bars.length);
        const early = run(bars.slice(0, end), placed);
        expect(run(bars, placed).slice(0, early.length)).toEqual(early);
        // The same with other prices from there on.
        const other = bars.map((bar, index) =>
          index < end ? bar : { ...bar, open: '1', high: '900', low: '1', close: '2' },
        );
        expect(run(other, placed).slice(0, early.length)).toEqual(early);
      }),
    );
  });

  it('gives the same changes when it is stopped after any bar and restored', () => {
    fc.assert(
      fc.property(walk, decisions, fc.array(fc.nat({ max: 80 }), { maxLength: 3 }), (made, wanted, rewrites) => {
        const placed = place(made, wanted);
        const bars = withRewrites(made, rewrites, placed);
        const whole = run(bars, placed);
        for (let stop = 1; stop < bars.length; stop++) {
          const before = run(bars.slice(0, stop), placed);
          const ended = new Set(before.filter(({ type }) => type !== 'TRIGGERED').map(({ signalId }) => signalId));
          const settlement = new Settlement();
          for (const { index, open } of placed) {
            if (index >= stop || ended.has(open.id)) continue;
            const again = settlement.restore(open, bars.slice(index + 1, stop));
            expect(again).toEqual(before.filter(({ signalId }) => signalId === open.id));
          }
          const rest = placed.map(({ index, open }) => ({ index: index - stop, open }));
          expect([...before, ...run(bars.slice(stop), rest, settlement)]).toEqual(whole);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('mirrors LONG and SHORT when prices are mirrored', () => {
    const { costs } = labelSpecs['1m'];
    // Slippage is a share of the price, so it cannot mirror; the spread does.
    const spec = { ...labelSpecs['1m'], costs: { ...costs, slippage: { ...costs.slippage, priceImpact: 0 } } };
    fc.assert(
      fc.property(walk, decisions, (bars, wanted) => {
        const there = run(bars, place(bars, wanted, spec), new Settlement(() => spec));
        const mirrored = bars.map(mirror);
        const turned = wanted.map((one): Decision => ({ ...one, side: one.side === 'LONG' ? 'SHORT' : 'LONG' }));
        const back = run(mirrored, place(mirrored, turned, spec), new Settlement(() => spec));
        expect(back.map(withoutPrices)).toEqual(there.map(withoutPrices));
      }),
    );
  });

  it('gives each signal the same end in whatever order the instruments of a minute come', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 20, maxLength: 60 }),
        fc.array(step, { minLength: 20, maxLength: 60 }),
        decisions,
        (a, b, wanted) => {
          const spy = barsOf(local('10:00'), a);
          const qqq = barsOf(local('10:00'), b, 'qqq');
          const opened = [
            ...place(spy, wanted),
            ...place(qqq, wanted).map(({ index, open }) => ({ index, open: { ...open, id: `q${open.id}` } })),
          ];
          const ends = (first: readonly Bar[], second: readonly Bar[]): Map<string, StateChange[]> => {
            const bars = [...first, ...second].sort((x, y) => x.knownTime - y.knownTime);
            const placed = opened.map(({ open }) => {
              const { instrumentId, decisionBarStart } = open;
              return {
                open,
                index: bars.findIndex((bar) => bar.instrumentId === instrumentId && bar.barStart === decisionBarStart),
              };
            });
            return Map.groupBy(run(bars, placed), ({ signalId }) => signalId);
          };
          expect(ends(spy, qqq)).toEqual(ends(qqq, spy));
        },
      ),
    );
  });
});

/** Sends bars again, corrected, five places after their own; decisions stay where they are. */
function withRewrites(bars: readonly Bar[], places: readonly number[], placed: readonly Placed[]): Bar[] {
  const decided = new Set(placed.map(({ index }) => index));
  return bars.map((bar, index) => {
    const old = bars[index - 5];
    return old !== undefined && places.includes(index) && !decided.has(index)
      ? { ...old, revision: 1, knownTime: bar.knownTime }
      : bar;
  });
}

function mirror(bar: Bar): Bar {
  const turn = (price: string): string => String((20_000 - Math.round(Number(price) * 100)) / 100);
  return { ...bar, open: turn(bar.open), high: turn(bar.low), low: turn(bar.high), close: turn(bar.close) };
}

function withoutPrices({ signalId, type, occurredAt, outcome }: StateChange): unknown {
  if (outcome === undefined) return { signalId, type, occurredAt };
  const { entryFill: _entry, exitFill: _exit, dataHash: _hash, ...rest } = outcome;
  return { signalId, type, occurredAt, ...rest };
}

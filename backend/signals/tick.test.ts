import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Bar } from '../market-data/bar.ts';
import { decimalOf } from '../market-data/decimal.ts';
import type { StoredModel } from '../models/registry.ts';
import { randomOf } from '../platform/random.ts';
import { asStored, contextOf, freshState, inventMarket, type TestMarket, trainOn } from '../testing/market.ts';
import type { EngineContext } from './engine-context.ts';
import { parseSignalEvent } from './signal-event.ts';
import { type TickResult, type TickState, tick } from './tick.ts';

let market: TestMarket;
let model: StoredModel;
let context: EngineContext;
let history: Bar[];
let live: Bar[];
beforeAll(async () => {
  market = await inventMarket({ historySessions: 4, liveSessions: 1 });
  model = await trainOn(market);
  context = contextOf(market.source);
  history = asStored(market.source, market.history);
  live = asStored(market.source, market.live, history.length + 1);
});

/** An engine at the end of the history. */
function warmState(): TickState {
  const state = freshState(context, model);
  for (const bar of history) tick(state, bar);
  return state;
}

const run = (bars: readonly Bar[], state = warmState()): TickResult[] => bars.map((bar) => tick(state, bar));
const bodiesOf = (results: readonly TickResult[]): string[] =>
  results.flatMap(({ events }) => events.map(({ body }) => body));

describe('tick', () => {
  it('says the same to the same bars, byte for byte', () => {
    const bodies = bodiesOf(run(live));
    expect(bodies.length).toBeGreaterThan(50);
    expect(bodiesOf(run(live))).toEqual(bodies);
  });

  it('answers one more bar alike from two states that were built alike, and leaves both alike', () => {
    for (const at of [1, 150, 300, 500, 700]) {
      const [one, other] = [warmState(), warmState()];
      run(live.slice(0, at), one);
      run(live.slice(0, at), other);
      const bar = live[at] as Bar;
      expect(tick(one, bar)).toEqual(tick(other, bar));
      expect([...one.engine.open]).toEqual([...other.engine.open]);
      expect(run(live.slice(at + 1), one)).toEqual(run(live.slice(at + 1), other));
    }
  });

  it('plans in the prices of the day for a share that was split before, whatever scale its features have', () => {
    const scaled = (bars: readonly Bar[]) =>
      bars.map((bar) => ({ ...bar, priceScale: '8', volume: String(Number(bar.volume) * 8) }));
    const state = freshState(context, model);
    run(scaled(history), state);
    const [found, plain] = [run(scaled(live), state), run(live)].map((ticks) =>
      ticks.flatMap(({ published }) => published),
    );
    const planOf = ({ plan, volatility, decisionBarStart, featuresSnapshot }: (typeof plainSignals)[number]) => {
      return { plan, volatility, decisionBarStart, values: featuresSnapshot.values };
    };
    const plainSignals = plain ?? [];
    expect(plainSignals.length).toBeGreaterThan(20);
    expect(found?.map(planOf)).toEqual(plainSignals.map(planOf));
    expect(new Set(found?.map(({ priceScale }) => priceScale))).toEqual(new Set(['8']));
    expect(plainSignals.every((signal) => !('priceScale' in signal))).toBe(true);
  });

  it('asks neither the clock nor chance', () => {
    const state = warmState();
    const spies = [
      vi.spyOn(Date, 'now'),
      vi.spyOn(Math, 'random'),
      vi.spyOn(performance, 'now'),
      vi.spyOn(crypto, 'randomUUID'),
    ];
    const bodies = bodiesOf(run(live, state));
    const calls = spies.map((spy) => spy.mock.calls.length);
    vi.restoreAllMocks();
    expect(bodies.length).toBeGreaterThan(50);
    expect(calls).toEqual([0, 0, 0, 0]);
  });

  it('tells what became of earlier signals before it makes a new one', () => {
    const mixed = run(live).filter(({ changes, published }) => changes.length > 0 && published.length > 0);
    expect(mixed.length).toBeGreaterThan(0);
    for (const { events, changes, published } of mixed) {
      const kinds = events.map(({ kind }) => kind);
      expect(kinds).toEqual([...changes.map(({ type }) => type), ...published.map(() => 'PUBLISHED')]);
    }
  });

  it('ends each signal once, after it was published, and keeps no more than one open for an instrument', () => {
    const state = warmState();
    const ended = new Set<string>();
    const published = new Set<string>();
    for (const bar of live) {
      for (const event of tick(state, bar).events) {
        const { type, facts } = parseSignalEvent({ ...event, seq: 0 });
        expect(ended.has(facts.signalId)).toBe(false);
        expect(published.has(facts.signalId)).toBe(type !== 'PUBLISHED');
        published.add(facts.signalId);
        if (type !== 'PUBLISHED' && type !== 'TRIGGERED') ended.add(facts.signalId);
      }
      expect(state.settlement.size).toBe(published.size - ended.size);
      expect(state.facts.size).toBe(state.settlement.size);
      expect(state.settlement.size).toBeLessThanOrEqual(context.instruments.size);
    }
    expect(ended.size).toBe(published.size);
  });

  it('says nothing in the windows that its model was made from, nor in the embargo after them', () => {
    const results = run(live);
    const early = live.flatMap((bar, index) => (bar.knownTime < model.eligibleFrom ? [results[index]] : []));
    expect(early.length).toBeGreaterThan(50);
    expect(early.every((result) => result?.withheld === 'INSIDE_TRAINING' && result.events.length === 0)).toBe(true);
    const decided = results.flatMap((result) => result.published.map((signal) => Date.parse(signal.decisionTime)));
    expect(Math.min(...decided)).toBeGreaterThanOrEqual(model.eligibleFrom);
  });

  it('publishes by the clock of the data, and gives a client time to come in', () => {
    for (const { published, ingestSeq } of run(live)) {
      for (const signal of published) {
        const bar = live.find((one) => one.ingestSeq === ingestSeq) as Bar;
        expect(Date.parse(signal.decisionTime)).toBe(bar.knownTime);
        expect(Date.parse(signal.publishedAt)).toBe(bar.knownTime + 50);
        expect(Date.parse(signal.expiresAt)).toBeGreaterThan(bar.knownTime + 61_000);
        expect(Date.parse(signal.provenance[0]?.maxKnownTime ?? '')).toBe(bar.knownTime);
      }
    }
  });

  it('makes nothing of a bar outside the regular session, of a repeated one, and of one without a model', () => {
    const state = warmState();
    const [bar] = live as [Bar];
    const odd = { ...bar, segment: 'POST' as const };
    expect(tick(state, odd)).toMatchObject({ events: [], withheld: null });
    tick(state, bar);
    expect(tick(state, { ...bar, ingestSeq: bar.ingestSeq + 1 })).toMatchObject({ events: [], withheld: 'WARMING_UP' });
    const without = freshState(context, null);
    const reasons = new Set([...history, ...live].map((one) => tick(without, one).withheld));
    expect([...reasons]).toEqual(['WARMING_UP', 'NO_MODEL']);
  });
});

describe('a bar whose time has passed', () => {
  const vectorOf = (state: TickState, { instrumentId }: Bar) =>
    state.engine.features.read(state.engine.features.slotOf(instrumentId));

  /** The session as it should have come, and as it came: some bars with wrong values first, some behind later ones. */
  function disordered(seed: number): { clean: Bar[]; came: Bar[] } {
    const random = randomOf(`disorder ${seed}`);
    const clean = live.slice(0, 300);
    const queue = clean.flatMap((bar, index) => {
      const delay = random.uniform() < 0.1 ? random.integer(1, 41) : 0;
      const wrong = random.uniform() < 0.1 ? [{ at: index, bar: { ...bar, close: bar.open, volume: '3' } }] : [];
      return [...wrong, { at: index + delay, bar: { ...bar, revision: wrong.length } }];
    });
    const byArrival = queue
      .map((entry, place) => ({ ...entry, place }))
      .sort((a, b) => a.at - b.at || a.place - b.place);
    const came = byArrival.map(({ bar }, index) => ({ ...bar, ingestSeq: history.length + 1 + index }));
    return { clean, came };
  }

  it('leaves the features that it would have made in its place, to the last bit', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { clean, came } = disordered(seed);
      const [one, other] = [warmState(), warmState()];
      run(clean, one);
      run(came, other);
      for (const bar of clean.slice(-2)) {
        const expected = vectorOf(one, bar);
        const wanted = [...expected.values, expected.atr, expected.close, Number(expected.gap)];
        const found = vectorOf(other, bar);
        expect([...found.values, found.atr, found.close, Number(found.gap)]).toEqual(wanted);
        expect(other.engine.contents.of(bar.instrumentId)).toEqual(one.engine.contents.of(bar.instrumentId));
      }
    }
  });

  it('makes the newest decision again when it corrects that bar: the old signal is void, and a new one says so', () => {
    const state = warmState();
    const results = live.map((bar) => {
      const first = tick(state, bar);
      const id = first.published[0]?.id;
      if (id === undefined) return null;
      return { id, second: tick(state, { ...bar, volume: String(Number(bar.volume) + 1), revision: 1 }) };
    });
    const corrected = results.flatMap((result) => result ?? []);
    expect(corrected.length).toBeGreaterThan(5);
    for (const { id, second } of corrected) {
      expect(second.changes).toMatchObject([{ signalId: id, type: 'VOID_DATA' }]);
      for (const signal of second.published) {
        expect(signal.supersedes).toBe(id);
        expect(signal.id).not.toBe(id);
      }
    }
    expect(corrected.some(({ second }) => second.published.length === 1)).toBe(true);
    expect(state.engine.voided.size).toBe(0);
  });

  it('decides nothing on a bar that was known when the next one had ended, nor on one behind the newest', () => {
    const results = run(live.map((bar) => ({ ...bar, knownTime: bar.barEnd + 65_001 })));
    expect(results.flatMap(({ published }) => published)).toEqual([]);
    expect(new Set(results.map(({ withheld }) => withheld))).toEqual(new Set(['INSIDE_TRAINING', 'STALE_BAR']));
    const state = warmState();
    run(live.slice(0, 10), state);
    expect(tick(state, { ...(live[0] as Bar), revision: 1, close: (live[0] as Bar).high }).withheld).toBe('STALE_BAR');
  });
});

/** What may happen to each bar after t: another level, another shape, another volume, or nothing at all in that minute. */
const change = fc.record({
  level: fc.double({ min: 0.5, max: 2, noNaN: true }),
  spread: fc.double({ min: 0, max: 0.02, noNaN: true }),
  volume: fc.nat({ max: 1_000_000 }),
  missing: fc.double({ min: 0, max: 0.3, noNaN: true }),
});

describe('a model that is held fixed', () => {
  it('leaves every signal up to t as it was, byte for byte, whatever comes after t', () => {
    const original = run(live);
    let differed = 0;
    fc.assert(
      fc.property(fc.nat({ max: live.length - 2 }), change, (at, { level, spread, volume, missing }) => {
        const t = (live[at] as Bar).knownTime;
        const kept = live.filter((bar) => bar.knownTime <= t);
        const after = live.filter((bar) => bar.knownTime > t);
        const changed = after
          .filter((bar) => (bar.barStart / 60_000) % 97 >= missing * 97)
          .map((bar) => disturbed(bar, level, spread, volume));
        const results = run([...kept, ...changed]);
        expect(bodiesOf(results.slice(0, kept.length))).toEqual(bodiesOf(original.slice(0, kept.length)));
        const rest = bodiesOf(results.slice(kept.length));
        if (rest.join() !== bodiesOf(original.slice(kept.length)).join()) differed += 1;
      }),
      { numRuns: 60 },
    );
    // Else the bars after t were not really others.
    expect(differed).toBeGreaterThan(30);
  });
});

function disturbed(bar: Bar, level: number, spread: number, volume: number): Bar {
  const price = Math.round(Number(bar.close) * level * 100) + ((bar.barStart / 60_000) % 7);
  const around = Math.round(price * spread);
  const cents = (value: number) => decimalOf(Math.max(1, value), 2);
  return {
    ...bar,
    open: cents(price),
    high: cents(price + around),
    low: cents(price - around),
    close: cents(price + ((bar.barStart / 60_000) % 3) * Math.floor(around / 2)),
    volume: String(volume),
  };
}

import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Bar } from '../market-data/bar.ts';
import { decimalOf } from '../market-data/decimal.ts';
import type { StoredModel } from '../models/registry.ts';
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

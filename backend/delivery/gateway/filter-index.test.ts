import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SignalEventBody } from '../../signals/signal-event.ts';
import { matches, normaliseFilter, type SignalFilter } from '../../signals/signal-filter.ts';
import { FilterIndex } from './filter-index.ts';

const some = <T>(...values: T[]) => fc.array(fc.constantFrom(...values), { maxLength: 3 });
const leaf: fc.Arbitrary<SignalFilter> = fc.record(
  {
    instruments: some('spy', 'qqq', 'ibm'),
    mic: some('ARCX', 'XNAS'),
    sides: some('LONG' as const, 'SHORT' as const),
    models: some('m1', 'm2'),
    timeframes: some('1m' as const, '1d' as const),
    minConfidence: fc.constantFrom('0.4', '0.6'),
  },
  { requiredKeys: [] },
);
const above = (nodes: fc.Arbitrary<SignalFilter>): fc.Arbitrary<SignalFilter> => {
  const list = fc.array(nodes, { maxLength: 3 });
  return fc
    .tuple(leaf, fc.record({ and: list, or: list, not: nodes }, { requiredKeys: [] }))
    .map(([members, logic]) => ({ ...members, ...logic }));
};
const event: fc.Arbitrary<SignalEventBody> = fc
  .record({
    instrumentId: fc.constantFrom('spy', 'qqq', 'ibm', 'msft'),
    mic: fc.constantFrom('ARCX', 'XNAS'),
    side: fc.constantFrom('LONG' as const, 'SHORT' as const),
    modelVersionId: fc.constantFrom('m1', 'm2', 'm3'),
    timeframe: fc.constantFrom('1m' as const, '1d' as const),
    confidence: fc.constantFrom('0.5', '0.7'),
  })
  .map((facts) => ({
    ...{ type: 'PUBLISHED', occurredAt: '2024-01-02T15:00:00.000Z' },
    facts: { ...facts, signalId: 's', expiresAt: '2024-01-02T15:10:00.000Z' },
  }));

describe('FilterIndex', () => {
  it('finds everybody whose filter matches, whatever the filters are', () => {
    const filters = fc.array(above(above(leaf)).map(normaliseFilter), { maxLength: 12 });
    fc.assert(
      fc.property(filters, fc.array(event, { maxLength: 8 }), fc.nat(), (all, events, gone) => {
        const index = new FilterIndex<number>();
        for (const [entry, filter] of all.entries()) index.add(entry, filter);
        index.delete(gone % 12);
        for (const body of events) {
          const naive = all.flatMap((filter, entry) =>
            entry !== gone % 12 && matches(filter, body, 0) ? [entry] : [],
          );
          const found = index.candidates(body);
          expect([...found].filter((entry) => matches(all[entry] ?? {}, body, 0)).sort()).toEqual(naive.sort());
          expect(found.has(gone % 12)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('asks nobody who wants another instrument, however the wish is written', () => {
    const index = new FilterIndex<string>();
    const spy = { instruments: ['spy'] };
    index.add('plain', spy);
    index.add('in and', { and: [{ mic: ['ARCX'] }, spy] });
    index.add('in or', { or: [spy, { sides: ['SHORT'], instruments: ['ibm'] }] });
    index.add('nothing', { or: [] });
    expect(index.scanned).toBe(0);
    const [about] = fc.sample(event, 1);
    const facts = { ...about?.facts, instrumentId: 'qqq', side: 'LONG' } as SignalEventBody['facts'];
    expect(index.candidates({ ...about, facts } as SignalEventBody)).toEqual(new Set());
    expect(index.candidates({ ...about, facts: { ...facts, instrumentId: 'spy' } } as SignalEventBody)).toEqual(
      new Set(['plain', 'in and', 'in or']),
    );
  });

  it('has on its scan list what names nothing that is indexed', () => {
    const index = new FilterIndex<number>();
    for (const [entry, filter] of [{}, { mic: ['ARCX'] }, { not: { sides: ['LONG'] } } as SignalFilter].entries())
      index.add(entry, filter);
    expect(index.scanned).toBe(3);
    index.delete(0);
    expect(index.scanned).toBe(2);
  });
});

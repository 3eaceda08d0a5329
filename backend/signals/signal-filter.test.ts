import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../platform/errors.ts';
import type { SignalEventBody } from './signal-event.ts';
import { filterHash, matches, normaliseFilter, type SignalFilter } from './signal-filter.ts';

const NOW = Date.parse('2013-10-07T14:31:00Z');
const event: SignalEventBody = {
  type: 'PUBLISHED',
  occurredAt: '2013-10-07T14:30:00.050Z',
  facts: {
    signalId: 'b1946ac9-2d3c-8f60-9c36-0d4f38a4f1a1',
    instrumentId: 'spy-us',
    mic: 'ARCX',
    side: 'LONG',
    modelVersionId: 'logistic-1m-xnys@1',
    timeframe: '1m',
    confidence: '0.412500',
    expiresAt: '2013-10-07T14:35:00.050Z',
  },
};
const fits = (filter: SignalFilter, body: SignalEventBody = event, now = NOW): boolean =>
  matches(normaliseFilter(filter), body, now);

describe('a filter', () => {
  it('lets everything through when it asks for nothing', () => {
    expect(fits({})).toBe(true);
    expect(fits({}, { ...event, type: 'STOP_HIT' })).toBe(true);
  });

  it.each([
    ['instruments', ['qqq-us', 'spy-us'], ['qqq-us']],
    ['mic', ['ARCX'], ['XNAS', 'arcx']],
    ['sides', ['LONG', 'SHORT'], ['SHORT']],
    ['models', ['logistic-1m-xnys@1'], ['logistic-1m-xnys@2']],
    ['timeframes', ['1m'], ['1d']],
    ['eventTypes', ['STOP_HIT', 'PUBLISHED'], ['STOP_HIT']],
  ] as const)('holds by %s when one of the values does, and by an empty list never', (name, right, wrong) => {
    expect(fits({ [name]: right })).toBe(true);
    expect(fits({ [name]: wrong })).toBe(false);
    expect(fits({ [name]: [] })).toBe(false);
  });

  it('compares confidences as numbers, the bound included', () => {
    for (const bound of ['0', '0.4', '0.4125', '0.412500', '00.41250'])
      expect(fits({ minConfidence: bound }), bound).toBe(true);
    for (const bound of ['0.412501', '0.5', '1', '1.0']) expect(fits({ minConfidence: bound }), bound).toBe(false);
  });

  it('takes for actionable what was published and has not expired, by the clock of the data', () => {
    const expiry = Date.parse(event.facts.expiresAt);
    expect(fits({ onlyActionable: true })).toBe(true);
    expect(fits({ onlyActionable: true }, event, expiry - 1)).toBe(true);
    expect(fits({ onlyActionable: true }, event, expiry)).toBe(false);
    expect(fits({ onlyActionable: true }, { ...event, type: 'TRIGGERED' })).toBe(false);
    expect(fits({ onlyActionable: false }, { ...event, type: 'TRIGGERED' }, expiry)).toBe(true);
  });

  it('asks for all of its members, all of and, one of or, and none of not', () => {
    const [yes, no] = [{ mic: ['ARCX'] }, { mic: ['XNAS'] }];
    expect(fits({ ...yes, sides: ['SHORT'] })).toBe(false);
    expect(fits({ and: [yes, { sides: ['LONG'] }] })).toBe(true);
    expect(fits({ and: [yes, no] })).toBe(false);
    expect(fits({ and: [] })).toBe(true);
    expect(fits({ or: [no, yes] })).toBe(true);
    expect(fits({ or: [no] })).toBe(false);
    expect(fits({ or: [] })).toBe(false);
    expect(fits({ not: no })).toBe(true);
    expect(fits({ not: yes })).toBe(false);
    expect(fits({ not: {} })).toBe(false);
    expect(fits({ ...no, or: [yes] })).toBe(false);
    expect(fits({ and: [{ or: [no, { not: no }] }], not: { and: [yes, no] } })).toBe(true);
  });
});

const leaf: fc.Arbitrary<SignalFilter> = fc.record(
  {
    instruments: fc.array(fc.constantFrom('spy-us', 'qqq-us', 'ibm-us'), { maxLength: 4 }),
    mic: fc.array(fc.constantFrom('ARCX', 'XNAS'), { maxLength: 3 }),
    sides: fc.array(fc.constantFrom('LONG' as const, 'SHORT' as const), { maxLength: 3 }),
    minConfidence: fc.constantFrom('0.4', '0.40', '0.5'),
    onlyActionable: fc.boolean(),
  },
  { requiredKeys: [] },
);
const above = (nodes: fc.Arbitrary<SignalFilter>): fc.Arbitrary<SignalFilter> => {
  const some = fc.array(nodes, { maxLength: 2 });
  const inner = fc.record({ and: some, or: some, not: nodes }, { requiredKeys: [] });
  return fc.tuple(leaf, inner).map(([members, logic]) => ({ ...members, ...logic }));
};

/** The same wish in other words: lists turned round and repeated, members in another order. */
function reworded(filter: SignalFilter): SignalFilter {
  const entries = Object.entries(filter).map(([name, value]): [string, unknown] => {
    if (name === 'and' || name === 'or') {
      const nodes = (value as SignalFilter[]).map(reworded);
      return [name, name === 'and' ? [...nodes.toReversed(), ...nodes.slice(0, 1)] : nodes.toReversed()];
    }
    if (name === 'not') return [name, reworded(value as SignalFilter)];
    return [name, Array.isArray(value) ? [...value.toReversed(), ...value] : value];
  });
  return Object.fromEntries(entries.toReversed());
}

describe('normaliseFilter', () => {
  it('gives the same form and the same hash to the same wish in other words', () => {
    fc.assert(
      fc.property(above(above(leaf)), (filter) => {
        const one = normaliseFilter(filter);
        expect(normaliseFilter(reworded(filter))).toEqual(one);
        expect(filterHash(normaliseFilter(reworded(filter)))).toBe(filterHash(one));
        expect(normaliseFilter(one)).toEqual(one);
        expect(matches(one, event, NOW)).toBe(matches(filter, event, NOW));
      }),
    );
  });

  it('takes two spellings of a number for one, and null for nothing asked', () => {
    expect(normaliseFilter({ minConfidence: '0.50' })).toEqual({ minConfidence: '0.5' });
    const nothing = { and: null, or: null, not: null, mic: null, minConfidence: null, onlyActionable: false };
    expect(normaliseFilter(nothing as unknown as SignalFilter)).toEqual({});
  });

  it('gives another hash to another wish', () => {
    const wishes: SignalFilter[] = [
      {},
      { mic: [] },
      { mic: ['ARCX'] },
      { mic: ['XNAS'] },
      { mic: ['ARCX', 'XNAS'] },
      { instruments: ['ARCX'] },
      { and: [{ mic: ['ARCX'] }] },
      { or: [{ mic: ['ARCX'] }] },
      { not: { mic: ['ARCX'] } },
      { minConfidence: '0.5' },
      { onlyActionable: true },
    ];
    expect(new Set(wishes.map((wish) => filterHash(normaliseFilter(wish)))).size).toBe(wishes.length);
  });

  it.each(['1.01', '2', '-0.1', '0.1234567890123456789'])('refuses %s as a probability', (minConfidence) => {
    expect(() => normaliseFilter({ minConfidence })).toThrow(InvalidInput);
    expect(() => normaliseFilter({ and: [{ minConfidence }] })).toThrow(
      `filter.minConfidence is "${minConfidence}", expected a decimal from 0 to 1`,
    );
  });

  it('refuses a filter that is too deep, too wide or too long, and takes one that is just within', () => {
    const nested = (levels: number): SignalFilter => (levels === 1 ? { mic: ['ARCX'] } : { not: nested(levels - 1) });
    expect(normaliseFilter(nested(5))).toEqual(nested(5));
    expect(() => normaliseFilter(nested(6))).toThrow('filter is "6 levels", expected at most 5 levels');

    const wide = (nodes: number): SignalFilter => ({
      or: Array.from({ length: nodes - 1 }, (_, index) => ({ mic: [String(index)] })),
    });
    expect(normaliseFilter(wide(50)).or).toHaveLength(49);
    expect(() => normaliseFilter(wide(51))).toThrow('filter is "51 nodes", expected at most 50 nodes');

    const long = (values: number): SignalFilter => ({
      instruments: Array.from({ length: values }, (_, index) => String(index)),
    });
    expect(normaliseFilter(long(1_000)).instruments).toHaveLength(1_000);
    expect(() => normaliseFilter(long(1_001))).toThrow('filter is "1001 values", expected at most 1000 values');
    expect(() => normaliseFilter({ and: [long(600), long(600)] })).toThrow('expected at most 1000 values');
  });
});

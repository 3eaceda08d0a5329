import { describe, expect, it } from 'vitest';
import { randomOf } from '../../../backend/platform/random.ts';
import type { Day } from './judged-day.ts';
import type { Remains, StoredRevision, StoredSignal } from './remains.ts';
import { faultsOf } from './verdict.ts';

const OPEN = Date.parse('2013-10-10T13:30:00Z');
const MINUTE = 60_000;
const MINUTES = 8;

/** A day of eight quiet minutes on which nothing was said. */
function day(change: Partial<Remains> = {}, kind: Day['schedule']['kind'] = 'disorder'): Day {
  const bars = Array.from({ length: MINUTES }, (_, index) => revision(index));
  const reference: Remains = {
    bars,
    rollups: ['spy-us 5m 1', 'spy-us 5m 2'],
    signals: [],
    log: ['PUBLISHED {}'],
    decisions: new Map(bars.map(({ ingestSeq }) => [ingestSeq, { withheld: 'BELOW_THRESHOLD', signalId: null }])),
    heardBars: bars.map(({ knownTime }) => knownTime),
    told: [],
    stalls: [],
    stallsCounted: 0,
    stallsLogged: 0,
  };
  return {
    window: {
      name: 'test',
      recording: { bars: [], symbols: ['SPY'] },
      from: OPEN,
      until: OPEN + MINUTES * MINUTE,
      halts: [],
    },
    schedule: { seed: 1, kind, faults: [], flaps: [], random: randomOf('test') },
    clean: {
      bars: new Map(bars.map(({ instrumentId, barStart }) => [`${instrumentId} ${barStart}`, '1 2 1 2 10'])),
      truths: new Map(
        bars.map(({ instrumentId, barStart }) => [
          `${instrumentId} ${barStart}`,
          { claim: null, reason: 'BELOW_THRESHOLD' },
        ]),
      ),
    },
    reference,
    remains: { ...reference, ...change },
  };
}

function revision(index: number, change: Partial<StoredRevision> = {}): StoredRevision {
  const barStart = OPEN + index * MINUTE;
  const at = { barStart, barEnd: barStart + MINUTE, knownTime: barStart + MINUTE + 200 };
  return {
    ...at,
    instrumentId: 'spy-us',
    segment: 'REGULAR',
    revision: 0,
    ingestSeq: index + 1,
    values: '1 2 1 2 10',
    ...change,
  };
}

describe('the verdict on a day', () => {
  const { bars } = day().remains;
  const said = (change: Partial<Remains>, kind?: Day['schedule']['kind']): string =>
    faultsOf(day(change, kind)).join('\n');

  it('finds nothing wrong with one that is as it was', () => {
    expect(faultsOf(day())).toEqual([]);
    expect(faultsOf(day({}, 'harmless'))).toEqual([]);
  });

  it('finds a wrong, a missing and a corrected bar', () => {
    expect(said({ bars: bars.with(3, revision(3, { values: '1 2 1 2 11' })) })).toContain(
      'other values than were traded',
    );
    expect(said({ bars: bars.slice(1) })).toContain('a bar is missing (1 times): spy-us 2013-10-10T13:30');
    const wrongFirst = [
      ...bars.with(3, revision(3, { values: '1 2 1 2 11' })),
      revision(3, { revision: 1, ingestSeq: 9 }),
    ];
    expect(said({ bars: wrongFirst })).toBe('');
  });

  it('finds longer bars that are others, too many or missing', () => {
    expect(said({ rollups: ['spy-us 5m 1', 'spy-us 5m 3'] })).toMatch(/not that of the clean day.*\n.*is missing/);
  });

  it('finds a decision that the clean day does not make, and one that is called stale without being late', () => {
    const { decisions } = day().remains;
    const decided = (withheld: string) => ({ decisions: new Map([...decisions, [4, { withheld, signalId: null }]]) });
    expect(said(decided('EDGE_NOT_SHOWN'))).toContain('expected BELOW_THRESHOLD');
    expect(said(decided('SIGNAL_OPEN'))).toContain('SIGNAL_OPEN, and none was');
    expect(said(decided('NO_TIME_LEFT'))).toContain('long before the close');
    expect(said(decided('STALE_BAR'))).toContain('withheld as stale, known 200 ms after its end');
    const late = bars.with(3, revision(3, { knownTime: OPEN + 6 * MINUTE }));
    expect(said({ ...decided('STALE_BAR'), bars: late })).toBe('');
  });

  it('finds a bar that was not decided on', () => {
    const { decisions } = day().remains;
    expect(said({ decisions: new Map([...decisions].filter(([seq]) => seq !== 4)) })).toContain(
      'a bar was not decided on (1 times): spy-us 2013-10-10T13:33',
    );
  });

  it('finds a signal that is void though nothing changed, and one that supersedes what had ended by itself', () => {
    const signal = (id: string, change: object = {}) => ({
      id,
      instrument: { id: 'spy-us' },
      provenance: [{ firstBarStart: new Date(OPEN).toISOString(), lastBarStart: new Date(OPEN).toISOString() }],
      ...change,
    });
    const stored = (id: string, state: string, change: object = {}) =>
      ({
        signal: signal(id, change),
        state,
        stateSince: OPEN + 5 * MINUTE,
        decisionIngestSeq: 2,
      }) as unknown as StoredSignal;
    expect(said({ signals: [stored('a', 'VOID_DATA')] })).toContain('a is void, and nothing changed');
    const changed = revision(0, { revision: 1, ingestSeq: 9, knownTime: OPEN + 5 * MINUTE });
    expect(said({ signals: [stored('a', 'VOID_DATA')], bars: [...bars, changed] })).toBe('');
    const after = [stored('a', 'TARGET_HIT'), stored('b', 'PUBLISHED', { supersedes: 'a' })];
    expect(said({ signals: after })).toContain('b supersedes one that is TARGET_HIT');
  });

  it('finds a silence that was not told, and one that was told and was none', () => {
    const silent = bars.slice(0, 2).map(({ knownTime }) => knownTime);
    expect(said({ heardBars: silent })).toContain('was told 0 times');
    const told = [{ kind: 'STALLED', since: silent[1] ?? 0, at: (silent[1] ?? 0) + 130_000 }] as const;
    const stalls = [{ health: 'degraded', gauge: 1 }];
    const asItShould = { heardBars: silent, told, stalls, stallsCounted: 1, stallsLogged: 1 };
    expect(said(asItShould)).toBe('');
    expect(said({ ...asItShould, stallsCounted: 0 })).toContain('0 stalls were counted, 1 told');
    expect(said({ ...asItShould, stalls: [{ health: 'healthy', gauge: 0 }] })).toContain(
      'in a stall health is healthy',
    );
    expect(said({ told, stalls, stallsCounted: 1, stallsLogged: 1 })).toContain('and there was none');
  });

  it('holds a harmless day to the log of the clean day, byte for byte', () => {
    expect(said({ log: ['PUBLISHED { }'] }, 'harmless')).toContain('the log differs');
    expect(said({ log: ['PUBLISHED { }'] })).toBe('');
  });
});

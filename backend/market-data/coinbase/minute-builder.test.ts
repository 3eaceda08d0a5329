import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MinuteBar, minutesOf } from './minute.ts';
import { type Built, MinuteBuilder } from './minute-builder.ts';
import type { Trade } from './protocol/messages.ts';

const MINUTE = 60_000;
const START = Date.parse('2018-04-05T12:00:00Z');

/** A trade so many seconds after 12:00. */
function trade(id: number, seconds: number, price = '100', size = '0.1'): Trade {
  return { product: 'BTC-USD', id, price, size, time: START + seconds * 1_000 };
}

const beat = (seconds: number, lastTradeId: number | null) => ({ time: START + seconds * 1_000, lastTradeId });
/** What was built, with minutes after 12:00. */
const shown = (built: readonly Built[]) =>
  built.map((part) =>
    part.kind === 'BAR'
      ? `bar ${(part.bar.start - START) / MINUTE}`
      : `repair ${(part.from - START) / MINUTE} to ${(part.until - START) / MINUTE}`,
  );

/** Subscribed at 12:00:10, after trade 10 of 11:59. */
function listening(): MinuteBuilder {
  const builder = new MinuteBuilder();
  builder.lastMatch(trade(10, -30));
  builder.heartbeat(beat(10, 10));
  return builder;
}

describe('minutes of trades', () => {
  it('have the first and the last price by number, the extremes, and the exact volume', () => {
    const trades = [
      trade(3, 3, '99.5', '0.00000001'),
      trade(1, 1, '100.1', '0.1'),
      trade(2, 2, '101', '0.2'),
      trade(4, 59.999, '100.05', '1.3'),
      trade(5, 60, '7', '1'),
    ];
    expect(minutesOf(trades)).toEqual([
      { start: START, open: '100.1', high: '101', low: '99.5', close: '100.05', volume: '1.60000001' },
      { start: START + MINUTE, open: '7', high: '7', low: '7', close: '7', volume: '1' },
    ]);
  });
});

describe('a minute', () => {
  it('in which we subscribed is asked for, and the next one is told when a later second is heard of', () => {
    const builder = listening();
    expect(shown(builder.trade(trade(11, 20)))).toEqual([]);
    expect(shown(builder.trade(trade(12, 62, '101', '0.25')))).toEqual(['repair 0 to 1']);
    expect(shown(builder.trade(trade(13, 70, '99', '0.5')))).toEqual([]);
    expect(builder.heartbeat(beat(121, 13))).toEqual([
      {
        kind: 'BAR',
        bar: { start: START + MINUTE, open: '101', high: '101', low: '99', close: '99', volume: '0.75' },
      },
    ]);
  });

  it('waits a little for trades that were passed on their way', () => {
    const builder = listening();
    builder.trade(trade(11, 70));
    expect(shown(builder.trade(trade(13, 120.1)))).toEqual([]);
    expect(shown(builder.trade(trade(12, 119.9)))).toEqual([]);
    expect(shown(builder.heartbeat(beat(120.6, 13)))).toEqual(['bar 1']);
  });

  it('without trades is none, where a heartbeat knows that there were none', () => {
    const builder = listening();
    expect(shown(builder.heartbeat(beat(181, 10)))).toEqual(['repair 0 to 1']);
    builder.trade(trade(11, 190));
    expect(shown(builder.heartbeat(beat(241, 11)))).toEqual(['bar 3']);
  });

  it('with a hole in the numbers of its trades is asked for', () => {
    const builder = listening();
    builder.trade(trade(11, 70));
    builder.trade(trade(13, 80));
    expect(shown(builder.heartbeat(beat(121, 13)))).toEqual(['repair 1 to 2']);
  });

  it('is told by the stream when what was missing comes in time, and a repeat changes nothing', () => {
    const builder = listening();
    builder.trade(trade(11, 70, '100', '1'));
    builder.trade(trade(14, 80, '100', '1'));
    for (const id of [13, 12, 12, 13, 11, 14]) builder.trade(trade(id, 75, '100', '1'));
    const [built] = builder.heartbeat(beat(121, 14));
    expect(built).toMatchObject({ kind: 'BAR', bar: { volume: '4' } });
  });

  it('whose last trade is missing is asked for: the heartbeat knows of it', () => {
    const builder = listening();
    builder.trade(trade(11, 70));
    builder.heartbeat(beat(100, 12));
    expect(shown(builder.heartbeat(beat(121, 12)))).toEqual(['repair 1 to 2']);
  });

  it('that was told without its last trade is asked for again, when the next trade shows it', () => {
    const builder = listening();
    builder.trade(trade(11, 70));
    expect(shown(builder.heartbeat(beat(121, null)))).toEqual(['bar 1']);
    expect(shown(builder.trade(trade(13, 190)))).toEqual(['repair 1 to 2', 'repair 2 to 3']);
    expect(shown(builder.heartbeat(beat(241, null)))).toEqual(['repair 3 to 4']);
  });

  it('of a trade that comes after it was told is asked for again', () => {
    const builder = listening();
    builder.trade(trade(11, 70));
    builder.trade(trade(13, 125));
    expect(shown(builder.trade(trade(12, 119)))).toEqual(['repair 1 to 2']);
  });

  it('is asked for where no trade before the subscription is known', () => {
    const builder = new MinuteBuilder();
    builder.heartbeat(beat(10, null));
    builder.heartbeat(beat(61, null));
    builder.trade(trade(11, 70));
    expect(shown(builder.heartbeat(beat(121, null)))).toEqual(['repair 1 to 2']);
    builder.trade(trade(12, 130));
    expect(shown(builder.heartbeat(beat(181, null)))).toEqual(['bar 2']);
  });
});

/** What becomes of a trade on its way. */
type Fate = 'told' | 'twice' | 'lost' | 'late';

describe('whatever is lost, doubled or out of order,', () => {
  const made = fc.array(
    fc.record({ gap: fc.integer({ min: 0, max: 40 }), cents: fc.integer({ min: 9_900, max: 10_100 }) }),
    {
      minLength: 5,
      maxLength: 60,
    },
  );
  const fate = fc.array(fc.constantFrom<Fate[]>('told', 'told', 'told', 'lost', 'twice', 'late'), {
    minLength: 60,
    maxLength: 60,
  });

  it('a minute that is told in the end is as its trades made it, and every other one with trades was asked for', () => {
    fc.assert(
      fc.property(made, fate, fc.boolean(), (steps, fates, isBlind) => {
        let seconds = 11;
        const trades = steps.map(({ gap, cents }, index) => {
          seconds += gap;
          return trade(11 + index, seconds, String(cents / 100), `0.${index + 1}`);
        });
        const truth = new Map(minutesOf(trades).map((bar) => [bar.start, bar]));
        const { bars, asked } = told(trades, fates, isBlind);
        for (const [start, bar] of truth) {
          if (asked.has(start)) continue;
          expect(bars.get(start)).toEqual(bar);
        }
        for (const start of bars.keys()) expect(truth.has(start)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  function told(trades: readonly Trade[], fates: readonly Fate[], isBlind: boolean) {
    const builder = listening();
    const bars = new Map<number, MinuteBar>();
    const asked = new Set<number>();
    const take = (built: readonly Built[]) => {
      for (const part of built) {
        if (part.kind === 'BAR') bars.set(part.bar.start, part.bar);
        else for (let start = part.from; start < part.until; start += MINUTE) asked.add(start);
      }
    };
    let late: Trade[] = [];
    for (const [index, own] of trades.entries()) {
      const now = { told: [own, ...late], twice: [own, own, ...late], lost: late, late: [] }[fates[index] ?? 'told'];
      late = fates[index] === 'late' ? [...late, own] : [];
      for (const sent of now ?? []) take(builder.trade(sent));
      take(builder.heartbeat({ time: own.time, lastTradeId: isBlind ? null : own.id }));
    }
    const last = trades.at(-1) ?? trade(11, 11);
    // A trade after all of them: what is missing shows at the latest by its number.
    take(builder.trade({ ...last, id: last.id + 1, time: last.time + 10 * MINUTE }));
    return { bars, asked };
  }
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Bar } from '../market-data/bar.ts';
import { HALF_DAY, local, minute, signal, signalOf } from './bars.fixture.ts';
import { labelSpecs } from './label-spec.ts';
import { type OpenSignal, Settlement, type StateChange } from './settlement.ts';

function settle(open: OpenSignal | OpenSignal[], bars: readonly Bar[], settlement = new Settlement()): StateChange[] {
  for (const one of [open].flat()) settlement.open(one);
  return bars.flatMap((bar) => settlement.onBar(bar));
}

function types(changes: readonly StateChange[]): string[] {
  return changes.map((change) => change.type);
}

// The signal's decision bar ends at 10:01 with a close of 100.00; it comes in at 100.05 on the open of 10:02.
const entry = [minute('10:01', [100.1]), minute('10:02', [100.05, 100.2, 99.9, 100.1])];

describe('entry', () => {
  it('is the open of the bar after the one that starts when the decision bar ends', () => {
    expect(settle(signal(), entry)).toEqual([
      {
        signalId: 'a',
        type: 'TRIGGERED',
        occurredAt: local('10:03'),
        fill: { price: '100.05', barStart: local('10:02') },
      },
    ]);
  });

  it('takes the next minute that traded when that one is missing', () => {
    const [change] = settle(signal(), [minute('10:01', [100.1]), minute('10:04', [100.2])]);
    expect(change?.fill).toEqual({ price: '100.2', barStart: local('10:04') });
  });

  it('waits until an order can have arrived, and no longer', () => {
    const bars = [minute('10:02', [100.05]), minute('10:03', [100.07])];
    const published = (publishedAt: number) => settle({ ...signal(), publishedAt }, bars)[0]?.fill?.price;
    expect(published(local('10:01:59'))).toBe('100.05');
    expect(published(local('10:01:59') + 1)).toBe('100.07');
  });

  it('of a decision before the open is the open', () => {
    const changes = settle(signal({ decision: '09:28' }), [minute('09:29', [99]), minute('09:30', [100.02])]);
    expect(changes[0]?.fill).toEqual({ price: '100.02', barStart: local('09:30') });
  });

  it('does not happen outside the regular session', () => {
    const bars = [minute('10:02', [100.05], { segment: 'PRE' }), minute('10:03', [100.07])];
    expect(settle(signal(), bars)[0]?.fill?.price).toBe('100.07');
  });

  it('leaves at its own price when it opens beyond the stop, as a loss of the costs', () => {
    const [, exit] = settle(signal(), [minute('10:02', [99.3, 99.5, 99.2, 99.4])]);
    expect(exit).toMatchObject({
      type: 'STOP_HIT',
      fill: { price: '99.3' },
      outcome: { label: -1, grossR: '0', barsHeld: 0 },
    });
    expect(exit?.outcome?.netR).toBe('-0.0167');
  });

  it('earns nothing and is no hit when it opens beyond the target', () => {
    const [, exit] = settle(signal(), [minute('10:02', [101, 101.5, 100.9, 101.2])]);
    expect(exit).toMatchObject({ type: 'TARGET_HIT', fill: { price: '101' }, outcome: { label: 0, grossR: '0' } });
  });
});

describe('expiry', () => {
  const other = (time: string, parts = {}) => minute(time, [50], { instrumentId: 'qqq', ...parts });

  it('comes with the first bar of its instrument that ends five trading minutes after publication', () => {
    expect(settle(signal(), [other('10:03'), other('10:06'), minute('10:06', [100])])).toEqual([
      {
        signalId: 'a',
        type: 'EXPIRED_UNTRIGGERED',
        occurredAt: local('10:07'),
        reason: 'no bar filled it before 2026-11-20T15:06:00.050Z',
      },
    ]);
  });

  it('comes with a bar of another instrument only when the session is over: its own may be late, or halted', () => {
    expect(settle(signal(), [other('10:06'), other('12:00'), other('15:58')])).toEqual([]);
    expect(settle(signal(), [other('15:58'), other('15:59')])).toMatchObject([
      { type: 'EXPIRED_UNTRIGGERED', occurredAt: local('16:00') },
    ]);
    expect(types(settle(signal(), [other('15:58'), other('09:30', { date: '2026-11-23' })]))).toEqual([
      'EXPIRED_UNTRIGGERED',
    ]);
    expect(types(settle(signal(), [other('10:30'), minute('10:05', [100.05])]))).toEqual(['TRIGGERED']);
  });

  it('still lets a bar fill that ended in time, in whatever order the instruments come', () => {
    const other = minute('10:05', [50], { instrumentId: 'qqq' });
    const own = minute('10:05', [100.05]);
    expect(types(settle(signal(), [other, own]))).toEqual(['TRIGGERED']);
    expect(types(settle(signal(), [own, other]))).toEqual(['TRIGGERED']);
  });

  it('is told by a bar outside the regular session as well', () => {
    expect(types(settle(signal({ decision: '15:57' }), [minute('16:00', [100])]))).toEqual(['EXPIRED_UNTRIGGERED']);
  });

  it('keeps the last bar of the session from filling what must be flat at its close', () => {
    const changes = settle(signal({ decision: '15:57' }), [minute('15:58', [100]), minute('15:59', [100])]);
    expect(changes).toMatchObject([{ type: 'EXPIRED_UNTRIGGERED', occurredAt: local('16:00') }]);
  });

  it('does not carry a decision of the last bar into the next session', () => {
    const open = signal({ decision: '15:59' });
    expect(open.expiresAt).toBeLessThan(open.publishedAt);
    expect(types(settle(open, [minute('09:30', [100], { date: '2026-11-23' })]))).toEqual(['EXPIRED_UNTRIGGERED']);
  });

  it('comes at the session close though more time was given, when the position must be flat there', () => {
    const open = { ...signal({ decision: '15:50' }), expiresAt: local('10:00', '2026-11-23') };
    expect(types(settle(open, [minute('09:30', [100], { date: '2026-11-23' })]))).toEqual(['EXPIRED_UNTRIGGERED']);
  });

  it("goes by the order of opening after the changes of the bar's own instrument", () => {
    const opened = [
      signal({ id: 'c', instrumentId: 'qqq' }),
      signal({ id: 'a' }),
      signal({ id: 'b', instrumentId: 'qqq' }),
    ];
    const changes = settle(opened, [minute('15:59', [100])]);
    expect(changes.map((change) => change.signalId)).toEqual(['a', 'c', 'b']);
  });
});

describe('a halt', () => {
  const MINUTE = 60_000;
  const halted = (time: string, minutes: number, price = 100.05) =>
    minute(time, [price], { haltedMs: minutes * MINUTE });

  it('moves the end of waiting on by its trading time, so that the reopening fills', () => {
    expect(settle(signal(), [minute('10:01', [100]), halted('10:32', 30)])[0]).toMatchObject({
      type: 'TRIGGERED',
      fill: { price: '100.05', barStart: local('10:32') },
    });
    expect(types(settle(signal(), [minute('10:01', [100]), minute('10:32', [100.05])]))).toEqual([
      'EXPIRED_UNTRIGGERED',
    ]);
  });

  it('does not give more time than was left before it', () => {
    const late = settle(signal(), [minute('10:01', [100], { segment: 'PRE' }), halted('10:36', 30)]);
    expect(late).toMatchObject([
      { type: 'EXPIRED_UNTRIGGERED', reason: 'no bar filled it before 2026-11-20T15:36:00.050Z' },
    ]);
  });

  it('never moves it beyond the close of the session', () => {
    const open = signal({ decision: '15:50' });
    expect(settle(open, [halted('15:59', 9)])).toMatchObject([{ type: 'EXPIRED_UNTRIGGERED' }]);
    expect(settle(open, [halted('15:58', 8)])).toMatchObject([{ type: 'TRIGGERED' }]);
    const later = minute('09:30', [100], { date: '2026-11-23', haltedMs: 9 * MINUTE });
    expect(types(settle(open, [later]))).toEqual(['EXPIRED_UNTRIGGERED']);
  });

  it('moves the time barrier of a position on', () => {
    const bars = [...entry, halted('10:30', 15, 100.1), minute('11:02', [100.2]), minute('11:16', [100.2])];
    expect(types(settle(signal(), bars))).toEqual(['TRIGGERED']);
    expect(settle(signal(), [...bars, minute('11:17', [100.35])]).at(-1)).toMatchObject({
      type: 'TIME_EXIT',
      fill: { price: '100.35', barStart: local('11:17') },
    });
  });

  it('that lasts over the close lets a position out at the reopening', () => {
    const bars = [minute('15:30', [100.05]), minute('15:39', [100.1, 100.3, 100, 100.25])];
    const reopening = (haltedMinutes: number) =>
      minute('09:40', [100.15], { date: '2026-11-23', haltedMs: haltedMinutes * MINUTE });
    const exitAfter = (haltedMinutes: number) =>
      settle(signal({ decision: '15:28' }), [...bars, reopening(haltedMinutes)]).at(-1);
    expect(exitAfter(30)).toMatchObject({
      type: 'SESSION_CLOSE',
      fill: { price: '100.15', barStart: local('09:40', '2026-11-23') },
    });
    expect(exitAfter(19)).toMatchObject({ type: 'SESSION_CLOSE', fill: { price: '100.25', barStart: local('15:39') } });
  });

  it('fills a barrier that the reopening has left behind at the reopening price', () => {
    expect(settle(signal(), [...entry, halted('10:30', 15, 98)]).at(-1)).toMatchObject({
      type: 'STOP_HIT',
      outcome: { exitFill: '98' },
    });
  });
});

describe('a split', () => {
  const spec = { ...labelSpecs['1m'], flatAtClose: false, horizonMinutes: 600 };
  const monday = { date: '2026-11-23' };
  // Everything on the grid of 7 cents, so that both worlds have whole cents.
  const world = (factor: number) => {
    const open = {
      ...signal(),
      plan: {
        ...signal().plan,
        flatAtClose: false,
        timeLimitMinutes: 600,
        targets: [{ price: '101.08', fraction: '1' }] as const,
      },
    };
    const after = { ...monday, priceScale: String(factor), volume: String(1_000_000 * factor) };
    const prices = (...unsplit: number[]) => unsplit.map((price) => Number((price / factor).toFixed(4)));
    return settle(
      open,
      [
        minute('10:02', [100.03, 100.24, 99.96, 100.1]),
        minute('09:30', prices(100.1, 100.38, 99.96, 100.24), after),
        minute('09:31', prices(100.24, 101.36, 100.17, 101.29), after),
      ],
      new Settlement(() => spec),
    );
  };

  it('changes nothing of what a running signal gains, nor how it ends', () => {
    const [whole, split] = [world(1), world(7)];
    expect(types(split)).toEqual(['TRIGGERED', 'TARGET_HIT']);
    const { dataHash: _whole, ...before } = whole.at(-1)?.outcome ?? { dataHash: '' };
    const { dataHash: _split, splitFactor, ...after } = split.at(-1)?.outcome ?? { dataHash: '' };
    expect(after).toEqual(before);
    expect(after).toMatchObject({ entryFill: '100.03', exitFill: '101.08' });
    expect(splitFactor).toBe('7');
    expect(split.map(({ fill }) => fill)).toMatchObject([
      { price: '100.03', barStart: local('10:02') },
      { price: '101.08', splitFactor: '7' },
    ]);
    expect(whole.at(-1)?.fill).not.toHaveProperty('splitFactor');
  });

  it('that comes with the bar that shows the end of the session is not one of the fill', () => {
    const bars = [...entry, minute('09:30', [14.3], { ...monday, priceScale: '7' })];
    const last = settle(signal(), bars).at(-1);
    expect(last).toMatchObject({ type: 'SESSION_CLOSE', fill: { price: '100.1' } });
    expect(last?.fill).not.toHaveProperty('splitFactor');
  });

  it('of before the decision leaves plan and fills in the prices of their day', () => {
    const parts = {
      id: 'a',
      side: 'LONG',
      instrumentId: 'spy',
      decisionBarStart: local('10:00'),
      spec: labelSpecs['1m'],
    } as const;
    const open = signalOf({ ...parts, knownTime: local('10:01'), close: 700, atr: 1.4, priceScale: '7' });
    expect(open.plan).toEqual(signal().plan);
    const scaled = (bar: Bar) => ({ ...bar, priceScale: '7' });
    const bars = [...entry, minute('10:03', [100.1, 100.9, 100, 100.5])];
    const hashless = ({ outcome, ...rest }: StateChange) => ({ ...rest, outcome: { ...outcome, dataHash: '' } });
    expect(settle(open, bars.map(scaled)).map(hashless)).toEqual(settle(signal(), bars).map(hashless));
  });

  it('stands in the hash of the bars', () => {
    const bars = [minute('10:02', [99.3], { priceScale: '7' })];
    const text = `${local('10:02')},99.3,99.3,99.3,99.3,1000000,0,7,0\n`;
    const open = { ...signal(), priceScale: '7' };
    expect(settle(open, bars).at(-1)?.outcome?.dataHash).toBe(createHash('sha256').update(text).digest('hex'));
  });
});

describe('barriers', () => {
  it('fills a touched target at its price', () => {
    const exit = settle(signal(), [...entry, minute('10:03', [100.1, 100.9, 100, 100.5])]).at(-1);
    // (100.90 - 100.05) / 0.60, and 0.01 of spread a unit: 0.84 / 0.60.
    expect(exit).toMatchObject({
      type: 'TARGET_HIT',
      occurredAt: local('10:04'),
      fill: { price: '100.9', barStart: local('10:03') },
      outcome: {
        label: 1,
        entryFill: '100.05',
        exitFill: '100.9',
        grossR: '1.4167',
        netR: '1.4',
        costs: '0.01',
        barsHeld: 2,
      },
    });
  });

  it('fills a touched stop at its price', () => {
    const exit = settle(signal(), [...entry, minute('10:03', [100, 100.4, 99.4, 100])]).at(-1);
    expect(exit).toMatchObject({
      type: 'STOP_HIT',
      outcome: { label: -1, exitFill: '99.4', grossR: '-1.0833', netR: '-1.1' },
    });
  });

  it('fills at the open of a bar that opens beyond the stop', () => {
    const exit = settle(signal(), [...entry, minute('10:03', [99.1, 101, 99, 101])]).at(-1);
    expect(exit).toMatchObject({
      type: 'STOP_HIT',
      outcome: { exitFill: '99.1', grossR: '-1.5833', ambiguous: false, barsHeld: 1 },
    });
  });

  it('fills at the open of a bar that opens beyond the target, whatever it does later', () => {
    const exit = settle(signal(), [...entry, minute('10:03', [101.25, 101.3, 99, 99])]).at(-1);
    expect(exit).toMatchObject({
      type: 'TARGET_HIT',
      outcome: { label: 1, exitFill: '101.25', grossR: '2', ambiguous: false },
    });
  });

  it('counts a bar with both barriers inside as stop, marked ambiguous', () => {
    const exit = settle(signal(), [...entry, minute('10:03', [100, 100.95, 99.35, 100])]).at(-1);
    expect(exit).toMatchObject({ type: 'STOP_HIT', outcome: { label: -1, exitFill: '99.4', ambiguous: true } });
  });

  it('takes an open at a barrier for a touch of it, before what the bar does later', () => {
    const exitOn = (prices: number[]) => settle(signal(), [...entry, minute('10:03', prices)]).at(-1);
    const untouched = { ambiguous: false, barsHeld: 1 };
    expect(exitOn([99.4, 101, 99, 100])).toMatchObject({ type: 'STOP_HIT', outcome: untouched });
    expect(exitOn([100.9, 101, 99, 100])).toMatchObject({ type: 'TARGET_HIT', outcome: untouched });
  });

  it('can fill and leave in one bar', () => {
    const changes = settle(signal(), [minute('10:02', [100.05, 100.95, 100, 100.5])]);
    expect(types(changes)).toEqual(['TRIGGERED', 'TARGET_HIT']);
    expect(changes[1]?.outcome?.barsHeld).toBe(1);
  });

  it('ignores prices outside the regular session', () => {
    expect(types(settle(signal(), [...entry, minute('10:03', [98], { segment: 'POST' })]))).toEqual(['TRIGGERED']);
  });

  it('mirrors all of it for SHORT', () => {
    const short = signal({ side: 'SHORT' });
    const filled = minute('10:02', [99.95, 100.1, 99.8, 99.9]);
    const exitOn = (prices: number[]) => settle(short, [filled, minute('10:03', prices)]).at(-1);
    expect(exitOn([99.5, 99.6, 99.1, 99.3])).toMatchObject({
      type: 'TARGET_HIT',
      outcome: { exitFill: '99.1', grossR: '1.4167' },
    });
    expect(exitOn([100, 100.6, 99.9, 100])).toMatchObject({
      type: 'STOP_HIT',
      outcome: { exitFill: '100.6', grossR: '-1.0833' },
    });
    expect(exitOn([100.9, 101, 99, 99])).toMatchObject({
      type: 'STOP_HIT',
      outcome: { exitFill: '100.9', grossR: '-1.5833' },
    });
    expect(exitOn([98.75, 101, 98, 99])).toMatchObject({
      type: 'TARGET_HIT',
      outcome: { exitFill: '98.75', grossR: '2' },
    });
    expect(exitOn([100, 100.7, 99, 100])).toMatchObject({ type: 'STOP_HIT', outcome: { ambiguous: true } });
  });
});

describe('time', () => {
  it('ends the position at the open of the bar that starts 60 trading minutes after the entry', () => {
    const changes = settle(signal(), [...entry, minute('11:01', [100.3]), minute('11:02', [100.35, 105, 90, 100])]);
    expect(changes.at(-1)).toMatchObject({
      type: 'TIME_EXIT',
      occurredAt: local('11:03'),
      outcome: { label: 0, exitFill: '100.35', grossR: '0.5', barsHeld: 2 },
    });
  });

  it('counts minutes without a bar, and fills at the first bar after them', () => {
    const exit = settle(signal(), [...entry, minute('10:40', [100.3]), minute('11:20', [99, 99, 99, 99])]).at(-1);
    expect(exit).toMatchObject({ type: 'TIME_EXIT', fill: { price: '99', barStart: local('11:20') } });
  });

  it('is over at 13:00 on a half day, at the close of the last bar', () => {
    const half = { date: HALF_DAY };
    const changes = settle(signal({ decision: '12:30', ...half }), [
      minute('12:32', [100.05], half),
      minute('12:59', [100.1, 100.3, 100, 100.2], half),
    ]);
    expect(changes.at(-1)).toMatchObject({
      type: 'SESSION_CLOSE',
      occurredAt: local('13:00', HALF_DAY),
      outcome: { label: 0, exitFill: '100.2', grossR: '0.25', barsHeld: 2, mfeR: '0.4167' },
    });
  });

  it.each([
    ['a bar from the close on', minute('16:00', [80])],
    ['a bar after the close', minute('16:10', [80])],
    ['the next session', minute('09:30', [80], { date: '2026-11-23' })],
  ])('is over with %s when the last bar of the session is missing', (_, later) => {
    const bars = [minute('15:30', [100.05]), minute('15:41', [100.1, 100.3, 100, 100.25]), later];
    const exit = settle(signal({ decision: '15:28' }), bars).at(-1);
    expect(exit).toMatchObject({
      type: 'SESSION_CLOSE',
      occurredAt: later.knownTime,
      fill: { price: '100.25', barStart: local('15:41') },
    });
  });
});

describe('outcome', () => {
  it('tells how far the price went, without what a bar did after the exit', () => {
    const bars = [
      ...entry,
      minute('10:03', [100.1, 100.5, 99.69, 100.4]),
      minute('10:04', [100.35, 100.8, 99.2, 99.3]),
    ];
    const exit = settle(signal(), bars).at(-1);
    // Best 100.50, worst the stop: +0.45 and -0.65 over 0.60.
    expect(exit?.outcome).toMatchObject({ exitFill: '99.4', mfeR: '0.75', maeR: '-1.0833', barsHeld: 3 });
  });

  it('counts the open of the bar in which the position ended', () => {
    const exit = settle(signal(), [...entry, minute('10:03', [100.65, 100.8, 99.2, 99.3])]).at(-1);
    expect(exit?.outcome).toMatchObject({ exitFill: '99.4', mfeR: '1', maeR: '-1.0833' });
  });

  it('charges a SHORT for the time that it was held, to the end of the bar of its exit', () => {
    const [{ costs, ...spec }, yearly] = [labelSpecs['1m'], 365 * 24 * 60];
    const borrowed = () =>
      new Settlement(() => ({ ...spec, costs: { ...costs, borrowRatioPerYear: yearly / 10_000 } }));
    const filled = minute('15:30', [100, 100.1, 99.9, 100]);
    const costOf = (bars: Bar[]) =>
      settle(signal({ side: 'SHORT', decision: '15:28' }), [filled, ...bars], borrowed()).at(-1)?.outcome?.costs;
    // 0.01 a minute on 100, and 0.01 of spread: six minutes to the end of 15:35, five to its open, 30 to the close.
    expect(costOf([minute('15:35', [100, 100.6, 100, 100])])).toBe('0.07');
    expect(costOf([minute('15:35', [101])])).toBe('0.06');
    expect(costOf([minute('15:40', [100]), minute('16:10', [100])])).toBe('0.12');
  });

  it('hashes the bars from the entry to the exit in the documented form', () => {
    const bars = [
      ...entry,
      minute('10:03', [100.1, 100.2, 100, 100.1], { segment: 'POST' }),
      minute('10:04', [100.1, 100.9, 100, 100.5]),
      minute('10:05', [1]),
    ];
    const text =
      `${local('10:02')},100.05,100.2,99.9,100.1,1000000,0\n` + `${local('10:04')},100.1,100.9,100,100.5,1000000,0\n`;
    const exit = settle(signal(), bars).at(-1);
    expect(exit?.outcome).toMatchObject({
      dataHash: createHash('sha256').update(text).digest('hex'),
      settledAt: local('10:05'),
      settlerVersion: 2,
      resolution: '1m',
    });
  });

  it('says nothing more about a signal that has ended', () => {
    const bars = [...entry, minute('10:03', [99]), minute('10:04', [101]), minute('09:45', [90], { revision: 1 })];
    expect(types(settle(signal(), bars))).toEqual(['TRIGGERED', 'STOP_HIT']);
  });
});

describe('corrected data', () => {
  it('makes a signal void when a bar of its look-back window is corrected', () => {
    const corrected = minute('09:31', [99], { revision: 1, knownTime: local('10:02') });
    expect(settle(signal(), [corrected])).toEqual([
      {
        signalId: 'a',
        type: 'VOID_DATA',
        occurredAt: local('10:02'),
        reason:
          'the bar of 2026-11-20T14:31:00.000Z was corrected (revision 1): the features were computed from its time',
      },
    ]);
  });

  it('makes a filled signal void when its decision bar or a bar since the entry is corrected', () => {
    const correct = (time: string) => settle(signal(), [...entry, minute(time, [100], { revision: 2 })]).at(-1);
    expect(correct('10:00')).toMatchObject({ type: 'VOID_DATA' });
    expect(correct('10:02')?.reason).toBe(
      'the bar of 2026-11-20T15:02:00.000Z was corrected (revision 2): the position was open in its time',
    );
  });

  it('makes a signal void when a bar that was missing comes late', () => {
    const late = minute('09:45', [99], { knownTime: local('10:04') });
    expect(settle(signal(), [...entry, late]).at(-1)).toMatchObject({ type: 'VOID_DATA', occurredAt: local('10:04') });
  });

  it.each([
    ['before the window', minute('09:00', [99], { revision: 1, segment: 'REGULAR', date: '2026-11-19' })],
    ['between decision and entry', minute('10:01', [99], { revision: 1 })],
    ['of another instrument', minute('09:31', [99], { revision: 1, instrumentId: 'qqq' })],
    ['of another timeframe', minute('09:31', [99], { revision: 1, timeframe: '1d' })],
    ['outside the regular session', minute('09:31', [99], { revision: 1, segment: 'PRE' })],
  ])('leaves a signal alone when the corrected bar is %s', (_, bar) => {
    expect(types(settle(signal(), [...entry, bar]))).toEqual(['TRIGGERED']);
  });

  it('never fills by a corrected bar of the past', () => {
    const bars = [
      minute('10:01', [100]),
      minute('10:03', [100], { segment: 'CLOSED' }),
      minute('10:02', [100], { revision: 1 }),
    ];
    expect(settle(signal(), bars)).toEqual([]);
  });
});

describe('Settlement', () => {
  it('supersedes a waiting signal, and no filled one', () => {
    const settlement = new Settlement();
    settlement.open(signal());
    settlement.open(signal({ id: 'b' }));
    expect(settlement.supersede('b', 'c', local('10:02'))).toEqual({
      signalId: 'b',
      type: 'SUPERSEDED',
      occurredAt: local('10:02'),
      reason: 'superseded by c',
    });
    expect(settlement.size).toBe(1);
    expect(entry.flatMap((bar) => settlement.onBar(bar)).map((change) => change.signalId)).toEqual(['a']);
    expect(settlement.supersede('a', 'c', local('10:04'))).toBeNull();
    expect(settlement.supersede('unknown', 'c', local('10:04'))).toBeNull();
    expect(settlement.onBar(minute('10:06', [100.1]))).toEqual([]);
  });

  it('refuses to open a signal twice', () => {
    const settlement = new Settlement();
    settlement.open(signal());
    expect(() => settlement.open(signal())).toThrow('signal a is open already');
  });

  it('restores a signal to its end and not beyond', () => {
    const settlement = new Settlement();
    const bars = [...entry, minute('10:03', [99]), minute('09:45', [90], { revision: 1 })];
    expect(types(settlement.restore(signal(), bars))).toEqual(['TRIGGERED', 'STOP_HIT']);
    expect(settlement.size).toBe(0);
  });

  it('restores a filled signal and answers what its bars had done', () => {
    const settlement = new Settlement();
    const other = minute('10:02', [7], { instrumentId: 'qqq' });
    expect(types(settlement.restore(signal(), [other, ...entry]))).toEqual(['TRIGGERED']);
    expect(settlement.supersede('a', 'b', local('10:04'))).toBeNull();
    expect(settlement.onBar(minute('10:03', [99.4]))).toEqual(
      settle(signal(), [...entry, minute('10:03', [99.4])]).slice(1),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { calendarById, type TradingCalendar } from '../calendar/index.ts';
import type { Bar } from '../market-data/bar.ts';
import { expiryOf } from './entry-window.ts';
import { labelSpecFor } from './label-spec.ts';
import { makePlan } from './plan.ts';
import { type OpenSignal, Settlement, type StateChange } from './settlement.ts';

const DELAY = 60_000;

// Consecutive daily bars from a session on, as flat as can be, so that only time ends a position.
function days(calendar: TradingCalendar, from: string, count: number): Bar[] {
  let session = calendar.sessionOn(from);
  return Array.from({ length: count }, (_, index) => {
    if (session === null) throw new Error(`${from} has no session`);
    const { open, close } = session;
    session = calendar.nextSession(open);
    const price = String(100 + index / 100);
    return {
      instrumentId: 'x',
      timeframe: '1d',
      barStart: open,
      barEnd: close,
      knownTime: close + DELAY,
      segment: 'REGULAR',
      open: price,
      high: price,
      low: price,
      close: price,
      volume: '1000000',
      priceScale: '1',
      haltedMs: 0,
      revision: 0,
      ingestSeq: index,
      sourceId: 'fixture',
    };
  });
}

function signalOn(calendar: TradingCalendar, decision: Bar): OpenSignal {
  const spec = labelSpecFor('1d', calendar.id);
  const plan = makePlan({ side: 'LONG', close: 100, atr: 1, tick: '0.01', spec });
  if (plan === null) throw new Error('no plan');
  const publishedAt = decision.knownTime + spec.publishLatencyMs;
  const decisionBarStart = decision.barStart;
  const expiresAt = expiryOf({ publishedAt, decisionBarStart, calendar, spec });
  const common = { id: 'd', instrumentId: 'x', calendar, tick: '0.01', timeframe: '1d', plan } as const;
  return { ...common, priceScale: '1', publishedAt, expiresAt, decisionBarStart, dataFrom: decisionBarStart };
}

function settle(calendar: TradingCalendar, [decision, ...later]: Bar[]): StateChange[] {
  if (decision === undefined) return [];
  const settlement = new Settlement();
  settlement.open(signalOn(calendar, decision));
  return later.flatMap((bar) => settlement.onBar(bar));
}

describe('daily signals in New York', () => {
  const calendar = calendarById('XNYS');

  it('come in at the next session and leave at the first open after 3,900 trading minutes, a holiday and a half day among them', () => {
    const bars = days(calendar, '2026-11-20', 14);
    const [entry, exit] = settle(calendar, bars);
    expect(entry?.fill).toEqual({ price: '100.01', barStart: Date.parse('2026-11-23T14:30:00Z') });
    // Nine whole sessions and a half day of 210 minutes leave 180: they end inside the eleventh, and the next open is the twelfth's.
    expect(exit).toMatchObject({
      type: 'TIME_EXIT',
      fill: { price: '100.12', barStart: Date.parse('2026-12-09T14:30:00Z') },
    });
    expect(exit?.outcome).toMatchObject({ barsHeld: 11, resolution: '1d', label: 0 });
  });

  it('leave at the open of the eleventh session when all are whole', () => {
    const [, exit] = settle(calendar, days(calendar, '2026-10-01', 14));
    expect(exit).toMatchObject({ type: 'TIME_EXIT', fill: { price: '100.11' }, outcome: { barsHeld: 10 } });
  });

  it('expire when the next session has no bar', () => {
    const [decision, , ...rest] = days(calendar, '2026-10-01', 4);
    if (decision === undefined) throw new Error('no bars');
    expect(settle(calendar, [decision, ...rest])).toMatchObject([
      { type: 'EXPIRED_UNTRIGGERED', reason: 'no bar filled it before 2026-10-05T13:30:00.000Z' },
    ]);
  });
});

describe('daily signals around the clock', () => {
  const calendar = calendarById('24x7');

  it('skip the day that has begun when the decision is published, and hold ten days', () => {
    const [entry, exit] = settle(calendar, days(calendar, '2018-04-04', 14));
    expect(entry?.fill).toEqual({ price: '100.02', barStart: Date.parse('2018-04-06T00:00:00Z') });
    expect(exit).toMatchObject({ type: 'TIME_EXIT', fill: { price: '100.12' }, outcome: { barsHeld: 10 } });
  });

  it('expire when the day after has no bar', () => {
    const bars = days(calendar, '2018-04-04', 5).filter((_, index) => index !== 2);
    expect(settle(calendar, bars)).toMatchObject([{ type: 'EXPIRED_UNTRIGGERED' }]);
  });
});

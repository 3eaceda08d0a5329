import { calendarById } from '../../backend/calendar/index.ts';
import { number, vector } from '../promql/functions.ts';
import { type Node, recorded, type Vector } from '../promql/index.ts';
import { type Recording, recording } from '../recording.ts';
import { type MarketDays, markets } from './closings.ts';

const DAY = 86_400;
const time: Node = { kind: 'call', name: 'time', of: [] };

/**
 * When each market is open, from the dates of the calendar and the clock of Prometheus alone: true with no process of ours alive.
 * In stages, because the whole in one expression costs twenty times as much.
 */
export const marketRules: readonly Recording[] = markets.flatMap((days) =>
  isAlwaysOpen(days) ? alwaysOpen(days) : inStages(days),
);

/** 1 while the regular session runs, else 0. */
export const marketIsOpen = recorded({ record: 'market:open', labels: ['market'] });
/** How long the session has been running; absent while there is none. */
export const openForSeconds = recorded({ record: 'market:open_for_seconds', labels: ['market'] });
/** The instant of today's close, from then until local midnight; absent else. */
export const closeTimestamp = recorded({ record: 'market:close_timestamp_seconds', labels: ['market'] });

function isAlwaysOpen({ open, close, weekdaysOnly, closed }: MarketDays): boolean {
  return open === 0 && close === DAY && !weekdaysOnly && closed.length === 0;
}

function alwaysOpen({ market }: MarketDays): Recording[] {
  const begin = calendarById(market).validFrom / 1_000;
  return [
    stage('market:open', vector({ kind: 'call', name: 'vector', of: [number(1)] }, []), market),
    stage(
      'market:open_for_seconds',
      vector({ kind: 'call', name: 'vector', of: [op('-', time, number(begin))] }, []),
      market,
    ),
  ];
}

function inStages({ market, ...days }: MarketDays): Recording[] {
  const offset = of('market:utc_offset_seconds', market);
  const local = of('market:local_time_seconds', market);
  const day = of('market:local_day', market);
  const closed = of('market:closed_day', market);
  const early = of('market:early_close_day', market);
  const open = of('market:open', market);
  const isDay = (wanted: number): Node => ({ ...op('==', day, number(wanted)), bool: true });
  const close = op('-', number(days.close), op('*', number(days.close - days.earlyClose), early));
  // Day 0 was a Thursday, so that (day + 3) % 7 is 5 on Saturdays and 6 on Sundays.
  const weekend: Node = { ...op('>=', op('%', op('+', day, number(3)), number(7)), number(5)), bool: true };
  const isSession: Node = op('==', closed, number(0));
  return [
    stage(
      'market:utc_offset_seconds',
      vector(
        {
          kind: 'call',
          name: 'vector',
          of: [
            days.changes.reduce<Node>(
              (sum, { at, by }) => op('+', sum, op('*', number(by), { ...op('>=', time, number(at)), bool: true })),
              number(days.offset),
            ),
          ],
        },
        [],
      ),
      market,
    ),
    stage('market:local_time_seconds', vector(op('%', op('+', offset, time), number(DAY)), ['market']), market),
    stage(
      'market:local_day',
      vector({ kind: 'call', name: 'floor', of: [op('/', op('+', offset, time), number(DAY))] }, ['market']),
      market,
    ),
    stage(
      'market:closed_day',
      vector(
        days.closed.map(isDay).reduce((sum, one) => op('+', sum, one), weekend),
        ['market'],
      ),
      market,
    ),
    stage('market:early_close_day', vector(sumOf(days.early.map(isDay)), ['market']), market),
    stage(
      'market:open',
      vector(
        op(
          '*',
          op('*', { ...op('>=', local, number(days.open)), bool: true }, { ...op('<', local, close), bool: true }),
          { ...isSession, bool: true } as Node,
        ),
        ['market'],
      ),
      market,
    ),
    stage(
      'market:open_for_seconds',
      vector(op('and', op('-', local, number(days.open)), op('==', open, number(1))), ['market']),
      market,
    ),
    stage(
      'market:close_timestamp_seconds',
      vector(op('and', op('+', op('-', close, local), time), op('and', op('>=', local, close), isSession)), ['market']),
      market,
    ),
  ];
}

function stage(record: string, expr: Vector<string>, market: string): Recording {
  return recording(record, expr, [], { market });
}

function sumOf(nodes: readonly Node[]): Node {
  const [first = number(0), ...rest] = nodes;
  return rest.reduce((sum, one) => op('+', sum, one), first);
}

function of(record: string, market: string): Node {
  return recorded({ record, labels: ['market'] as const }, { market }).node;
}

type Operator = Extract<Node, { kind: 'binary' }>['operator'];

function op(operator: Operator, left: Node, right: Node): Extract<Node, { kind: 'binary' }> {
  return { kind: 'binary', operator, left, right };
}
